"""A circle moves to another relay: while the old one answers, and when it is gone for good."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from havenclient.circles import closing, intake, keys, moving, road, store
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.closing import CommitWish
from havenclient.circles.outgoing import Close, CreateLog
from havenclient.circles.receiving import SlicePage
from havenclient.circles.road import Stretch
from havenclient.circles.service import Words
from havenclient.circles.terms import TERMS, Mailbox, Terms, encode
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import Kind
from havenclient.crypto.mls.proposals import GroupContextExtensions
from havenclient.errors import InputRejected, NotFound, SafetyRefusal, UsageError
from havenclient.sync import routes
from havenclient.sync.client import RelayClient, Route
from havenclient.sync.follow import look
from tests.circles.conftest import UNHURRIED
from tests.circles.kit import CIRCLE, Person, Town
from tests.relay.harness import Relay

CLOSED = {"HAVEN_RELAY_RELAY_ADMISSION": "true"}


@pytest.fixture
def new_relay(tmp_path: Path) -> Iterator[Relay]:
    with Relay(tmp_path / "new", env=UNHURRIED) as relay:
        yield relay


@pytest.fixture
def third_relay(tmp_path: Path) -> Iterator[Relay]:
    with Relay(tmp_path / "third", env=UNHURRIED) as relay:
        yield relay


def lost(relay: Relay) -> None:
    """For good: the process with SIGKILL, and all that it kept."""
    relay.kill()
    shutil.rmtree(relay.data / "data")


def later(town: Town, rounds: int = 2) -> None:
    for _ in range(rounds):
        town.clock.go(hours=1)
        for person in town.people:
            person.sync()


def all_are_at(relay: Relay, people: list[Person]) -> None:
    for person in people:
        assert person.row().relay == relay.url, person.name
        assert person.state().standing is Standing.ACTIVE, person.health()
    assert len({p.state().group.epoch_authenticator for p in people}) == 1
    assert len({p.state().chain.head for p in people}) == 1


def talk_goes_on(town: Town, people: list[Person]) -> None:
    for person in people:
        person.say(f"{person.name} is here.")
    later(town)
    for person in people:
        assert set(person.texts()) >= {f"{p.name} is here." for p in people}, person.name
        said = [m.id for m in person.messages() if m.kind == "message"]
        assert len(set(said)) == len(said)
        assert all(m.state == "sent" for m in person.messages())
        assert not [m for m in person.messages() if m.kind == "quarantine"]


def test_while_the_old_relay_answers_all_go_along_by_themselves(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    people = mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    mara.say("Before.")
    later(own_town)
    keys = {p.name: p.key for p in idris.circles.people(CIRCLE)}
    idris.say("Written while it moved.")
    mara.circles.moving.move(CIRCLE, new_relay.url)
    assert "moving" in mara.health()
    later(own_town)
    all_are_at(new_relay, [mara, idris, tove])
    assert any(f"mara moved the circle to {new_relay.url}" in line for line in tove.lines())
    lost(own_relay)
    talk_goes_on(own_town, [mara, idris, tove])
    for person in people:
        assert person.texts()[:2] == ["Before.", "Written while it moved."]
        assert {p.name: p.key for p in person.circles.people(CIRCLE)} == keys
        assert person.health() == "All is well."
    jo = own_town.person("jo")
    own_town.bring(mara, jo)
    mara.circles.commit_waiting(mara.row().no)
    later(own_town)
    talk = [mara, idris, tove, jo]
    all_are_at(new_relay, talk)
    jo.say("I came later.")
    later(own_town)
    assert mara.texts()[-1] == "I came later."


def test_when_it_is_gone_for_good_the_address_is_all_that_members_need(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    idris.say("Before.")
    later(own_town)
    lost(own_relay)
    tove.say("Written for the old one.")
    later(own_town, 1)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    later(own_town)
    all_are_at(new_relay, [mara])
    assert idris.row().relay == own_relay.url
    for person in (idris, tove):
        person.circles.moving.look_at(CIRCLE, new_relay.url + "/")
    later(own_town)
    all_are_at(new_relay, [mara, idris, tove])
    talk_goes_on(own_town, [mara, idris, tove])
    assert mara.texts()[:2] == ["Before.", "Written for the old one."]


def test_what_only_the_lost_relay_had_is_kept_and_own_words_are_said_again(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    mara.say("All saw this.")
    later(own_town)
    idris.say("Mara never saw this.")
    own_town.clock.go(hours=1)
    idris.sync()
    tove.sync()  # read it before the relay was lost
    tove.say("Nor this.")
    tove.sync()
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    mara.sync()
    for person in (idris, tove):
        person.circles.moving.look_at(CIRCLE, new_relay.url)
    later(own_town)
    all_are_at(new_relay, [mara, idris, tove])
    assert sorted(mara.texts()) == ["All saw this.", "Mara never saw this.", "Nor this."]
    talk_goes_on(own_town, [mara, idris, tove])
    for person in (idris, tove):
        assert sorted(person.texts())[:3] == sorted(mara.texts())[:3]


def test_who_is_away_for_weeks_climbs_to_the_move_on_the_new_relay(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    """The old relay answered when the circle moved, and is gone when she comes back: between her
    slice and the move lie three Commits."""
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    tove.circles.moving.others(CIRCLE)
    for week in range(3):
        own_town.clock.go(weeks=1)
        mara.say(f"Week {week + 1}.")
        for person in (mara, idris):
            person.sync()
    mara.circles.moving.move(CIRCLE, new_relay.url)
    for _ in range(2):
        own_town.clock.go(hours=1)
        mara.sync()
        idris.sync()
    all_are_at(new_relay, [mara, idris])
    lost(own_relay)
    idris.say("We are somewhere else now.")
    idris.sync()
    tove.sync()
    assert tove.row().relay == own_relay.url
    tove.circles.moving.look_at(CIRCLE, new_relay.url)
    later(own_town)
    all_are_at(new_relay, [mara, idris, tove])
    assert tove.texts() == ["Week 1.", "Week 2.", "Week 3.", "We are somewhere else now."]
    talk_goes_on(own_town, [mara, idris, tove])


def test_relays_that_the_terms_name_are_looked_at_by_themselves(
    own_town: Town, own_relay: Relay, new_relay: Relay, third_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    mara.circles.moving.also(CIRCLE, [third_relay.url, new_relay.url])
    later(own_town)
    assert idris.circles.moving.others(CIRCLE) == (third_relay.url, new_relay.url)
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    later(own_town)
    all_are_at(new_relay, [mara, idris])
    assert idris.circles.moving.others(CIRCLE) == (third_relay.url,)
    talk_goes_on(own_town, [mara, idris])


def with_two_hosts(town: Town) -> list[Person]:
    people = town.circle_of("mara", "idris", "tove", "jo")
    mara, idris, *_ = people
    mara.circles.ask_role(CIRCLE, "idris", "host")
    later(town)
    idris.circles.answer_role(CIRCLE, "host")
    later(town)
    mara.circles.give_role(CIRCLE, "idris", "host")
    later(town)
    return people


def test_of_two_hosts_who_move_at_once_the_old_relay_lets_one_win(
    own_town: Town, new_relay: Relay, third_relay: Relay
) -> None:
    people = mara, idris, *_ = with_two_hosts(own_town)
    mara.circles.moving.move(CIRCLE, new_relay.url)
    idris.circles.moving.move(CIRCLE, third_relay.url)
    later(own_town, 3)
    (where,) = {p.row().relay for p in people}
    winner = {new_relay.url: new_relay, third_relay.url: third_relay}[where]
    all_are_at(winner, people)
    talk_goes_on(own_town, people)


def test_of_two_hosts_who_move_to_one_relay_without_the_old_one_it_lets_one_win(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    people = mara, idris, tove, jo = with_two_hosts(own_town)
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    idris.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    for person in (tove, jo):
        person.circles.moving.look_at(CIRCLE, new_relay.url)
    later(own_town, 3)
    all_are_at(new_relay, people)
    talk_goes_on(own_town, people)


def test_of_two_moves_without_the_old_relay_the_first_named_in_the_terms_counts(
    own_town: Town, own_relay: Relay, new_relay: Relay, third_relay: Relay
) -> None:
    people = mara, idris, tove, jo = with_two_hosts(own_town)
    mara.circles.moving.also(CIRCLE, [new_relay.url, third_relay.url])
    later(own_town)
    lost(own_relay)
    # Both before either could see the other: each reached one relay only.
    idris.circles.moving.move(CIRCLE, third_relay.url, gone=True)
    own_town.clock.go(hours=1)
    idris.sync()
    new_relay.stop()
    own_town.clock.go(hours=1)
    jo.sync()
    all_are_at(third_relay, [idris, jo])
    new_relay.start()
    third_relay.stop()
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    own_town.clock.go(hours=1)
    mara.sync()
    tove.sync()
    all_are_at(new_relay, [mara, tove])
    third_relay.start()
    jo.say("Said at the third.")
    own_town.clock.go(hours=1)
    jo.sync()
    later(own_town)
    for person in (idris, jo):
        assert any("at the same time" in line for line in person.lines())
    for _ in range(2):
        for knock in mara.circles.knocks(CIRCLE):
            if knock.state == "waiting" and mara.state().staged is None:
                mara.circles.admit(CIRCLE, knock.no)
        later(own_town)
    all_are_at(new_relay, people)
    talk_goes_on(own_town, people)


def test_only_a_host_moves_a_circle(own_town: Town, new_relay: Relay) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    for gone in (False, True):
        with pytest.raises(SafetyRefusal):
            idris.circles.moving.move(CIRCLE, new_relay.url, gone=gone)
    for address in (own_town.relay, "ftp://x", "https://a b", "http://example.org"):
        with pytest.raises((UsageError, InputRejected)):
            mara.circles.moving.move(CIRCLE, address)
    with pytest.raises(UsageError):
        mara.circles.moving.stay(CIRCLE)


def test_a_relay_that_takes_nobody_in_moves_nobody(
    own_town: Town, own_relay: Relay, tmp_path: Path
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    with Relay(tmp_path / "closed", env=UNHURRIED | CLOSED) as closed:
        mara.circles.moving.move(CIRCLE, closed.url)
        mara.say("Meanwhile.")
        later(own_town)
        assert any("was not moved" in line for line in mara.lines())
    all_are_at(own_relay, [mara, idris])
    talk_goes_on(own_town, [mara, idris])
    # One that can't be reached: it waits, until it is taken back.
    mara.circles.moving.move(CIRCLE, "http://127.0.0.1:9")
    mara.say("Still here.")
    later(own_town)
    assert "moving" in mara.health()
    assert idris.texts()[-1] == "Still here."
    mara.circles.moving.stay(CIRCLE)
    later(own_town)
    all_are_at(own_relay, [mara, idris])
    talk_goes_on(own_town, [mara, idris])


def test_a_file_of_before_is_fetched_from_the_old_relay_while_it_is_there(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    number = mara.circles.attach(CIRCLE, "lake.txt", "text/plain", b"heron" * 9, Words("Look."))
    later(own_town)
    mara.circles.moving.move(CIRCLE, new_relay.url)
    later(own_town)
    all_are_at(new_relay, [mara, idris])
    assert mara.engine.fetch_attachment(CIRCLE, number, 0) == ("lake.txt", b"heron" * 9)
    lost(own_relay)
    with pytest.raises(NotFound, match="has left"):
        mara.engine.fetch_attachment(CIRCLE, number, 0)
    again = mara.circles.attach(CIRCLE, "pier.txt", "text/plain", b"ice", Words("And this."))
    later(own_town)
    assert mara.engine.fetch_attachment(CIRCLE, again, 0) == ("pier.txt", b"ice")


def test_a_backup_of_before_comes_back_by_the_address_of_after(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    idris.say("Once.")
    later(own_town)
    backup = idris.circles.save_identities()
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    later(own_town, 1)
    own_town.people.remove(idris)
    idris.close()
    again = own_town.person("idris-restored")
    again.circles.load_identities(backup)
    again.circles.ask_back(CIRCLE, at=new_relay.url)
    later(own_town)
    (knock,) = mara.circles.knocks(CIRCLE)
    assert (knock.name, knock.returns) == ("idris", True)
    mara.circles.admit(CIRCLE, knock.no)
    later(own_town)
    all_are_at(new_relay, [mara, again])
    talk_goes_on(own_town, [mara])
    assert again.texts() == ["mara is here."]


def test_a_move_goes_through_the_proxy_that_the_old_relay_was_asked_through(
    own_town: Town, new_relay: Relay
) -> None:
    """A host could otherwise find out addresses by moving a circle away from Tor."""
    mara, idris = own_town.circle_of("mara", "idris")
    routes.use(idris.vault, own_town.relay, proxy="socks5h://127.0.0.1:9")
    idris.close()
    mara.circles.moving.also(CIRCLE, [new_relay.url])
    mara.sync()
    report = idris.sync()
    assert report.errors
    idris.circles.moving.look_at(CIRCLE, new_relay.url)
    assert routes.route(idris.vault, new_relay.url, b"x").proxy == "socks5h://127.0.0.1:9"


def test_an_invite_of_before_leads_to_where_the_circle_is(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    mara.circles.moving.move(CIRCLE, new_relay.url)
    later(own_town)
    jo = own_town.person("jo")
    door = jo.circles.open_invite(invite.link)
    jo.sync()
    jo.circles.knock(door.id, "jo", "hello", accepted_version=1)
    jo.sync()
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    mara.circles.admit(CIRCLE, knock.no)
    later(own_town)
    all_are_at(new_relay, [mara, idris, jo])
    talk_goes_on(own_town, [mara, idris, jo])


def test_what_waits_for_a_relay_that_lost_everything_is_said_after_the_move(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    """The old relay answers, and knows nothing any more: an operator began anew."""
    mara, idris = own_town.circle_of("mara", "idris")
    idris.say("Nobody took this.")
    own_relay.stop()
    shutil.rmtree(own_relay.data / "data")
    own_relay.start()
    for person in (mara, idris):
        person.close()
    later(own_town)
    assert "lost entries" in idris.health()
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    idris.circles.moving.look_at(CIRCLE, new_relay.url)
    later(own_town)
    all_are_at(new_relay, [mara, idris])
    assert mara.texts() == ["Nobody took this."]
    talk_goes_on(own_town, [mara, idris])


def test_a_state_of_before_circles_could_move_is_read(town: Town) -> None:
    (mara,) = town.circle_of("mara")
    fields = cbor.as_list(cbor.loads(store.dump_circle(mara.state()), max_items=200_000))
    assert store.load_circle(cbor.dumps(fields[:-1])).base == 0


def test_a_circle_moves_on_and_on(
    own_town: Town, own_relay: Relay, new_relay: Relay, third_relay: Relay
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    mara.say("First.")
    later(own_town)
    mara.circles.moving.move(CIRCLE, new_relay.url)
    for _ in range(2):
        own_town.clock.go(hours=1)
        mara.sync()
        idris.sync()  # tove is away from here on
    idris.say("Second.")
    idris.sync()
    lost(own_relay)
    mara.sync()
    lost(new_relay)
    mara.circles.moving.move(CIRCLE, third_relay.url, gone=True)
    mara.sync()
    for person in (idris, tove):
        person.circles.moving.look_at(CIRCLE, third_relay.url)
    later(own_town, 3)
    all_are_at(third_relay, [mara, idris, tove])
    for person in (mara, idris, tove):
        assert person.texts() == ["First.", "Second."], person.name
    talk_goes_on(own_town, [mara, idris, tove])


# --- somebody who wants to lead the others away ---------------------------------------------------


def road_to(person: Person, relay: Relay, closing: bytes) -> None:
    """What a member with a modified client can build: a road of her own, where it would be."""
    circle, token = person.state(), person.circles.book.token
    rows = ((circle.chain.seq + 1, closing),)
    stretch = Stretch(circle.epoch, circle.keys.access_token, rows)
    committer = keys.committer_token(circle.own_secret)
    terms = replace(
        circle.terms, hosts=(replace(circle.terms.hosts[0], committer_hash=sha(committer)),)
    )
    with RelayClient(Route(relay.url)) as client:
        made = road.build(_Under(circle, terms), stretch, relay.url, committer, token)  # type: ignore[arg-type]
        for one in made:
            match one:
                case CreateLog():
                    client.create(one.log_id, one.access_hash, one.committer_hashes, 30, 400)
                case Close():
                    client.close_slice(
                        one.log_id, one.token, one.committer_token, one.slice, one.key, one.entry,
                        one.next_access_hash, one.committer_hashes,
                    )  # fmt: skip


@dataclass(frozen=True)
class _Under:
    """A circle as `road.build` sees it, with terms that let a member close her own log."""

    circle: Circle
    terms: Terms

    @property
    def group(self) -> mls.Group:
        return self.circle.group


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def forged(person: Person, relay: Relay) -> bytes:
    """A closing entry with a Commit that only a host may make, by somebody who is none."""
    circle = person.state()
    terms = replace(
        circle.terms, relays=(relay.url,), log_id=b"x" * 16, knock=Mailbox(b"k" * 16, b"k" * 32),
        report=Mailbox(b"r" * 16, b"r" * 32), extra=circle.terms.extra | {"place": circle.epoch + 1}
    )  # fmt: skip
    kept = [e for e in circle.group.extensions if e.type != TERMS]
    wish = GroupContextExtensions((*kept, mls.Extension(TERMS, encode(terms))))
    commit = circle.group.commit(by_value=[wish], extra_aad=circle.claim(), policy=None)
    bundle = closing.encode_bundle([], commit.message)
    return envelope.seal(
        circle.keys.envelope, circle.log_id, circle.epoch, Kind.CLOSING, bundle, os.urandom
    )


def nobody_is_moved(town: Town, home: Relay, people: list[Person], relay: Relay) -> None:
    for person in people:
        before = person.state()
        person.circles.moving.look_at(CIRCLE, relay.url)
        assert looked(person, relay) == [], person.name
        assert person.state() == before
    later(town)
    all_are_at(home, people)


def looked(person: Person, relay: Relay) -> list[SlicePage]:
    with RelayClient(Route(relay.url)) as client:
        return moving.walk(
            person.circles.book, person.row().no, relay.url, lambda token: look(client, token)
        )


def test_a_member_who_is_no_host_leads_nobody_away(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris, mal = own_town.circle_of("mara", "idris", "mal")
    later(own_town)
    road_to(mal, new_relay, forged(mal, new_relay))
    with RelayClient(Route(new_relay.url)) as client:
        found = look(client, idris.state().keys.access_token)
    assert found is not None, "the road is there to be seen"
    nobody_is_moved(own_town, own_relay, [mara, idris], new_relay)
    # Her road is in the way of a host's on that relay: the host is told, and takes another.
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    later(own_town)
    assert any("was not moved" in line for line in mara.lines())


def test_a_true_road_copied_elsewhere_leads_nobody_there(
    own_town: Town, own_relay: Relay, new_relay: Relay, third_relay: Relay
) -> None:
    """Not even a relay that has every byte of a move can be where it leads to."""
    mara, idris, mal = own_town.circle_of("mara", "idris", "mal")
    later(own_town)
    token = mal.state().keys.access_token
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    mara.clock.go(hours=1)
    mara.sync()
    with RelayClient(Route(new_relay.url)) as client:
        found = look(client, token)
    assert found is not None
    road_to(mal, third_relay, found.entries[-1])
    assert looked(idris, third_relay) == []
    assert len(looked(idris, new_relay)) == 1


def test_who_has_only_what_the_old_relay_has_finds_no_road(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    later(own_town)
    token = idris.state().keys.access_token
    mara.circles.moving.move(CIRCLE, new_relay.url)
    later(own_town)
    with RelayClient(Route(new_relay.url)) as client:
        assert look(client, token) is not None
        assert look(client, sha(token)) is None
    files = b"".join(f.read_bytes() for f in (own_relay.data / "data").rglob("*") if f.is_file())
    for secret in (token, keys.road(token).log_id, new_relay.url.encode()):
        assert secret not in files


def test_somebody_who_was_removed_does_not_find_the_way(
    own_town: Town, own_relay: Relay, new_relay: Relay
) -> None:
    mara, idris, mal = own_town.circle_of("mara", "idris", "mal")
    later(own_town)
    mara.circles.remove(CIRCLE, "mal")
    mara.sync()
    idris.sync()
    lost(own_relay)
    mara.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    mara.clock.go(hours=1)
    mara.sync()
    mal.circles.moving.look_at(CIRCLE, new_relay.url)
    mal.clock.go(hours=1)
    mal.sync()
    assert mal.state().standing is Standing.GONE  # the road tells her so, and leads no further
    assert mal.texts() == idris.texts()


def test_a_commit_that_nobody_can_follow_ends_with_a_move_by_another_host(
    own_town: Town, own_relay: Relay, new_relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    mal, idris, tove, jo = with_two_hosts(own_town)
    with monkeypatch.context() as modified:
        modified.setattr(closing, "CirclePolicy", lambda: None)
        wish = CommitWish(terms=replace(mal.state().terms, founded=1))
        intake.stage(mal.circles.book, mal.row().no, wish)
    mal.sync()
    own_town.people.remove(mal)
    later(own_town)
    for person in (idris, tove, jo):
        assert person.state().trouble is Trouble.BROKEN_CLOSING
    idris.circles.moving.move(CIRCLE, new_relay.url, gone=True)
    for person in (tove, jo):
        person.circles.moving.look_at(CIRCLE, new_relay.url)
    later(own_town)
    all_are_at(new_relay, [idris, tove, jo])
    talk_goes_on(own_town, [idris, tove, jo])
    mal.close()
