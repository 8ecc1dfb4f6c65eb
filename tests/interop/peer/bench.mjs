// Timed operations for benchmarks/mls: the peer times itself, so that no pipe or JSON is counted.
//
// Every run starts from bytes and ends at bytes and, but for messages, leaves the clients' states as
// they were (ts-mls states are immutable), so one tree serves many runs of both libraries.
import { performance } from "node:perf_hooks";

async function timed(client, run) {
  const { state, pending } = client;
  client.pending = new Map(pending);
  const began = performance.now();
  const size = await run();
  const ms = performance.now() - began;
  Object.assign(client, { state, pending });
  return { ms, bytes: size };
}

const length = (hexText) => (hexText === undefined ? 0 : hexText.length / 2);

const RUNS = {
  async keypackage(client) {
    return timed(client, async () =>
      length((await client.keyPackage({ identity: "62656e6368", grease: false })).key_package));
  },
  async message(client, { data }, other) {
    // States go on, as in use: this is a conversation.
    const began = performance.now();
    const { message } = await client.encrypt({ data });
    await other.process({ message });
    return { ms: performance.now() - began, bytes: length(message) };
  },
  async commit(client, { proposals = [] }) {
    return timed(client, async () => {
      const { commit, welcome } = await client.commit({ proposals, merge: false });
      return length(commit) + length(welcome);
    });
  },
  add: (client, options) => RUNS.commit(client, options),
  async process(client, { message }) {
    return timed(client, async () => {
      await client.process({ message });
      return length(message);
    });
  },
  async join(client, { welcome, key_package }) {
    return timed(client, async () => {
      await client.join({ welcome, key_package });
      return length(welcome);
    });
  },
};

/** {what, client, count, ...} -> {ms: [each run], bytes: of the last}. */
export async function bench(clients, { what, client, other, count, ...rest }) {
  const ms = [];
  let bytes = 0;
  for (let i = 0; i < count; i += 1) {
    const run = await RUNS[what](clients.get(client), rest, clients.get(other));
    ms.push(run.ms);
    bytes = run.bytes;
  }
  return { ms, bytes };
}
