"""A lying or broken relay: each is found, named in words, and nobody silently goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from havenclient.circles.chain import Trouble
from havenclient.circles.circle import Standing
from havenclient.errors import SafetyRefusal
from havenclient.sync.client import Page, RelayClient, RelayRefused, RelayUnreachable, Route, Slot
from havenclient.wire import Problem
from tests.circles.kit import CIRCLE, Person, Town
from tests.relay.harness import Relay


def keep(relay: Relay, where: Path) -> None:
    """What an operator's nightly copy would hold."""
    relay.stop()
    shutil.copytree(relay.data / "data", where)
    relay.start()


def roll_back(relay: Relay, where: Path) -> None:
    relay.stop()
    shutil.rmtree(relay.data / "data")
    shutil.copytree(where, relay.data / "data")
    relay.start()


def anew(town: Town) -> None:
    for person in town.people:
        person.close()


def test_a_relay_restored_from_yesterday_is_noticed_and_repaired_by_a_host(
    own_town: Town, own_relay: Relay, tmp_path: Path
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    mara.say("Monday.")
    mara.sync()
    own_town.settle(1)
    keep(own_relay, tmp_path / "copy")
    anew(own_town)
    idris.say("Tuesday.")
    idris.sync()
    own_town.settle(1)
    roll_back(own_relay, tmp_path / "copy")
    anew(own_town)

    tove.sync()
    assert tove.state().trouble is Trouble.WENT_BACK
    assert "lost entries" in tove.health()
    with pytest.raises(SafetyRefusal):
        tove.say("Not on a fork.")
    mara.sync()  # the host finds it too,
    mara.sync()  # and gives the relay back what it lost
    assert mara.state().standing is Standing.ACTIVE
    tove.sync()
    idris.sync()
    tove.say("Wednesday.")
    own_town.settle()
    for person in (mara, idris, tove):
        assert person.texts() == ["Monday.", "Tuesday.", "Wednesday."]
        assert person.circles.get(CIRCLE).standing is Standing.ACTIVE


def test_a_roll_back_across_a_commit_is_repaired_too(
    own_town: Town, own_relay: Relay, tmp_path: Path
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    keep(own_relay, tmp_path / "copy")
    anew(own_town)
    mara.say("Before.")
    mara.sync()
    mara.circles.commit_waiting(mara.row().no)
    mara.sync()
    mara.say("After.")
    mara.sync()
    own_town.settle(1)
    roll_back(own_relay, tmp_path / "copy")
    anew(own_town)
    idris.sync()
    assert idris.state().trouble is Trouble.WENT_BACK
    mara.sync()
    mara.sync()
    own_town.settle()
    idris.say("Good.")
    own_town.settle()
    assert mara.texts() == idris.texts() == ["Before.", "After.", "Good."]


def test_two_histories_are_seen_by_who_reads_a_host(
    own_town: Town, own_relay: Relay, tmp_path: Path
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    own_town.settle(1)
    own_relay.stop()
    shutil.copytree(own_relay.data / "data", tmp_path / "fork" / "data")
    own_relay.start()
    with Relay(tmp_path / "fork") as fork:
        # From here on idris is shown another history than the rest.
        idris.connect = lambda route: RelayClient(replace(route, base=fork.url))
        anew(own_town)
        mara.say("For all.")
        mara.sync()
        idris.say("In the fork.")
        idris.sync()
        mara.say("Also for all.")
        mara.sync()
        # The relay forwards what the host writes next, at the place it would have.
        carry(mara, idris, fork)
        idris.sync()
        assert idris.state().trouble is Trouble.TWO_HISTORIES
        assert "something else than the others" in idris.health()
        assert idris.texts()[-1] == "Also for all."  # what told her is read as well
        with pytest.raises(SafetyRefusal):
            idris.say("Into the dark.")
        idris.close()
    tove.sync()
    assert tove.texts() == ["For all.", "Also for all."]
    assert tove.state().standing is Standing.ACTIVE


def carry(source: Person, target: Person, relay: Relay) -> None:
    """Copies the newest entry of one history into the other."""
    circle = source.state()
    with RelayClient(Route(source.row().relay)) as client:
        page = client.read(circle.log_id, circle.keys.access_token, after=circle.chain.seq - 1)
    with RelayClient(Route(relay.url)) as client:
        client.append(circle.log_id, circle.keys.access_token, b"k" * 16, page.entries[-1][1])


class Swapping(RelayClient):
    """Shows two neighbours in the wrong order, once there are two."""

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        page = super().read(log_id, token, after=after, limit=limit)
        entries = list(page.entries)
        if len(entries) >= 2 and not page.closed:
            (a, one), (b, two) = entries[-2:]
            entries[-2:] = [(a, two), (b, one)]
        return replace(page, entries=tuple(entries))


def test_reordered_entries_are_noticed_from_what_a_host_has_seen(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.connect = Swapping
    idris.close()
    mara.say("One.")
    mara.sync()
    mara.say("Two.")
    mara.sync()
    idris.sync()
    mara.say("Three.")
    mara.sync()
    idris.sync()
    assert idris.state().standing is Standing.READ_ONLY
    assert idris.state().trouble in (Trouble.TWO_HISTORIES, Trouble.OUT_OF_ORDER)


class Repeating(RelayClient):
    """Gives every entry a second time under the next number."""

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        page = super().read(log_id, token, after=after, limit=limit)
        if not page.entries or page.closed:
            return page
        seq, entry = page.entries[-1]
        return replace(page, entries=(*page.entries, (seq + 1, entry)), last=seq + 1)


def test_a_duplicated_entry_is_shown_once_and_noticed(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.connect = Repeating
    idris.close()
    mara.say("One.")
    mara.sync()
    idris.sync()
    assert idris.texts() == ["One."]
    mara.say("Two.")
    mara.sync()
    idris.connect = RelayClient
    idris.close()
    mara.say("Three.")
    mara.sync()
    idris.sync()
    assert idris.state().standing is Standing.READ_ONLY


class Full(RelayClient):
    """A full disk, just when a slice is to be closed."""

    full = True

    def close_slice(self, *args: object, **more: object) -> Slot:
        if Full.full:
            raise RelayRefused(Problem.RELAY_FULL, 507, "the relay has no room left")
        return super().close_slice(*args, **more)  # type: ignore[arg-type]


def test_a_full_disk_inside_a_commit_is_waited_out(town: Town) -> None:
    mara, idris, _ = town.circle_of("mara", "idris", "tove")
    mara.connect = Full
    mara.close()
    Full.full = True
    mara.circles.remove(CIRCLE, "tove")
    report = mara.sync()
    assert "no room" in report.errors[CIRCLE]
    mara.say("Meanwhile.")
    Full.full = False
    town.clock.go(hours=1)
    mara.sync()
    mara.sync()
    idris.sync()
    assert idris.texts() == ["Meanwhile."]
    assert {p.name for p in idris.circles.people(CIRCLE)} == {"mara", "idris"}


def test_a_relay_that_is_gone_keeps_nobody_from_writing(own_town: Town, own_relay: Relay) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    own_relay.kill()
    mara.say("For later.")
    report = mara.sync()
    assert report.errors == {CIRCLE: "the relay can't be reached"}
    assert mara.messages()[-1].state == "waiting"
    assert mara.texts() == ["For later."]
    own_relay.start()
    anew(own_town)
    own_town.clock.go(hours=1)
    mara.sync()
    idris.sync()
    assert idris.texts() == ["For later."]


class Silent(RelayClient):
    """Takes the request and loses the answer."""

    def append(self, log_id: bytes, token: bytes, key: bytes, entry: bytes) -> Slot:
        super().append(log_id, token, key, entry)
        raise RelayUnreachable("the relay does not answer in time")


def test_a_lost_answer_sends_nothing_twice(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.connect = Silent
    mara.close()
    mara.say("Once.")
    mara.sync()
    mara.connect = RelayClient
    mara.close()
    town.clock.go(hours=1)
    mara.sync()
    idris.sync()
    assert idris.texts() == ["Once."]
    assert mara.texts() == ["Once."]
    assert mara.messages()[-1].state == "sent"


class Forgetful(RelayClient):
    """Says that everything has been deleted because of its age."""

    lies = True

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        if Forgetful.lies:
            raise RelayRefused(Problem.GONE, 410, "gone", detail={"first_seq": 1})
        return super().read(log_id, token, after=after, limit=limit)


def test_a_relay_can_not_put_everybody_out_by_saying_that_all_has_expired(town: Town) -> None:
    """Who believes it asks to be let back in; and if all hosts believe it, nobody can."""
    mara, idris = town.circle_of("mara", "idris")
    Forgetful.lies = True
    for person in (mara, idris):
        person.connect = Forgetful
        person.close()
        person.sync()
        assert person.state().standing is Standing.READ_ONLY
        assert person.state().trouble is Trouble.WENT_BACK
    Forgetful.lies = False
    town.settle(2)
    idris.say("Still here.")
    town.settle(2)
    assert mara.texts() == ["Still here."]
    Forgetful.lies = True
    town.clock.go(days=idris.state().terms.closing_days)  # now it may well be so
    idris.sync()
    assert idris.state().standing is Standing.RETURNING


class Skipping(RelayClient):
    """Leaves one entry out and says that it has expired, as `said` tells."""

    said = "410"

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        page = super().read(log_id, token, after=after, limit=limit)
        missing = after + 1
        if not page.entries or page.entries[-1][0] <= missing or not Skipping.said:
            return page
        if Skipping.said == "410":
            detail = {"first_seq": missing + 1}
            raise RelayRefused(Problem.GONE, 410, "gone", detail=detail)
        return replace(page, entries=page.entries[1:])


@pytest.mark.parametrize("said", ["410", "nothing"])
def test_an_entry_left_out_as_if_it_had_expired_is_noticed(town: Town, said: str) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    idris.sync()
    idris.connect = Skipping
    idris.close()
    Skipping.said = said
    tove.say("For all but idris.")
    tove.sync()
    tove.say("For all.")
    tove.sync()
    idris.sync()
    assert idris.state().standing is Standing.READ_ONLY
    assert idris.state().trouble is Trouble.WENT_BACK
    lines = len(idris.lines())
    idris.sync()
    assert idris.state().standing is Standing.READ_ONLY
    assert len(idris.lines()) == lines  # said once, not with every round
    Skipping.said = ""
    town.settle(2)
    assert idris.texts() == mara.texts() == ["For all but idris.", "For all."]
    assert idris.state().standing is Standing.ACTIVE


def test_entries_that_may_have_expired_are_a_gap_and_no_trouble(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    days = mara.state().terms.retention_days
    idris.sync()
    idris.connect = Skipping
    idris.close()
    Skipping.said = "410"
    mara.say("Long ago.")
    mara.sync()
    town.clock.go(days=days + 1)
    mara.say("Now.")
    mara.sync(commit=False)
    idris.sync(commit=False)
    assert idris.texts() == ["Now."]
    assert idris.state().standing is Standing.ACTIVE
    assert "1 entries had expired before this computer saw them." in idris.lines()


class Circling(RelayClient):
    """Sends a reader of mailboxes in a circle."""

    asked = 0

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        Circling.asked += 1
        assert Circling.asked < 50
        raise RelayRefused(Problem.GONE, 410, "gone", detail={"first_seq": after + 1})


def test_a_mailbox_leads_nobody_in_a_circle(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    door = idris.circles.open_invite(mara.circles.invite(CIRCLE).link)
    idris.connect = Circling
    Circling.asked = 0
    assert idris.sync().errors
    assert idris.circles.door(door.id).state == "opening"
