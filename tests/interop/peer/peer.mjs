// ts-mls behind JSON lines: one request a line on stdin, one answer a line on stdout, in order.
//
//   {"op": "new", "client": "a", "suite": 61442}       -> {"ok": {}}
//   {"op": "encrypt", "client": "a", "data": "6869"}   -> {"ok": {"message": "..."}} or {"error": "..."}
//
// A client id stands for one member; an operation is a method of Client. A failed operation leaves
// the client as it was.
import { createInterface } from "node:readline";
import { Client, hex, unhex } from "./client.mjs";
import { DraftXWing } from "./suites.mjs";
import { bench } from "./bench.mjs";

const OPERATIONS = {
  keypackage: "keyPackage", create: "create", join: "join", propose: "propose", commit: "commit",
  merge: "merge", drop: "drop", process: "process", encrypt: "encrypt", view: "view", psk: "psk",
};

const clients = new Map();

async function xwing({ ikm }) {
  const kem = new DraftXWing();
  const pair = await kem.deriveKeyPair(unhex(ikm).buffer);
  return {
    sk: hex(await kem.serializePrivateKey(pair.privateKey)),
    pk: hex(await kem.serializePublicKey(pair.publicKey)),
  };
}

async function answer({ op, client, ...rest }) {
  if (op === "new") {
    clients.set(client, await Client.make(rest.suite));
    return {};
  }
  if (op === "forget") {
    clients.delete(client);
    return {};
  }
  if (op === "xwing") return xwing(rest);
  if (op === "bench") return bench(clients, { client, ...rest });
  if (!(op in OPERATIONS)) throw new Error(`no operation ${op}`);
  return clients.get(client)[OPERATIONS[op]](rest);
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = { ok: await answer(JSON.parse(line)) };
  } catch (error) {
    reply = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
