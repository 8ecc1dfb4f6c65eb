"""Published vectors of the small parts. Counts are asserted: a skipped case is of suite 4 or 6."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.bindings._rust import openssl as rust_openssl
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, Suite

from havenclient.crypto.mls import hpke, key_schedule, psk, secret_tree, transcript, tree_math
from havenclient.crypto.mls.codec import Reader, decode_all, varint
from havenclient.crypto.mls.credentials import SignatureKey
from havenclient.crypto.mls.errors import CryptoError, DecodeError
from havenclient.crypto.mls.framing import ContentType, read_authenticated_content
from havenclient.crypto.mls.private_message import sender_data_key
from havenclient.crypto.mls.secret_tree import RatchetKind, SecretTree
from havenclient.crypto.mls.store import EPOCH_SECRETS
from havenclient.crypto.mls.suites import SUITES, CipherSuite, cipher_suite
from havenclient.crypto.mls.types import GroupContext

from .conftest import Vectors

un = bytes.fromhex

XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")


def supported(cases: Iterable[Any]) -> Iterator[tuple[CipherSuite, Any]]:
    for case in cases:
        if case["cipher_suite"] in SUITES:
            yield cipher_suite(case["cipher_suite"]), case
        else:
            assert case["cipher_suite"] in (4, 6), "only the X448 suites are left out"


def test_deserialization(vectors: Vectors) -> None:
    cases = vectors("test-vectors/deserialization.json")
    assert len(cases) == 14
    for case in cases:
        header = un(case["vlbytes_header"])
        assert decode_all(header, Reader.varint) == case["length"]
        assert varint(case["length"]) == header


@pytest.mark.parametrize("header", ["4001", "403f", "80000001", "80003fff", "c0", "ffffffff"])
def test_varints_that_are_not_minimal_or_reserved_are_refused(header: str) -> None:
    with pytest.raises(DecodeError):
        decode_all(un(header), Reader.varint)


def test_tree_math(vectors: Vectors) -> None:
    cases = vectors("test-vectors/tree-math.json")
    assert len(cases) == 10
    for case in cases:
        leaves, width = case["n_leaves"], case["n_nodes"]
        assert tree_math.node_width(leaves) == width
        assert tree_math.root(leaves) == case["root"]
        for node in range(width):
            if node % 2:
                assert tree_math.left(node) == case["left"][node]
                assert tree_math.right(node) == case["right"][node]
            else:
                assert case["left"][node] is None
            if node != case["root"]:
                assert tree_math.parent(node, leaves) == case["parent"][node]
                assert tree_math.sibling(node, leaves) == case["sibling"][node]


def test_crypto_basics(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/crypto-basics.json")):
        ref = case["ref_hash"]
        assert suite.ref_hash(ref["label"].encode(), un(ref["value"])) == un(ref["out"])
        expand = case["expand_with_label"]
        assert suite.expand_with_label(
            un(expand["secret"]), expand["label"].encode(), un(expand["context"]), expand["length"]
        ) == un(expand["out"])
        derive = case["derive_secret"]
        assert suite.derive_secret(un(derive["secret"]), derive["label"].encode()) == un(
            derive["out"]
        )
        tree = case["derive_tree_secret"]
        assert suite.derive_tree_secret(
            un(tree["secret"]), tree["label"].encode(), tree["generation"], tree["length"]
        ) == un(tree["out"])
        sign = case["sign_with_label"]
        label, content = sign["label"].encode(), un(sign["content"])
        key = SignatureKey.from_private(suite, un(sign["priv"]))
        assert key.public == un(sign["pub"])
        suite.verify_with_label(key.public, label, content, un(sign["signature"]))
        suite.verify_with_label(key.public, label, content, key.sign_with_label(label, content))
        with pytest.raises(CryptoError):
            suite.verify_with_label(key.public, label, content + b"x", un(sign["signature"]))
        seal = case["encrypt_with_label"]
        label, context, plain = seal["label"].encode(), un(seal["context"]), un(seal["plaintext"])
        private = suite.kem.private_key(un(seal["priv"]))
        assert private.public == un(seal["pub"])
        assert (
            suite.decrypt_with_label(
                private, label, context, un(seal["kem_output"]), un(seal["ciphertext"])
            )
            == plain
        )
        ours = suite.encrypt_with_label(private.public, label, context, plain)
        assert suite.decrypt_with_label(private, label, context, *ours) == plain
        done += 1
    assert done == 5


def test_secret_tree(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/secret-tree.json")):
        sender = case["sender_data"]
        assert sender_data_key(
            suite, un(sender["sender_data_secret"]), un(sender["ciphertext"])
        ) == (un(sender["key"]), un(sender["nonce"]))
        tree = SecretTree.start(len(case["leaves"]), un(case["encryption_secret"]))
        for leaf, generations in enumerate(case["leaves"]):
            for expected in generations:
                for kind, name in (
                    (RatchetKind.APPLICATION, "application"),
                    (RatchetKind.HANDSHAKE, "handshake"),
                ):
                    tree, pair = tree.take_key(suite, leaf, kind, expected["generation"])
                    assert pair == (un(expected[name + "_key"]), un(expected[name + "_nonce"]))
        assert not tree.nodes, "every secret above the ratchets has been used up"
        done += 1
    assert done == 15


def test_key_schedule(vectors: Vectors) -> None:
    epochs = 0
    for suite, case in supported(vectors("test-vectors/key-schedule.json")):
        init = un(case["initial_init_secret"])
        for number, epoch in enumerate(case["epochs"]):
            context = GroupContext.make(
                suite.id,
                un(case["group_id"]),
                number,
                un(epoch["tree_hash"]),
                un(epoch["confirmed_transcript_hash"]),
                (),
            )
            assert context.raw == un(epoch["group_context"])
            psk_secret = un(epoch["psk_secret"])
            joiner = key_schedule.joiner_secret(
                suite, init, un(epoch["commit_secret"]), context.raw
            )
            assert joiner == un(epoch["joiner_secret"])
            assert key_schedule.welcome_secret(suite, joiner, psk_secret) == un(
                epoch["welcome_secret"]
            )
            secret = key_schedule.epoch_secret(suite, joiner, psk_secret, context.raw)
            secrets, encryption = key_schedule.epoch_secrets(suite, secret)
            assert encryption == un(epoch["encryption_secret"])
            for name in EPOCH_SECRETS:
                assert getattr(secrets, name) == un(epoch[name]), name
            external = suite.kem.derive_key_pair(secrets.external_secret)
            assert external.public == un(epoch["external_pub"])
            export = epoch["exporter"]
            assert key_schedule.export(
                suite,
                secrets.exporter_secret,
                export["label"].encode(),
                un(export["context"]),
                export["length"],
            ) == un(export["secret"])
            init = secrets.init_secret
            epochs += 1
    assert epochs == 5 * 5


def test_psk_secret(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/psk_secret.json")):
        pairs = [
            (
                psk.PreSharedKeyID(
                    psk.PskType.EXTERNAL, un(item["psk_nonce"]), psk_id=un(item["psk_id"])
                ),
                un(item["psk"]),
            )
            for item in case["psks"]
        ]
        assert psk.psk_secret(suite, pairs) == un(case["psk_secret"])
        done += 1
    assert done == 55


def test_transcript_hashes(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/transcript-hashes.json")):
        message = decode_all(un(case["authenticated_content"]), read_authenticated_content)
        assert message.content.content_type is ContentType.COMMIT
        confirmed = transcript.confirmed_transcript_hash(
            suite,
            un(case["interim_transcript_hash_before"]),
            message.wire_format,
            message.content,
            message.signature,
        )
        assert confirmed == un(case["confirmed_transcript_hash_after"])
        tag = message.confirmation_tag
        assert tag is not None
        assert suite.mac(un(case["confirmation_key"]), confirmed) == tag
        assert transcript.interim_transcript_hash(suite, confirmed, tag) == un(
            case["interim_transcript_hash_after"]
        )
        done += 1
    assert done == 5


def test_hpke_pq(vectors: Vectors) -> None:
    """Each KEM of the table that the draft covers: DeriveKeyPair, and opening with the key."""
    kems = {kem.id: kem for kem in (hpke.XWING, hpke.X25519, hpke.P256, hpke.P384, hpke.P521)}
    derived, opened = [], []
    for case in vectors("hpke-pq/test-vectors.json"):
        kem = kems.get(case["kem_id"])
        if kem is None:
            continue
        key = kem.derive_key_pair(un(case["ikmR"]))
        assert (key.raw, key.public) == (un(case["skRm"]), un(case["pkRm"]))
        derived.append(kem.id)
        kdf = {1: KDF.HKDF_SHA256, 17: KDF.SHAKE256}.get(case["kdf_id"])
        if kem is hpke.XWING and kdf is not None:
            first = case["encryptions"][0]
            # `cryptography` keeps the form with an aad private; MLS itself has none (§5.1.3).
            plain = rust_openssl.hpke._decrypt_with_aad(
                Suite(kem.backend, kdf, AEAD.CHACHA20_POLY1305),
                un(case["enc"]) + un(first["ct"]),
                key.load(kem),
                un(case["info"]),
                un(first["aad"]),
            )
            assert plain == un(first["pt"])
            opened.append(case["kdf_id"])
    assert derived == [0x647A, 0x10, 0x11, 0x20, 0x647A]
    assert opened == [1, 17]


def test_xwing(vectors: Vectors) -> None:
    """Key expansion, and the shared secret put together from its two halves as the draft says."""
    cases = vectors("hpke-pq/xwing.json")
    for case in cases:
        raw, ct = un(case["sk"]), un(case["ct"])
        assert hpke.XWING.private_key(raw).public == un(case["pk"])
        assert len(ct) == hpke.XWING.enc_size
        pq, classical = hpke.XWING.expand_seed(raw)
        other = x25519.X25519PublicKey.from_public_bytes(ct[1088:])
        combined = pq.decapsulate(ct[:1088]) + classical.exchange(other)
        combined += ct[1088:] + un(case["pk"])[1184:] + XWING_LABEL
        assert hashlib.sha3_256(combined).digest() == un(case["ss"])
    assert len(cases) == 3


def test_skipped_keys_are_bounded() -> None:
    suite = cipher_suite(1)
    tree = SecretTree.start(2, bytes(32))
    for generation in (1000, 2001, 3002):
        tree, _ = tree.take_key(suite, 0, RatchetKind.APPLICATION, generation)
    assert len(tree.ratchets[1].skipped) == secret_tree.MAX_SKIPPED
