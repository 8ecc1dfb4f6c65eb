// One ts-mls client: its keys, its state, and what may be asked of it. Bytes in and out are hex.
//
// What ts-mls leaves to its application is done here: holding a Commit until it is merged or
// dropped, and the private key of an own Update until somebody commits it.
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  decodeMlsMessage,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  makePskIndex,
  mlsExporter,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { signLeafNodeCommit } from "ts-mls/leafNode.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { greaseValues } from "ts-mls/grease.js";
import { suite } from "./suites.mjs";

export const hex = (data) => Buffer.from(data).toString("hex");
export const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const base64 = (data) => Buffer.from(data).toString("base64");

function message(wireformat, field, value) {
  return hex(encodeMlsMessage({ version: "mls10", wireformat, [field]: value }));
}

function decoded(text) {
  const data = unhex(text);
  const result = decodeMlsMessage(data, 0);
  if (result === undefined || result[1] !== data.length) throw new Error("not one whole MLSMessage");
  return result[0];
}

const extensions = (list = []) =>
  list.map(([type, data]) => ({ extensionType: type, extensionData: unhex(data) }));

export class Client {
  state = undefined;
  staged = undefined;
  pendingUpdate = undefined;
  pending = new Map(); // key package, encoded -> its private half
  psks = {};

  static async make(suiteId) {
    const client = new Client();
    client.id = suiteId;
    client.cs = await suite(suiteId);
    return client;
  }

  capabilities(grease, supported) {
    const some = grease ? greaseValues.filter(() => Math.random() < 0.3) : [];
    return {
      versions: ["mls10"],
      ciphersuites: [this.cs.name, ...some.map(String)],
      extensions: [...supported, ...some],
      proposals: some,
      credentials: ["basic", ...some.map(String)],
    };
  }

  async bundle(identity, { grease = true, supported = [] }) {
    const now = BigInt(Math.floor(Date.now() / 1000));
    const lifetime = { notBefore: now - 3600n, notAfter: now + 2592000n };
    const credential = { credentialType: "basic", identity: unhex(identity) };
    return generateKeyPackage(credential, this.capabilities(grease, supported), lifetime, [], this.cs);
  }

  async keyPackage({ identity, ...options }) {
    const pair = await this.bundle(identity, options);
    const encoded = message("mls_key_package", "keyPackage", pair.publicPackage);
    this.pending.set(encoded, pair);
    return { key_package: encoded };
  }

  async create({ identity, group_id, extensions: list, ...options }) {
    const { publicPackage, privatePackage } = await this.bundle(identity, options);
    this.state = await createGroup(
      unhex(group_id), publicPackage, privatePackage, extensions(list), this.cs);
    return {};
  }

  async join({ welcome, key_package, tree }) {
    const { publicPackage, privatePackage } = this.pending.get(key_package);
    const ratchetTree = tree === undefined ? undefined : decodeRatchetTree(unhex(tree), 0)[0];
    this.state = await joinGroup(
      decoded(welcome).welcome, publicPackage, privatePackage, this.pskIndex(), this.cs, ratchetTree);
    this.pending.delete(key_package);
    return {};
  }

  pskIndex() {
    return makePskIndex(this.state, this.psks);
  }

  psk({ id, secret }) {
    this.psks[base64(unhex(id))] = unhex(secret);
    return {};
  }

  ownNode() {
    return 2 * this.state.privatePath.leafIndex;
  }

  async updateProposal() {
    const leaf = this.state.ratchetTree[this.ownNode()].leaf;
    const keys = await this.cs.hpke.generateKeyPair();
    const tbs = {
      leafNodeSource: "update",
      hpkePublicKey: await this.cs.hpke.exportPublicKey(keys.publicKey),
      signaturePublicKey: leaf.signaturePublicKey,
      credential: leaf.credential,
      capabilities: leaf.capabilities,
      extensions: leaf.extensions,
      groupId: this.state.groupContext.groupId,
      leafIndex: this.state.privatePath.leafIndex,
    };
    const leafNode = await signLeafNodeCommit(tbs, this.state.signaturePrivateKey, this.cs.signature);
    this.pendingUpdate = {
      epoch: this.state.groupContext.epoch,
      publicKey: hex(leafNode.hpkePublicKey),
      privateKey: await this.cs.hpke.exportPrivateKey(keys.privateKey),
    };
    return { proposalType: "update", update: { leafNode } };
  }

