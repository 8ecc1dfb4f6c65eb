"""Who may do what in a circle: every kind of proposal from everybody, every rule of a Commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from havenclient.circles.policy import CirclePolicy
from havenclient.circles.terms import MAX_MEMBERS, Agreement, Mailbox, Terms
from havenclient.crypto import mls
from havenclient.crypto.mls.proposals import (
    Add,
    CommittedProposal,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    SelfRemove,
    Update,
)
from havenclient.crypto.mls.psk import PreSharedKeyID, PskType
from tests.circles.machine import AGREEMENT, Gathered, Somebody, extensions, terms_with

HOST, SECOND, HELPER, MEMBER, STRANGER = (
    Somebody(n) for n in ("mara", "jo", "idris", "tove", "wren")
)
EVERYBODY = [HOST, SECOND, HELPER, MEMBER]
TERMS = terms_with([HOST, SECOND], [HELPER])
GROUP: Any = Gathered(TERMS, EVERYBODY)
POLICY = CirclePolicy()
RENEWED: dict[str, Any] = {
    "knock": Mailbox(b"K" * 16, b"K" * 32),
    "report": Mailbox(b"R" * 16, b"R" * 32),
}

KINDS: dict[str, Callable[[int], Proposal]] = {
    "Add": lambda _: Add(STRANGER.package()),
    "Update": lambda n: Update(EVERYBODY[n].leaf()),
    "Remove": lambda _: Remove(3),
    "PreSharedKey": lambda _: PreSharedKey(
        PreSharedKeyID(PskType.EXTERNAL, psk_id=b"i", nonce=bytes(32))
    ),
    "ReInit": lambda _: ReInit(b"g", 1, 1, ()),
    "ExternalInit": lambda _: ExternalInit(b"k"),
    "GroupContextExtensions": lambda _: GroupContextExtensions(extensions(TERMS)),
    "SelfRemove": lambda _: SelfRemove(),
}
PROPOSED_BY_ANYBODY = {"Update", "SelfRemove"}
BY_VALUE_FROM_A_HOST = {"Add", "Remove", "GroupContextExtensions"}


def allowed(judge: Callable[[], None]) -> bool:
    try:
        judge()
    except mls.PolicyViolation:
        return False
    return True


def test_the_table_names_every_kind_of_proposal() -> None:
    assert {type(make(0)) for make in KINDS.values()} == set(Proposal.__args__)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sender", range(len(EVERYBODY)))
def test_everybody_may_propose_updates_and_leaving_and_nothing_else(sender: int, kind: str) -> None:
    proposal = KINDS[kind](sender)
    verdict = allowed(lambda: POLICY.judge_proposal(GROUP, sender, proposal))
    assert verdict == (kind in PROPOSED_BY_ANYBODY)


def commit(
    committer: int,
    *proposals: tuple[int, Proposal],
    after: Terms = TERMS,
    group: Any = GROUP,
) -> bool:
    listed = [CommittedProposal(sender, one) for sender, one in proposals]
    return allowed(lambda: POLICY.judge_commit(group, committer, listed, extensions(after)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("committer", range(len(EVERYBODY)))
@pytest.mark.parametrize("sender", range(len(EVERYBODY)))
def test_only_hosts_commit_and_only_their_own_changes(
    committer: int, sender: int, kind: str
) -> None:
    after = TERMS
    if kind in ("Remove", "SelfRemove"):
        after = replace(TERMS, **RENEWED)
    if kind == "SelfRemove":
        after = after.without({EVERYBODY[sender].key.public})
    verdict = commit(committer, (sender, KINDS[kind](sender)), after=after)
    by_host = committer in (0, 1)
    right = kind in PROPOSED_BY_ANYBODY or (kind in BY_VALUE_FROM_A_HOST and sender == committer)
    assert verdict == (by_host and right)


@pytest.mark.parametrize("committer", range(len(EVERYBODY)))
def test_only_hosts_commit_nothing(committer: int) -> None:
    assert commit(committer) == (committer in (0, 1))


MOVED: dict[str, Any] = RENEWED | {
    "log_id": b"x" * 16,
    "relays": ("https://other.example.org",),
    "extra": {"place": GROUP.epoch + 1},
}
CHANGES: list[tuple[str, dict[str, Any], bool]] = [
    ("another name", {"name": "Day Walkers"}, True),
    ("another theme", {"theme": "grief"}, True),
    ("the next agreement", {"agreement": Agreement(2, "We listen.")}, True),
    ("the same version with other words", {"agreement": Agreement(1, "We listen.")}, False),
    ("a version left out", {"agreement": Agreement(3, "We listen.")}, False),
    ("another log", {"log_id": b"x" * 16}, False),
    ("a move to another relay", MOVED, True),
    ("a move without new mailboxes", {k: v for k, v in MOVED.items() if k not in RENEWED}, False),
    ("a move on the same relay", MOVED | {"relays": TERMS.relays}, False),
    ("a move from another epoch", MOVED | {"extra": {"place": 3}}, False),
    ("a move to nowhere", MOVED | {"relays": ("file:///etc/passwd",)}, False),
    ("another relay for the same log", {"relays": ("https://other.example.org",)}, False),
    ("another beginning of the same log", {"extra": {"place": 2}}, False),
    ("relays to look at besides", {"relays": (*TERMS.relays, "https://other.example.org")}, True),
    ("another founding day", {"founded": 1}, False),
    ("no host", {"hosts": ()}, False),
    ("a stranger as host", {"hosts": (STRANGER.host,)}, False),
    ("a stranger as helper", {"helpers": (STRANGER.helper,)}, False),
    ("a member as host", {"hosts": (*TERMS.hosts, MEMBER.host)}, True),
    ("a host as helper too", {"helpers": (HOST.helper,)}, False),
    ("new mailboxes", RENEWED, True),
    ("one log for both mailboxes", {"report": TERMS.knock}, False),
    ("slow mode", {"slow_seconds": 60}, True),
    ("too slow a mode", {"slow_seconds": 86_401}, False),
]


@pytest.mark.parametrize(("what", "change", "right"), CHANGES, ids=[c[0] for c in CHANGES])
def test_what_a_host_may_make_of_the_terms(what: str, change: dict[str, Any], right: bool) -> None:
    after = replace(TERMS, **change)
    proposal = GroupContextExtensions(extensions(after))
    assert commit(0, (0, proposal), after=after) == right, what


@pytest.mark.parametrize("half", [
    {}, {"knock": RENEWED["knock"]}, {"report": RENEWED["report"]},
    {**RENEWED, "knock": Mailbox(b"K" * 16, TERMS.knock.token)},
    {**RENEWED, "knock": Mailbox(TERMS.knock.log_id, b"K" * 32)},
])  # fmt: skip
def test_who_goes_takes_no_mailbox_along(half: dict[str, Any]) -> None:
    assert commit(0, (0, Remove(3)), after=replace(TERMS, **RENEWED))
    assert not commit(0, (0, Remove(3)), after=replace(TERMS, **half))


def test_roles_end_with_their_holder() -> None:
    after = replace(TERMS, **RENEWED)
    assert not commit(0, (0, Remove(2)), after=after)
    assert commit(0, (0, Remove(2)), after=after.without({HELPER.key.public}))


def test_the_last_host_can_not_leave_or_be_removed() -> None:
    alone = terms_with([HOST])
    group: Any = Gathered(alone, EVERYBODY)
    assert not allowed(lambda: POLICY.judge_proposal(group, 0, SelfRemove()))
    handed_over = replace(alone, hosts=(MEMBER.host,), **RENEWED)
    assert commit(0, (0, SelfRemove()), after=handed_over, group=group)
    assert not commit(0, (0, SelfRemove()), after=replace(alone, **RENEWED), group=group)


def test_an_update_keeps_pseudonym_and_key() -> None:
    for leaf in (MEMBER.leaf(name="other"), STRANGER.leaf(name="tove")):
        with pytest.raises(mls.PolicyViolation):
            POLICY.judge_proposal(GROUP, 3, Update(leaf))
        with pytest.raises(mls.PolicyViolation):
            POLICY.judge_leaf(GROUP, 3, MEMBER.leaf(), leaf)
        assert not commit(0, (3, Update(leaf)))
    POLICY.judge_leaf(GROUP, 3, MEMBER.leaf(), MEMBER.leaf())


@pytest.mark.parametrize("name", ["tove", "TOVE", "Tove", "ｔｏｖｅ"])
def test_a_taken_pseudonym_is_refused_in_every_spelling(name: str) -> None:
    assert not commit(0, (0, Add(STRANGER.package(name=name))))


@pytest.mark.parametrize("agreement", [Agreement(2, AGREEMENT.text), Agreement(1, "Else.")])
def test_a_newcomer_has_accepted_the_agreement_in_force(agreement: Agreement) -> None:
    assert commit(0, (0, Add(STRANGER.package())))
    assert not commit(0, (0, Add(STRANGER.package(agreement))))


def test_a_return_is_remove_and_add_of_one_pseudonym_in_one_commit() -> None:
    back = Somebody("tove")
    after = replace(TERMS, **RENEWED)
    assert commit(0, (0, Remove(3)), (0, Add(back.package())), after=after)
    assert not commit(0, (0, Add(back.package())), after=after)


def test_sixty_four_people_are_a_circle_and_sixty_five_are_not() -> None:
    many = [HOST, *(Somebody(f"person {n}") for n in range(MAX_MEMBERS - 2))]
    terms = terms_with([HOST])
    group: Any = Gathered(terms, many)
    assert commit(0, (0, Add(STRANGER.package())), after=terms, group=group)
    one_more = Somebody("one more").package()
    assert not commit(0, (0, Add(STRANGER.package())), (0, Add(one_more)), after=terms, group=group)


def test_terms_that_can_not_be_read_are_refused() -> None:
    for broken in (
        (),
        (*extensions(TERMS), *extensions(TERMS)),
        (mls.Extension(0xF0C1, b"\xff"),),
    ):
        with pytest.raises(mls.PolicyViolation):
            POLICY.judge_commit(GROUP, 0, [], broken)


@pytest.mark.parametrize("inviter", range(len(EVERYBODY)))
def test_a_newcomers_own_client_asks_that_a_host_let_her_in(inviter: int) -> None:
    group: Any = Gathered(TERMS, [*EVERYBODY, STRANGER], own=4)
    assert allowed(lambda: POLICY.judge_join(group, inviter)) == (inviter in (0, 1))


@pytest.mark.parametrize("people", [
    [HOST, HELPER, MEMBER, STRANGER],
    [*EVERYBODY, STRANGER, Somebody("TOVE")],
])  # fmt: skip
def test_a_newcomers_own_client_refuses_a_circle_that_does_not_work(people: list[Somebody]) -> None:
    group: Any = Gathered(TERMS, people, own=people.index(STRANGER))
    assert not allowed(lambda: POLICY.judge_join(group, 0))
