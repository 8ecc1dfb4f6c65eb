// The ciphersuites of the peer, built from ts-mls's own crypto provider.
//
// Two departures from the provider as published, both needed to speak the RFC:
//
//  * RFC 9420 section 5.1.1 wants ECDSA public keys uncompressed; the provider's keygen gives 33 bytes.
//  * The hybrid suites (draft-ietf-mls-pq-ciphersuites-06) take DeriveKeyPair from
//    draft-ietf-hpke-pq, SHAKE256.LabeledDerive; the X-Wing package has the older SHAKE256(ikm).
import { CipherSuite, Aes128Gcm, Aes256Gcm, HkdfSha256, HkdfSha384 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { defaultCryptoProvider, getCiphersuiteFromName, ciphersuites } from "ts-mls";
import { makeAead } from "ts-mls/crypto/implementation/default/makeAead.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { shake256 } from "mlkem";

const KEM_ID = 0x647a;

const HYBRID = {
  0xf001: { hash: "SHA-256", kdf: "HKDF-SHA256", aead: "AES128GCM", Kdf: HkdfSha256, Aead: Aes128Gcm },
  0xf002: { hash: "SHA-384", kdf: "HKDF-SHA384", aead: "AES256GCM", Kdf: HkdfSha384, Aead: Aes256Gcm },
};

const CURVES = { P256: p256, P384: p384, P521: p521 };

function bytes(...parts) {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

// draft-ietf-hpke-hpke: LabeledDerive(ikm, "DeriveKeyPair", "", 32) of the one-stage KDF SHAKE256.
function labeledDerive(ikm) {
  const label = new TextEncoder().encode("DeriveKeyPair");
  const suite = bytes(new TextEncoder().encode("KEM"), [KEM_ID >> 8, KEM_ID & 0xff]);
  const version = new TextEncoder().encode("HPKE-v1");
  const input = bytes(ikm, version, suite, [0, label.length], label, [0, 32]);
  return shake256.create({ dkLen: 32 }).update(input).digest();
}

export class DraftXWing extends XWing {
  async deriveKeyPair(ikm) {
    await this._setup();
    return this.generateKeyPairDerand(labeledDerive(new Uint8Array(ikm)));
  }
}

async function hybrid(id) {
  const { hash, kdf, aead, Kdf, Aead } = HYBRID[id];
  const algorithms = { kem: "X-Wing", kdf, aead };
  const base = await defaultCryptoProvider.getCiphersuiteImpl({
    hash,
    hpke: { ...algorithms, kem: "DHKEM-X25519-HKDF-SHA256" },
    signature: "Ed25519",
    name: String(id), // an unnamed suite travels as its number: "61442" <-> 0xF002
  });
  const [symmetric] = await makeAead(aead);
  const suite = new CipherSuite({ kem: new DraftXWing(), kdf: new Kdf(), aead: new Aead() });
  return { ...base, hpke: await makeGenericHpke(algorithms, symmetric, suite) };
}

async function classic(id) {
  const name = Object.keys(ciphersuites).find((key) => ciphersuites[key] === id);
  const suite = getCiphersuiteFromName(name);
  const impl = await defaultCryptoProvider.getCiphersuiteImpl(suite);
  const curve = CURVES[suite.signature];
  if (curve === undefined) return impl;
  const keygen = async () => {
    const signKey = curve.utils.randomSecretKey();
    return { signKey, publicKey: curve.getPublicKey(signKey, false) };
  };
  return { ...impl, signature: { ...impl.signature, keygen } };
}

const made = new Map();

/** The CiphersuiteImpl for a number of RFC 9420 or one of the two private-use hybrid numbers. */
export async function suite(id) {
  if (!made.has(id)) made.set(id, id in HYBRID ? await hybrid(id) : await classic(id));
  return made.get(id);
}