  async proposal({ kind, key_package, leaf, id, epoch, list }) {
    switch (kind) {
      case "add":
        return { proposalType: "add", add: { keyPackage: decoded(key_package).keyPackage } };
      case "update":
        return this.updateProposal();
      case "remove":
        return { proposalType: "remove", remove: { removed: leaf } };
      case "psk": {
        const pskNonce = this.cs.rng.randomBytes(this.cs.kdf.size);
        return {
          proposalType: "psk",
          psk: { preSharedKeyId: { psktype: "external", pskId: unhex(id), pskNonce } },
        };
      }
      case "resumption": {
        const pskNonce = this.cs.rng.randomBytes(this.cs.kdf.size);
        const pskGroupId = this.state.groupContext.groupId;
        const resumption = { psktype: "resumption", usage: "application", pskGroupId, pskNonce };
        return {
          proposalType: "psk",
          psk: { preSharedKeyId: { ...resumption, pskEpoch: BigInt(epoch) } },
        };
      }
      case "extensions":
        return {
          proposalType: "group_context_extensions",
          groupContextExtensions: { extensions: extensions(list) },
        };
      default:
        throw new Error(`no proposal of kind ${kind}`);
    }
  }

  async propose({ public: isPublic = false, ...what }) {
    const made = await createProposal(this.state, isPublic, await this.proposal(what), this.cs);
    this.state = made.newState;
    return { message: hex(encodeMlsMessage(made.message)) };
  }

  async commit({ proposals = [], public: isPublic = false, tree_inside = true, merge = true }) {
    const extraProposals = [];
    for (const what of proposals) extraProposals.push(await this.proposal(what));
    const result = await createCommit(
      { state: this.state, pskIndex: this.pskIndex(), cipherSuite: this.cs },
      { wireAsPublicMessage: isPublic, extraProposals, ratchetTreeExtension: tree_inside },
    );
    this.staged = result.newState;
    if (merge) this.merge();
    return {
      commit: hex(encodeMlsMessage(result.commit)),
      welcome: result.welcome && message("mls_welcome", "welcome", result.welcome),
      tree: hex(encodeRatchetTree(result.newState.ratchetTree)),
    };
  }

  merge() {
    this.state = this.staged;
    return this.drop();
  }

  drop() {
    this.staged = undefined;
    return {};
  }

  async encrypt({ data, aad = "" }) {
    const made = await createApplicationMessage(this.state, unhex(data), this.cs, unhex(aad));
    this.state = made.newState;
    return { message: message("mls_private_message", "privateMessage", made.privateMessage) };
  }

  // ts-mls keeps no key for an own Update, so look first whether the Commit takes it.
  async stateFor(run) {
    const { state, pendingUpdate } = this;
    if (pendingUpdate === undefined || pendingUpdate.epoch !== state.groupContext.epoch) return state;
    let taken = false;
    await run(state, (incoming) => {
      if (incoming.kind !== "commit") return "accept";
      taken = incoming.proposals.some(
        ({ proposal }) =>
          proposal.proposalType === "update" &&
          hex(proposal.update.leafNode.hpkePublicKey) === pendingUpdate.publicKey,
      );
      return "reject";
    });
    if (!taken) return state;
    const privateKeys = { ...state.privatePath.privateKeys, [this.ownNode()]: pendingUpdate.privateKey };
    return { ...state, privatePath: { ...state.privatePath, privateKeys } };
  }

  async process({ message: text }) {
    const incoming = decoded(text);
    const isPublic = incoming.wireformat === "mls_public_message";
    const run = (state, callback) =>
      isPublic
        ? processPublicMessage(state, incoming.publicMessage, this.pskIndex(), this.cs, callback)
        : processPrivateMessage(state, incoming.privateMessage, this.pskIndex(), this.cs, callback);
    const result = await run(await this.stateFor(run), () => "accept");
    this.state = result.newState;
    if (result.kind === "applicationMessage") return { kind: "application", data: hex(result.message) };
    return { kind: "handshake", active: this.state.groupActiveState.kind === "active" };
  }

  /** Everything two members of an epoch must agree on. */
  async view({ label = "interop", context = "", length = 32 } = {}) {
    const { groupContext, keySchedule, privatePath, ratchetTree } = this.state;
    const exported = await mlsExporter(
      keySchedule.exporterSecret, label, unhex(context), length, this.cs);
    return {
      epoch: Number(groupContext.epoch),
      authenticator: hex(keySchedule.epochAuthenticator),
      exported: hex(exported),
      tree_hash: hex(groupContext.treeHash),
      group_context: hex(encodeGroupContext(groupContext)),
      tree: hex(encodeRatchetTree(ratchetTree)),
      leaf: privatePath.leafIndex,
      proposals: Object.keys(this.state.unappliedProposals).length,
    };
  }
}
