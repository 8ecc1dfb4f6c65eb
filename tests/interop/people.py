"""Small groups of Haven's own members, and what an insider with a library can forge."""

from __future__ import annotations

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import framing, public_message
from havenclient.crypto.mls.framing import AuthenticatedContent, ContentType, SenderType

from .members import Wish
from .python_member import PythonMember

SUITE = 1


def group_of(size: int, suite: int = SUITE) -> list[PythonMember]:
    """Everybody in one group, everybody has sent a path."""
    members = [PythonMember(suite, f"m{number}") for number in range(size)]
    first, *others = members
    first.create(b"group")
    packages = [member.key_package() for member in others]
    made = first.commit(
        [Wish("add", key_package=package) for package in packages], public=False, tree_inside=True
    )
    assert made.welcome is not None
    for member, package in zip(others, packages, strict=True):
        member.join(package, made.welcome, None)
    for member in members:
        tell(members, member, member.commit([], public=False, tree_inside=True).commit)
    return members


def tell(members: list[PythonMember], sender: PythonMember, message: bytes) -> None:
    for member in members:
        if member is not sender:
            member.process(message)


def refused(member: PythonMember, message: bytes, *errors: type[Exception]) -> None:
    before = member.group.save()
    with pytest.raises(errors or mls.InvalidMessage):
        member.group.process(message, psks=member.psks)
    assert member.group.save() == before


def copy_of(member: PythonMember) -> PythonMember:
    """A copy of a member, to make messages without moving the original."""
    copy = PythonMember(member.suite, member.name)
    copy.group = member.group
    return copy


def package_of(name: str) -> mls.KeyPackage:
    return mls.KeyPackage.from_message(PythonMember(SUITE, name).key_package())


def framed(
    insider: PythonMember, body: framing.Body, kind: ContentType, *, leaf: int, tag: bytes | None
) -> bytes:
    """A PublicMessage in any leaf's name, signed by the insider, with a valid membership tag."""
    group = insider.group
    content = framing.FramedContent.make(
        group.group_id, group.epoch, framing.Sender(SenderType.MEMBER, leaf), b"", kind, body
    )
    public = mls.WireFormat.PUBLIC
    signature = framing.sign_content(group.signature_key, public, content, group.context.raw)
    message = AuthenticatedContent(public, content, signature, tag)
    key = group.secrets.membership_key
    return public_message.protect_public(group.suite, message, key, group.context.raw)
