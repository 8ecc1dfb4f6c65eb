"""Invitation to belonging, with real vaults and a real relay: what people do when all is well."""

from __future__ import annotations

import pytest

from havenclient.circles import joining, mailboxes, outbox, store
from havenclient.circles.circle import Standing
from havenclient.circles.founding import Foundation
from havenclient.circles.service import Words
from havenclient.errors import InputRejected, NotFound, SafetyRefusal, UsageError
from tests.circles.kit import AGREEMENT, CIRCLE, Town


def test_people_enter_while_never_online_together(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    town.knock(mara, idris)
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    assert (knock.name, knock.words, knock.others) == ("idris", "hello", 0)
    mara.circles.admit(CIRCLE, knock.no)
    mara.sync()
    idris.sync()
    assert [c.name for c in idris.circles.all()] == [CIRCLE]
    assert {p.name for p in idris.circles.people(CIRCLE)} == {"mara", "idris"}
    assert mara.state().group.epoch_authenticator == idris.state().group.epoch_authenticator


def test_they_talk_answer_react_edit_and_delete(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.say("The heron was there again.")
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    idris.say("I saw it too.", reply_to=seen.no)
    idris.circles.react(CIRCLE, seen.no, "with you")
    idris.sync()
    tove.sync()
    mara.sync()
    first, second = [m for m in tove.messages() if m.kind == "message"]
    assert (first.text, second.text) == ("The heron was there again.", "I saw it too.")
    assert second.reply_to == first.no
    assert [(r.word, r.names) for r in first.reactions] == [("with you", ("idris",))]

    own = next(m for m in mara.messages() if m.mine)
    mara.circles.edit(CIRCLE, own.no, "Two herons.")
    mara.sync()
    tove.sync()
    assert next((m.text, m.edited) for m in tove.messages() if m.kind == "message") == (
        "Two herons.",
        True,
    )
    mara.circles.delete(CIRCLE, own.no)
    mara.sync()
    idris.sync()
    gone = next(m for m in idris.messages() if m.sender == "mara" and m.kind == "message")
    assert gone.deleted
    assert gone.text == ""


def test_only_the_author_edits_and_deletes(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say("Mine.")
    mara.sync()
    idris.sync()
    theirs = next(m for m in idris.messages() if m.kind == "message")
    with pytest.raises(SafetyRefusal):
        idris.circles.edit(CIRCLE, theirs.no, "Yours?")
    with pytest.raises(SafetyRefusal):
        idris.circles.delete(CIRCLE, theirs.no)


def test_a_file_goes_through_a_log_of_its_own(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    picture = bytes(range(256)) * 3000
    mara.circles.attach(CIRCLE, "heron.png", "image/png", picture, Words("look"))
    mara.sync()
    idris.sync()
    message = next(m for m in idris.messages() if m.kind == "message")
    assert [(a.name, a.size) for a in message.attachments] == [("heron.png", len(picture))]
    assert idris.engine.fetch_attachment(CIRCLE, message.no, 0) == ("heron.png", picture)


def test_a_message_that_expired_is_not_shown(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say("For an hour.", expires_after=3600)
    mara.say("For longer.")
    mara.sync()
    idris.sync()
    assert idris.texts() == ["For an hour.", "For longer."]
    town.clock.go(hours=2)
    assert idris.texts() == ["For longer."]
    assert mara.texts() == ["For longer."]


def test_somebody_leaves_quietly_and_reads_nothing_after(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    idris.circles.leave(CIRCLE)
    idris.sync()
    mara.sync()
    mara.say("After.")
    mara.sync()
    idris.sync()
    tove.sync()
    assert idris.circles.get(CIRCLE).standing is Standing.GONE
    assert "After." not in idris.texts()
    assert tove.texts() == ["After."]
    assert "idris has left." in " ".join(tove.lines())


def test_the_last_host_can_not_leave(town: Town) -> None:
    mara, _ = town.circle_of("mara", "idris")
    with pytest.raises(SafetyRefusal):
        mara.circles.leave(CIRCLE)


def test_a_removed_member_reads_the_commit_and_nothing_after(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.say("Before.")
    mara.sync()
    mara.circles.remove(CIRCLE, "idris")
    mara.sync()
    mara.say("After.")
    mara.sync()
    idris.sync()
    tove.sync()
    assert idris.texts() == ["Before."]
    assert idris.circles.get(CIRCLE).standing is Standing.GONE
    assert "mara removed you" in " ".join(idris.lines())
    assert tove.texts() == ["Before.", "After."]
    with pytest.raises(SafetyRefusal):
        idris.say("Still here?")


def test_a_second_host_can_commit_and_then_the_first_may_leave(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    with pytest.raises(UsageError):
        mara.circles.give_role(CIRCLE, "idris", "host")
    mara.circles.ask_role(CIRCLE, "idris", "host")
    mara.sync()
    idris.sync()
    assert idris.circles.roles_asked(CIRCLE) == ["host"]
    idris.circles.answer_role(CIRCLE, "host")
    assert idris.circles.roles_asked(CIRCLE) == []  # whoever said yes is not asked again and again
    idris.sync()
    mara.sync()
    mara.circles.ask_role(CIRCLE, "idris", "host")
    mara.sync()
    idris.sync()
    assert idris.circles.roles_asked(CIRCLE) == ["host"]  # until somebody does ask again
    mara.circles.give_role(CIRCLE, "idris", "host")
    mara.sync()
    idris.sync()
    assert idris.circles.get(CIRCLE).is_host
    mara.circles.leave(CIRCLE)
    mara.sync()
    idris.sync()
    tove.sync()
    mara.sync()
    assert {p.name for p in tove.circles.people(CIRCLE)} == {"idris", "tove"}
    assert mara.circles.get(CIRCLE).standing is Standing.GONE
    jo = town.person("jo")
    town.bring(idris, jo)
    tove.sync()
    assert {p.name for p in tove.circles.people(CIRCLE)} == {"idris", "tove", "jo"}


def test_of_a_forgotten_circle_nothing_is_left(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    idris.say("heronwords")
    town.settle()
    with pytest.raises(SafetyRefusal, match="still in this circle"):
        tove.circles.forget(CIRCLE)
    tove.circles.leave(CIRCLE)
    tove.sync()
    mara.sync()
    tove.sync()
    tove.circles.forget(CIRCLE)
    assert tove.circles.all() == []
    db = tove.circles.book.db
    tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    left = {name: db.one(f"SELECT count(*) FROM {name}") for name in tables
            if name.startswith("circle") and name not in ("circle_relay",)}  # fmt: skip
    assert {name for name, count in left.items() if count != (0,)} == set()
    town.bring(mara, tove)  # and the way in is open, as for anybody
    town.settle()
    tove.say("here again")


def test_whoever_is_alone_ends_the_circle_also_where_no_relay_ever_answered(town: Town) -> None:
    mara = town.person("mara")
    nowhere = Foundation(CIRCLE, "mara", AGREEMENT, "https://relay.invalid")
    mara.circles.found(nowhere)
    mara.say("is anybody here?")
    mara.circles.leave(CIRCLE)
    assert mara.circles.get(CIRCLE).standing is Standing.GONE
    assert mara.texts()[0] == "is anybody here?"
    assert "only you were left here" in mara.messages()[-1].text.casefold()
    assert outbox.everything(mara.circles.book.db) == []


def test_the_last_of_three_ends_it_and_two_do_not(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    with pytest.raises(SafetyRefusal):
        mara.circles.leave(CIRCLE)
    idris.circles.leave(CIRCLE)
    idris.sync()
    mara.sync()
    mara.circles.leave(CIRCLE)
    assert mara.circles.get(CIRCLE).standing is Standing.GONE


@pytest.mark.parametrize(("agreement", "theme", "says"), [
    ("a" * 8193, "", "room for 8,192 letters"), ("a", "b" * 201, "room for 200 letters"),
])  # fmt: skip
def test_texts_without_room_are_refused_in_words(
    town: Town, agreement: str, theme: str, says: str
) -> None:
    mara, _ = town.circle_of("mara", "idris")
    with pytest.raises(UsageError, match=says):
        mara.circles.found(Foundation("Other", "m", agreement, town.relay, theme=theme))
    if not theme:
        with pytest.raises(UsageError, match=says):
            mara.circles.change_agreement(CIRCLE, agreement)


def test_two_hosts_who_commit_at_once_end_in_one_history(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.circles.ask_role(CIRCLE, "idris", "host")
    mara.sync()
    idris.sync()
    idris.circles.answer_role(CIRCLE, "host")
    idris.sync()
    mara.sync()
    mara.circles.give_role(CIRCLE, "idris", "host")
    mara.sync()
    idris.sync()
    mara.circles.rename(CIRCLE, "Night Walkers")
    row = idris.row()
    idris.circles.commit_waiting(row.no)
    mara.circles.commit_waiting(mara.row().no)
    town.settle()
    states = [p.state() for p in (mara, idris, tove)]
    assert len({s.group.epoch_authenticator for s in states}) == 1
    assert all(s.staged is None for s in states)
    tove.say("One history.")
    town.settle()
    assert mara.texts() == idris.texts() == ["One history."]


def test_a_new_agreement_must_be_accepted_before_writing(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.change_agreement(CIRCLE, "We are kind. We answer when we can.")
    mara.sync()
    idris.sync()
    assert idris.circles.get(CIRCLE).must_accept
    with pytest.raises(SafetyRefusal):
        idris.say("Not yet.")
    idris.circles.accept_agreement(CIRCLE, 2)
    idris.sync()
    mara.sync()
    idris.sync()
    assert not idris.circles.get(CIRCLE).must_accept
    idris.say("Now.")
    idris.sync()
    mara.sync()
    assert mara.texts() == ["Now."]


def test_a_message_written_while_a_commit_lands_is_said_again_once(town: Town) -> None:
    mara, _idris, tove = town.circle_of("mara", "idris", "tove")
    tove.say("Written in the old epoch.")
    mara.circles.remove(CIRCLE, "idris")
    mara.sync()
    report = tove.sync()
    tove.sync()
    mara.sync()
    assert not report.errors
    assert mara.texts() == ["Written in the old epoch."]
    assert tove.texts() == ["Written in the old epoch."]
    assert all(m.state == "sent" for m in tove.messages())


def test_an_invite_used_twice_warns_the_host(town: Town) -> None:
    mara, idris, stranger = town.person("mara"), town.person("idris"), town.person("stranger")
    town.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    for guest in (idris, stranger):
        door = guest.circles.open_invite(invite.link)
        guest.sync()
        guest.circles.knock(door.id, guest.name, "it is me", accepted_version=1)
        guest.sync()
    mara.sync()
    knocks = mara.circles.knocks(CIRCLE)
    assert [k.name for k in knocks] == ["idris", "stranger"]
    assert all(k.others == 1 for k in knocks)


def test_a_revoked_invite_leads_nowhere(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    mara.circles.revoke(invite.id)
    mara.sync()
    door = idris.circles.open_invite(invite.link)
    idris.sync()
    assert idris.circles.door(door.id).state == "opening"


def test_an_invite_runs_out_after_72_hours(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    town.clock.go(hours=73)
    door = idris.circles.open_invite(invite.link)
    idris.sync()
    assert idris.circles.door(door.id).card is None


def test_an_invite_beyond_every_calendar_is_none(town: Town) -> None:
    """Anybody can make one; a list of doors that can't say when it ends could not be shown."""
    mara = town.person("mara")
    town.found(mara)
    now = mara.circles.book.now()
    made, _ = joining.make_invitation(
        mara.state(), town.relay, now=now, lifetime=1 << 60, token=mara.circles.book.token
    )
    with pytest.raises(InputRejected):
        joining.read_offer(made.invite, made.offer, now=now)


def test_safety_words_agree_on_both_sides_of_the_door(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    town.knock(mara, idris)
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    mara.circles.offer_words(CIRCLE, knock.no)
    mara.sync()
    idris.sync()
    mara.sync()
    words = mara.circles.knocks(CIRCLE)[0].safety_words
    assert len(words) == 5
    assert idris.circles.doors()[0].safety_words == words


def test_each_who_knocks_has_words_of_her_own(town: Town) -> None:
    """Whoever has the link could knock once for show, learn the host's number, and then search for
    a second knock whose words are those that the true guest reads out."""
    mara, guests = town.person("mara"), [town.person("idris"), town.person("stranger")]
    town.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    for guest in guests:
        door = guest.circles.open_invite(invite.link)
        guest.sync()
        guest.circles.knock(door.id, guest.name, "it is me", accepted_version=1)
        guest.sync()
    mara.sync()
    for knock in mara.circles.knocks(CIRCLE):
        mara.circles.offer_words(CIRCLE, knock.no)
    town.settle(2)
    theirs = [guest.circles.doors()[0].safety_words for guest in guests]
    assert [k.safety_words for k in mara.circles.knocks(CIRCLE)] == theirs
    assert len(set(theirs)) == 2
    (box,) = mailboxes.every(mara.circles.book, purpose="invite")
    made = store.load_invitation(box.body)
    contents = [bytes(r[0]) for r in mara.vault.db.execute("SELECT content FROM circle_knock")]
    assert len({joining.host_number(made, one) for one in contents}) == 2


def test_members_compare_words_without_being_online_together(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.circles.begin_verify(CIRCLE, "idris")
    mara.sync()
    idris.sync()
    mara.sync()
    idris.sync()
    ours = mara.circles.verification(CIRCLE, "idris")
    theirs = idris.circles.verification(CIRCLE, "mara")
    assert ours.words is not None
    assert ours.words == theirs.words
    mara.circles.confirm_verify(CIRCLE, "idris", same=True)
    assert [p.verified for p in mara.circles.people(CIRCLE) if p.name == "idris"] == [True]
    tove.sync()
    assert tove.texts() == []
    assert tove.circles.verification(CIRCLE, "mara").words is None


def test_both_begin_to_compare_at_once(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.begin_verify(CIRCLE, "idris")
    idris.circles.begin_verify(CIRCLE, "mara")
    town.settle(4)
    ours = mara.circles.verification(CIRCLE, "idris")
    theirs = idris.circles.verification(CIRCLE, "mara")
    assert ours.words is not None
    assert ours.words == theirs.words


def test_somebody_who_begins_to_compare_again_and_again_gets_one_answer(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    for _ in range(20):
        idris.circles.begin_verify(CIRCLE, "mara")
    idris.sync()
    mara.sync()
    sent = mara.circles.book.db.one("SELECT count(*) FROM circle_message WHERE mine=1")
    assert sent == (1,)


def test_a_pseudonym_that_is_taken_is_refused_at_the_door(town: Town) -> None:
    mara, other = town.person("mara"), town.person("other")
    town.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    door = other.circles.open_invite(invite.link)
    other.sync()
    with pytest.raises(UsageError):
        other.circles.knock(door.id, "MARA", "", accepted_version=1)


def test_held_messages_wait_until_they_are_released(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.say(CIRCLE, Words("In the morning."), hold=True)
    mara.sync()
    idris.sync()
    assert idris.texts() == []
    assert mara.messages()[-1].state == "held"
    assert mara.circles.release(CIRCLE) == 1
    mara.sync()
    idris.sync()
    assert idris.texts() == ["In the morning."]


@pytest.mark.parametrize(("words", "says"), [
    (Words("x" * 60_001), "room for 60,000 characters; this one has 60,001"),
    (Words("x", note="n" * 65), "room for 64 characters"),
    (Words(""), "nothing is in it"),
])  # fmt: skip
def test_what_has_no_room_is_said_in_words(town: Town, words: Words, says: str) -> None:
    mara, _ = town.circle_of("mara", "idris")
    with pytest.raises(UsageError, match=says):
        mara.circles.say(CIRCLE, words)
    mara.say("and it goes on")


def test_held_words_that_were_taken_back_never_go_out(town: Town) -> None:
    """Written at two in the night, held until seven, thought better of at three."""
    mara, idris = town.circle_of("mara", "idris")
    bad = mara.circles.say(CIRCLE, Words("I am done with all of you."), hold=True)
    odd = mara.circles.say(CIRCLE, Words("Who reads this anyway?", note="anger"), hold=True)
    mara.circles.delete(CIRCLE, bad)
    mara.circles.edit(CIRCLE, odd, "Good morning.", note="")
    mara.sync()
    assert [m.text for m in mara.messages() if m.kind == "message"] == ["Good morning."]
    assert mara.messages()[-1].state == "held"
    assert mara.circles.release(CIRCLE) == 1
    mara.sync()
    idris.sync()
    (only,) = [m for m in idris.messages() if m.kind == "message"]
    assert (only.text, only.note, only.edited) == ("Good morning.", None, False)
    idris.say("Good morning, mara.", reply_to=only.no)
    idris.sync()
    mara.sync()
    assert mara.messages()[-1].reply_to == odd  # it is still the same message to both


def test_an_unknown_circle_is_said_in_words(town: Town) -> None:
    mara = town.person("mara")
    with pytest.raises(NotFound):
        mara.circles.get("nothing")
