"""A copy of somebody's keys reads on for a week or two, and not for as long as the circle lives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from havenclient.circles import outbox, store
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import Circle
from havenclient.circles.closing import MAX_BUNDLE_BYTES, chosen
from havenclient.circles.events import MessageReceived
from havenclient.circles.receiving import Memory, SlicePage, receive
from havenclient.circles.service import Words
from havenclient.sync.client import Page, RelayRefused
from tests.circles.kit import CIRCLE, Person, Town


def weeks(town: Town, count: int) -> None:
    for week in range(count):
        town.clock.go(days=7)
        for person in town.people:
            person.sync()
        town.people[0].say(f"Week {week}.")
        town.settle(1)


def reads_on(stolen: Circle, person: Person) -> list[str]:
    """What a thief of this state gets out of everything that the relay has, with her tokens."""
    client = person.engine.client(person.row().relay, b"thief")
    memory = Memory(lambda _: None, lambda _: False)
    texts: list[str] = []
    while True:
        try:
            page: Page = client.read(
                stolen.log_id, stolen.keys.access_token, after=stolen.chain.seq
            )
        except RelayRefused:
            return texts
        last = page.last if page.closed else None
        slice_page = SlicePage(page.slice, page.entries, page.closed, last)
        done = receive(stolen, slice_page, memory, now=person.circles.book.now(), token=bytes)
        texts += [e.content.text for e in done.events if isinstance(e, MessageReceived)]
        if done.circle.epoch == stolen.epoch:
            return texts
        stolen = done.circle


def test_who_copied_a_members_keys_does_not_read_on_for_ever(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    weeks(town, 1)
    stolen = store.load_circle(store.dump_circle(idris.state()))
    weeks(town, 4)
    everything = [f"Week {n}." for n in range(4)]
    assert idris.texts()[-4:] == everything
    seen = reads_on(stolen, idris)
    assert seen == everything[: len(seen)]
    assert len(seen) <= 2
    for person in (mara, idris, tove):
        assert person.health() == "All is well."


def test_fresh_keys_cost_no_commit_of_their_own(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    before = mara.state().epoch
    weeks(town, 6)
    assert mara.state().epoch == before + 6
    assert not [r for p in (mara, idris, tove) for r, _ in outbox.everything(p.vault.db)]


def test_a_second_host_who_never_commits_renews_hers_too(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.ask_role(CIRCLE, "idris", "host")
    town.settle(2)
    idris.circles.answer_role(CIRCLE, "host")
    town.settle(2)
    mara.circles.give_role(CIRCLE, "idris", "host")
    town.settle(2)
    stolen = store.load_circle(store.dump_circle(idris.state()))
    weeks(town, 4)
    assert len(reads_on(stolen, idris)) <= 2


def test_a_commit_takes_up_no_more_than_fits_into_an_entry(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.circles.say(CIRCLE, Words("x"))
    town.clock.go(days=8)
    idris.sync()
    town.clock.go(days=8)
    idris.sync(commit=False)
    mara.sync(commit=False)
    (one,) = mara.state().waiting
    many = tuple(
        replace(one, sender=100 + n, leaving=n == 60, message=bytes(len(one.message)))
        for n in range(64)
    )
    taken = chosen(replace(mara.state(), waiting=many))
    assert taken[0].leaving
    assert 10 < len(taken) < 64
    assert sum(len(w.message) for w in taken) <= MAX_BUNDLE_BYTES


def test_a_copied_vault_that_only_reads_is_noticed_when_keys_are_renewed(
    town: Town, tmp_path: Path
) -> None:
    mara, idris = town.circle_of("mara", "idris")
    weeks(town, 1)
    idris.copy_vault(tmp_path / "copy")
    twin = Person("idris", tmp_path / "copy", town.clock)
    for _ in range(2):
        town.clock.go(days=7)
        for person in (idris, twin, mara, idris, twin):
            person.sync()
    troubles = {idris.state().trouble, twin.state().trouble}
    assert Trouble.COPIED in troubles
    assert mara.health() == "All is well."
    twin.close()
