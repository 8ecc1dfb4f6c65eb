"""Published vectors of messages: 17 structures byte for byte, message protection, Welcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from havenclient.crypto.mls.codec import Reader, decode_all, u16
from havenclient.crypto.mls.commit_content import read_commit
from havenclient.crypto.mls.credentials import SignatureKey
from havenclient.crypto.mls.epoch import enter_epoch
from havenclient.crypto.mls.errors import MLSError, ValidationError
from havenclient.crypto.mls.framing import (
    AuthenticatedContent,
    Body,
    ContentType,
    FramedContent,
    Sender,
    SenderType,
    WireFormat,
    encode_body,
    read_body,
    read_message_header,
    sign_content,
)
from havenclient.crypto.mls.key_package import KeyPackage, read_key_package
from havenclient.crypto.mls.key_schedule import welcome_secret
from havenclient.crypto.mls.private_message import (
    open_content,
    open_sender_data,
    protect_private,
    read_private_message,
)
from havenclient.crypto.mls.proposals import read_proposal
from havenclient.crypto.mls.public_message import (
    protect_public,
    read_public_message,
    unprotect_public,
)
from havenclient.crypto.mls.secret_tree import RatchetKind, SecretTree
from havenclient.crypto.mls.suites import CipherSuite, cipher_suite
from havenclient.crypto.mls.tree import RatchetTree
from havenclient.crypto.mls.types import GroupContext, ProposalType
from havenclient.crypto.mls.welcome import (
    open_group_info,
    open_group_secrets,
    read_group_info,
    read_group_secrets,
    read_welcome,
)

from .conftest import Vectors
from .test_vectors_basics import supported

un = bytes.fromhex

MESSAGES: dict[str, tuple[WireFormat, Callable[[Reader], Any]]] = {
    "mls_welcome": (WireFormat.WELCOME, read_welcome),
    "mls_group_info": (WireFormat.GROUP_INFO, read_group_info),
    "mls_key_package": (WireFormat.KEY_PACKAGE, read_key_package),
    "public_message_application": (WireFormat.PUBLIC, read_public_message),
    "public_message_proposal": (WireFormat.PUBLIC, read_public_message),
    "public_message_commit": (WireFormat.PUBLIC, read_public_message),
    "private_message": (WireFormat.PRIVATE, read_private_message),
}

PROPOSALS = {
    "add_proposal": ProposalType.ADD,
    "update_proposal": ProposalType.UPDATE,
    "remove_proposal": ProposalType.REMOVE,
    "pre_shared_key_proposal": ProposalType.PSK,
    "re_init_proposal": ProposalType.REINIT,
    "external_init_proposal": ProposalType.EXTERNAL_INIT,
    "group_context_extensions_proposal": ProposalType.GROUP_CONTEXT_EXTENSIONS,
}


def test_messages_encode_to_the_very_bytes_they_were_decoded_from(vectors: Vectors) -> None:
    cases = vectors("test-vectors/messages.json")
    structures = 0
    for case in cases:
        for name, (wire_format, read) in MESSAGES.items():
            data = un(case[name])
            reader = Reader(data)
            assert read_message_header(reader) is wire_format
            value = read(reader)
            reader.finish()
            assert u16(1) + u16(wire_format) + value.encode() == data, name
            structures += 1
        for name, kind in PROPOSALS.items():
            data = u16(kind) + un(case[name])
            assert decode_all(data, read_proposal).encode() == data, name
            structures += 1
        assert decode_all(un(case["commit"]), read_commit).encode() == un(case["commit"])
        secrets = decode_all(un(case["group_secrets"]), read_group_secrets)
        assert secrets.encode() == un(case["group_secrets"])
        # The suite does not matter for the shape.
        tree = RatchetTree.decode(cipher_suite(1), un(case["ratchet_tree"]))
        assert tree.encode() == un(case["ratchet_tree"])
        structures += 3
    assert (len(cases), structures) == (300, 300 * 17)


class Protection:
    """One case of message-protection: member 1 of 2 speaks."""

    def __init__(self, suite: CipherSuite, case: Any) -> None:
        self.suite = suite
        self.case = case
        self.context = GroupContext.make(
            suite.id,
            un(case["group_id"]),
            case["epoch"],
            un(case["tree_hash"]),
            un(case["confirmed_transcript_hash"]),
            (),
        )
        self.public = un(case["signature_pub"])
        self.key = SignatureKey.from_private(suite, un(case["signature_priv"]))
        self.membership_key = un(case["membership_key"])
        self.sender_data_secret = un(case["sender_data_secret"])

    def open_private(self, data: bytes) -> AuthenticatedContent:
        reader = Reader(data)
        assert read_message_header(reader) is WireFormat.PRIVATE
        private = read_private_message(reader)
        reader.finish()
        sender = open_sender_data(self.suite, private, self.sender_data_secret)
        tree = SecretTree.start(2, un(self.case["encryption_secret"]))
        kind = (
            RatchetKind.APPLICATION
            if private.content_type is ContentType.APPLICATION
            else RatchetKind.HANDSHAKE
        )
        _, pair = tree.take_key(self.suite, sender.leaf_index, kind, sender.generation)
        opened = open_content(self.suite, private, sender, *pair)
        opened.verify(self.suite, self.public, self.context.raw)
        return opened

    def open_public(self, data: bytes) -> AuthenticatedContent:
        reader = Reader(data)
        assert read_message_header(reader) is WireFormat.PUBLIC
        public = read_public_message(reader)
        reader.finish()
        opened = unprotect_public(self.suite, public, self.membership_key, self.context.raw)
        opened.verify(self.suite, self.public, self.context.raw)
        return opened

    def make(self, wire_format: WireFormat, kind: ContentType, body: Body) -> bytes:
        sender = Sender(SenderType.MEMBER, 1)
        content = FramedContent.make(
            self.context.group_id, self.context.epoch, sender, b"", kind, body
        )
        signature = sign_content(self.key, wire_format, content, self.context.raw)
        tag = bytes(self.suite.hash_size) if kind is ContentType.COMMIT else None
        message = AuthenticatedContent(wire_format, content, signature, tag)
        if wire_format is WireFormat.PUBLIC:
            return protect_public(self.suite, message, self.membership_key, self.context.raw)
        tree = SecretTree.start(2, un(self.case["encryption_secret"]))
        ratchet = (
            RatchetKind.APPLICATION if kind is ContentType.APPLICATION else RatchetKind.HANDSHAKE
        )
        _, generation, (key, nonce) = tree.next_key(self.suite, 1, ratchet)
        return protect_private(
            self.suite,
            message,
            sender_data_secret=self.sender_data_secret,
            generation=generation,
            key=key,
            nonce=nonce,
            reuse_guard=b"abcd",
            padding=13,
        )


def test_message_protection(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/message-protection.json")):
        world = Protection(suite, case)
        for name, kind in (("proposal", ContentType.PROPOSAL), ("commit", ContentType.COMMIT)):
            expected = un(case[name])
            for opened in (
                world.open_private(un(case[name + "_priv"])),
                world.open_public(un(case[name + "_pub"])),
            ):
                assert encode_body(opened.content.body) == expected
            body = decode_all(expected, lambda r, kind=kind: read_body(r, kind))  # type: ignore[misc]
            for wire_format, opener in (
                (WireFormat.PRIVATE, world.open_private),
                (WireFormat.PUBLIC, world.open_public),
            ):
                again = opener(world.make(wire_format, kind, body))
                assert encode_body(again.content.body) == expected
        application = un(case["application"])
        assert world.open_private(un(case["application_priv"])).content.body == application
        ours = world.make(WireFormat.PRIVATE, ContentType.APPLICATION, application)
        assert world.open_private(ours).content.body == application
        with pytest.raises(ValidationError):
            world.open_public(world.make(WireFormat.PUBLIC, ContentType.APPLICATION, application))
        broken = bytearray(un(case["commit_pub"]))
        broken[-1] ^= 1
        with pytest.raises(MLSError):
            world.open_public(bytes(broken))
        done += 1
    assert done == 5


def test_welcome(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/welcome.json")):
        package = KeyPackage.from_message(un(case["key_package"]))
        reader = Reader(un(case["welcome"]))
        assert read_message_header(reader) is WireFormat.WELCOME
        welcome = read_welcome(reader)
        entry = next(e for e in welcome.secrets if e.new_member == package.ref(suite))
        secrets = open_group_secrets(
            suite,
            suite.kem.private_key(un(case["init_priv"])),
            welcome.encrypted_group_info,
            entry.encrypted,
        )
        info = open_group_info(
            suite,
            welcome_secret(suite, secrets.joiner_secret, suite.zero),
            welcome.encrypted_group_info,
        )
        info.verify_signature(suite, un(case["signer_pub"]))
        epoch = enter_epoch(suite, info.group_context, secrets.joiner_secret, suite.zero, 1)
        assert epoch.confirmation_tag == info.confirmation_tag
        done += 1
    assert done == 5
