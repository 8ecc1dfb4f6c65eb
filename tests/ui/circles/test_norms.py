"""Reports, the ladder, roles, claims, unnamed questions, agreements and endings, by keyboard.

One person sits before the screen; the others have vaults of their own; the relay is a process.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input

from havenclient.circles import order
from havenclient.circles.acts import DAY, Reason
from havenclient.circles.claims import Claim
from havenclient.circles.night import Lane
from havenclient.ui.app import HavenApp
from havenclient.ui.screens.circles.agreed import AgreedScreen
from havenclient.ui.screens.circles.knocks import KnocksScreen
from havenclient.ui.screens.circles.ladder import LadderScreen
from havenclient.ui.screens.circles.people import PeopleScreen
from havenclient.ui.screens.circles.report import ReportScreen, Seen
from havenclient.ui.screens.circles.reports import ReportsScreen
from havenclient.ui.screens.circles.step import StepScreen
from havenclient.ui.widgets.editor import Editor
from tests.circles.kit import CIRCLE, Person
from tests.circles.norms.test_ladder import helper_of, number
from tests.ui.circles.village import Village, hears, press, sees, sees_no_more, until
from tests.ui.house import open_app, shown, write

MARKER = "marlinspike: stop all your pills today"
NARROW = (80, 24)


def on_page(app: HavenApp, words: str) -> bool:
    """Whether they can be read, also over the end of a line."""
    return words in " ".join(shown(app).split())


def circle_with(village: Village, *names: str, seated: str) -> dict[str, Person]:
    """The first is the host, the second a helper."""
    people = {n: village.seated(n) if n == seated else village.person(n) for n in names}
    host = people[names[0]]
    village.found(host)
    for guest in names[1:]:
        village.bring(host, people[guest])
    village.settle(1)
    if len(names) > 2:
        helper_of(village, host, people[names[1]])
    return people


async def go_to(pilot: object, words: str, screen: object) -> None:
    """Down the list at the left until the row with the cursor has that id."""
    from textual.pilot import Pilot

    from havenclient.ui.screens.circles.panes import TwoPanes

    assert isinstance(pilot, Pilot)
    assert isinstance(screen, TwoPanes)
    for _ in range(30):
        if screen.chosen == words:
            return
        await press(pilot, "down")
    raise AssertionError(f"no row {words}: {shown(pilot.app)}")  # type: ignore[arg-type]


async def test_a_member_tells_the_helpers_and_hears_what_became_of_it(village: Village) -> None:
    people = circle_with(village, "mara", "jo", "idris", "tove", seated="tove")
    mara, jo, idris = people["mara"], people["jo"], people["idris"]
    idris.say(MARKER)
    idris.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "marlinspike")
        await press(pilot, "up", "exclamation_mark")
        assert isinstance(app.screen, StepScreen)
        await sees(pilot, "Tell hosts and helpers")
        assert "Pause for" not in shown(app)  # a member's steps, and no more
        await press(pilot, "y")
        assert isinstance(app.screen, ReportScreen)
        await sees(pilot, "mara, jo")
        await sees(pilot, "idris, and nobody else")
        await press(pilot, "right", "right", "tab", "tab")
        app.screen.query_one(Input).focus()
        await write(pilot, "It scared me.")
        await press(pilot, "ctrl+j")
        assert isinstance(app.screen, ReportsScreen)
        await sees(pilot, "sent, not seen yet")
        await hears(pilot, mara, lambda: mara.circles.reviewing.inbox(CIRCLE))
        await hears(pilot, jo, lambda: jo.circles.reviewing.inbox(CIRCLE))
        idris.sync()
        assert idris.circles.reviewing.inbox(CIRCLE) == []
        (report,) = mara.circles.reviewing.inbox(CIRCLE)
        view = mara.circles.reviewing.show(CIRCLE, report.no)
        assert (view.words, view.may_name, view.exhibits[0].proven) == (
            "It scared me.",
            False,
            True,
        )
        mara.sync()
        await sees(pilot, "seen by mara")
        mara.circles.reviewing.settle(CIRCLE, report.no, "no-action", "He has said sorry.")
        mara.sync()
        await sees(pilot, "no action by mara")
        await sees(pilot, "He has said sorry.")


async def test_a_helper_verifies_folds_pauses_and_two_remove(village: Village) -> None:
    people = circle_with(village, "mara", "tove", "idris", "nell", seated="tove")
    mara, idris, nell = people["mara"], people["idris"], people["nell"]
    idris.say(MARKER)
    idris.say("Milder words.")
    idris.sync()
    village.settle(1)
    nell.circles.reporting.report(
        CIRCLE, [number(nell, MARKER), number(nell, "Milder words.")], Reason.MEDICAL, "Careful."
    )
    idris.circles.delete(CIRCLE, next(m.no for m in idris.messages() if m.text == MARKER))
    for one in (nell, idris):
        one.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "a report to read (m, r)")
        await press(pilot, "m", "r")
        assert isinstance(app.screen, ReportsScreen)
        await sees(pilot, "About idris")
        await sees(pilot, "by nell")
        await press(pilot, "enter")
        await sees(pilot, "verifies: idris signed exactly these words")
        await sees(pilot, "taken back by its author since")
        assert "marlinspike" not in shown(app)  # folded until a key
        await press(pilot, "space")
        await sees(pilot, "marlinspike")
        await press(pilot, "space")
        await sees_no_more(pilot, "marlinspike")
        await hears(pilot, nell, lambda: nell.circles.reporting.reported(CIRCLE)[0].state == "seen")
        # A step from the report: the message that still stands is folded.
        await press(pilot, "p")
        screen = app.screen
        assert isinstance(screen, StepScreen)
        await sees(pilot, "tove paused idris for 24 hours")
        await press(pilot, *["up"] * 12)
        await go_to(pilot, "fold", screen)
        await press(pilot, "w")
        await write(pilot, "medicine")
        await press(pilot, "enter")
        await sees(pilot, "tove folded a message of idris behind a note")
        await press(pilot, "y")
        await hears(pilot, nell, lambda: any(m.folded for m in nell.circles.messages(CIRCLE)))
        # Three days need a second person; the preview says so, and so does what all see.
        await press(pilot, "p")
        await go_to(pilot, "pause:3d", app.screen)
        await sees(pilot, "For more a second host or helper")
        await press(pilot, "right", "y")
        await hears(pilot, nell, lambda: any("tove paused idris" in one for one in nell.lines()))
        await press(pilot, "p")
        await go_to(pilot, "remove", app.screen)
        await sees(pilot, "This asks them")
        await press(pilot, "y")
        await press(pilot, "l")
        assert isinstance(app.screen, LadderScreen)
        await sees(pilot, "idris: asked to be removed")
        # The second person agrees; the host's Haven carries it out; all see the lines.
        await hears(pilot, mara, lambda: len(mara.circles.moderating.steps(CIRCLE)) == 2)
        removal = next(s for s in mara.circles.moderating.steps(CIRCLE) if s.what == "remove")
        assert removal.may_agree
        mara.circles.moderating.agree(CIRCLE, removal.id)
        await hears(
            pilot,
            idris,
            lambda: (mara.sync(), idris.circles.get(CIRCLE).standing.value)[1] == "gone",
        )
        await hears(pilot, nell, lambda: any("removed idris" in one for one in nell.lines()))
        await sees(pilot, "mara removed idris")
        for words in ("tove folded", "tove paused idris", "asks to remove", "mara agrees"):
            assert any(words in line for line in nell.lines()), words
            # The steps go first, then the page turns to the log.
            await until(pilot, partial(on_page, app, words), words)
        assert not any("marlinspike" in line for line in nell.lines())
        await press(pilot, "escape", "d")
        await write(pilot, "He is out.")
        await press(pilot, "enter")
        await hears(
            pilot, nell, lambda: nell.circles.reporting.reported(CIRCLE)[0].sentence == "He is out."
        )


async def test_a_forged_report_does_not_verify_and_old_evidence_is_gone(village: Village) -> None:
    people = circle_with(village, "tove", "mara", "idris", seated="tove")
    tove, mara, idris = people["tove"], people["mara"], people["idris"]
    idris.say(MARKER)
    idris.sync()
    village.settle(1)
    for _ in range(2):
        mara.circles.reporting.report(CIRCLE, [number(mara, MARKER)], Reason.UNKIND)
    mara.sync()
    tove.sync()
    (no, body) = tove.vault.db.one("SELECT max(no), body FROM circle_report") or (0, b"")
    assert MARKER.encode() in body
    forged = body.replace(MARKER.encode(), MARKER.replace("stop", "take").encode())
    tove.vault.db.execute("UPDATE circle_report SET body=? WHERE no=?", (forged, no))
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "r")
        await sees(pilot, "About idris, 2 reports")
        await sees(pilot, "1 earlier by the same member")
        await press(pilot, "enter")
        await sees(pilot, "does not verify: the signature does not fit")
        await press(pilot, "space")
        await sees_no_more(pilot, "hidden, space shows")
        assert "marlinspike" not in shown(app)  # words that nobody signed are not shown as hers
        await press(pilot, "b")
        await sees(pilot, "not in good faith (your mark)")
    village.clock.go(days=15)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await until(pilot, lambda: _evidence_is_gone(app), "gone")
        await press(pilot, "m", "r")
        await sees(pilot, "Evidence gone")
        await sees(pilot, "The report window has passed")


def _evidence_is_gone(app: HavenApp) -> bool:
    asked = "SELECT count(*) FROM circle_report WHERE body NOT NULL"
    session = app.session
    return session is not None and session.ask_vault(lambda v: v.db.one(asked)) == (0,)


async def test_a_fold_is_undone_from_the_same_page(village: Village) -> None:
    people = circle_with(village, "mara", "tove", "idris", seated="tove")
    mara, idris, tove = people["mara"], people["idris"], people["tove"]
    idris.say(MARKER)
    idris.sync()
    village.settle(1)
    tove.circles.moderating.fold(CIRCLE, number(tove, MARKER), "medicine", Reason.MEDICAL)
    tove.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "content note: medicine (by tove)")
        await press(pilot, "up", "exclamation_mark")
        await go_to(pilot, "unfold", app.screen)
        await sees(pilot, "took the note from a message of idris")
        await press(pilot, "y")
        await hears(pilot, mara, lambda: not any(m.folded for m in mara.circles.messages(CIRCLE)))


async def test_the_second_person_agrees_with_one_key(village: Village) -> None:
    people = circle_with(village, "mara", "tove", "idris", "nell", seated="tove")
    mara, idris = people["mara"], people["idris"]
    mara.circles.moderating.pause(CIRCLE, "idris", 3 * DAY, Reason.UNKIND)
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where, size=NARROW) as (app, pilot):
        await press(pilot, "f5", "m", "l")
        await sees(pilot, "idris: paused")
        await sees(pilot, "a second host or helper")
        await press(pilot, "n")
        await sees(pilot, "Not agreed; nobody is told")
        await press(pilot, "y")
        await hears(
            pilot,
            idris,
            lambda: any("tove agrees to the longer pause of idris" in one for one in idris.lines()),
        )
        await sees_no_more(pilot, "your yes is asked for")
        await press(pilot, "x")
        await hears(pilot, idris, lambda: idris.circles.moderating.steps(CIRCLE) == [])
        assert isinstance(app.screen, LadderScreen)


async def test_the_person_concerned_says_how_she_sees_it(village: Village) -> None:
    people = circle_with(village, "mara", "jo", "tove", seated="tove")
    mara = people["mara"]
    mara.circles.moderating.pause(CIRCLE, "tove", DAY, Reason.UNKIND)
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m", "l")
        await sees(pilot, "about you: e answers")
        await press(pilot, "e")
        await write(pilot, "I see it differently.")
        await press(pilot, "enter")
        await hears(pilot, mara, lambda: "I see it differently." in mara.texts())


async def test_who_was_removed_still_reads_what_happened(village: Village) -> None:
    people = circle_with(village, "mara", "jo", "tove", seated="tove")
    mara, jo = people["mara"], people["jo"]
    mara.circles.moderating.ask_removal(CIRCLE, "tove", Reason.PRESSURE)
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m", "l")
        await sees(pilot, "tove: asked to be removed")
        await sees(pilot, "about you: e answers")
        jo.circles.moderating.agree(CIRCLE, jo.circles.moderating.steps(CIRCLE)[0].id)
        jo.sync()
        await hears(pilot, mara, lambda: len(mara.circles.people(CIRCLE)) == 2)
        await sees(pilot, "mara removed you from this circle")
        await sees_no_more(pilot, "about you: e answers")


async def test_a_nudge_reaches_the_author_alone(village: Village) -> None:
    people = circle_with(village, "mara", "jo", "idris", "tove", seated="tove")
    mara, idris = people["mara"], people["idris"]
    idris.say("You should stop taking that.")
    idris.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "You should stop")
        await press(pilot, "up", "exclamation_mark")
        await go_to(pilot, "nudge:2", app.screen)
        await sees(pilot, "idris alone reads")
        await press(pilot, "enter")
        await sees(pilot, "Nothing has happened yet")
        await press(pilot, "y")
        await hears(pilot, idris, lambda: any("to you alone" in one for one in idris.lines()))
        mara.sync()
        assert not any("alone" in one for one in mara.lines())


async def test_a_question_without_a_name_goes_round(village: Village) -> None:
    people = circle_with(village, "mara", "tove", seated="tove")
    mara = people["mara"]
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "u")
        await sees(pilot, "mara, and to nobody else")
        await write(pilot, "Does it get easier?")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.circles.reviewing.inbox(CIRCLE))
        (asked,) = mara.circles.reviewing.inbox(CIRCLE)
        assert (asked.kind, asked.reporter, asked.words) == ("question", "", "Does it get easier?")
        mara.circles.reviewing.pass_on(CIRCLE, asked.no)
        mara.sync()
        await press(pilot, "escape", "enter")
        await sees(pilot, "Does it get easier?")
        assert not isinstance(app.screen, PeopleScreen)


async def test_a_host_passes_a_question_on_and_declines_another(village: Village) -> None:
    people = circle_with(village, "tove", "mara", seated="tove")
    mara = people["mara"]
    mara.circles.reporting.ask_unnamed(CIRCLE, "Does it get easier?")
    mara.circles.reporting.ask_unnamed(CIRCLE, "And who of you is the oldest?")
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "r")
        await sees(pilot, "Questions without a name")
        assert "mara" not in " ".join(str(one.prompt) for one in app.screen.rows.options)  # type: ignore[attr-defined]
        await sees(pilot, "hidden, space shows")
        await press(pilot, "space")
        await sees(pilot, "who of you is the oldest")
        await press(pilot, "n")
        await write(pilot, "That could tell who people are.")
        await press(pilot, "enter")
        await press(pilot, "down", "a")
        await press(pilot, "enter")  # without a note
        await hears(pilot, mara, lambda: "Does it get easier?" in mara.texts())
        (posted,) = [m for m in mara.messages() if m.text == "Does it get easier?"]
        assert posted.unnamed
        states = {r.state for r in mara.circles.reporting.reported(CIRCLE)}
        assert states == {"done", "no-action"}
        await sees(pilot, "passed on to the circle")


async def test_a_claim_is_written_down_vouched_for_and_runs_out(village: Village) -> None:
    people = circle_with(village, "tove", "mara", seated="tove")
    mara = people["mara"]
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "i")
        await sees(pilot, "◆ host")
        await press(pilot, "down", "c")
        await write(pilot, "nurse")
        await press(pilot, "enter")
        await write(pilot, "the city clinic")
        await press(pilot, "enter")
        await write(pilot, "2027-03-31")
        await sees(pilot, "mara (nurse, says the city clinic (not checked by Haven))")
        await press(pilot, "enter", "right", "ctrl+s")
        await hears(
            pilot, mara, lambda: "duty to report" in mara.circles.moderating.who_helps(CIRCLE)
        )
        await sees(pilot, "says to be")
    village.clock.go(days=200)
    assert "nurse: not confirmed" in mara.circles.moderating.who_helps(CIRCLE)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "i")
        await sees(pilot, "nurse: not confirmed")


async def test_the_last_host_is_led_to_handing_over(village: Village) -> None:
    circle_with(village, "tove", "mara", seated="tove")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m")
        await sees(pilot, "leads to handing over")
        await press(pilot, "x")
        assert isinstance(app.screen, PeopleScreen)
        await sees(pilot, "You are the only host")


async def test_a_new_agreement_shows_what_changes_on_both_sides(village: Village) -> None:
    people = circle_with(village, "tove", "mara", seated="tove")
    mara = people["mara"]
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "c")
        await sees(pilot, "Nothing has changed yet")
        app.screen.query_one(Editor).load("We are kind.\nWe answer when we can.")
        await sees(pilot, "We answer when we can.")
        await sees(pilot, "gone  We are kind, and we keep")
        await press(pilot, "ctrl+s")
        await hears(pilot, mara, lambda: mara.circles.get(CIRCLE).must_accept)
    change = order.change_of_agreement(mara.circles, CIRCLE)
    assert ("+", "We answer when we can.") in change.lines


async def test_a_member_reads_the_difference_and_accepts_again(village: Village) -> None:
    people = circle_with(village, "mara", "tove", seated="tove")
    mara = people["mara"]
    mara.circles.change_agreement(CIRCLE, "We are kind.\nWe answer when we can.")
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m")
        await sees(pilot, "This agreement is new. mara wrote it")
        await press(pilot, "w")
        await sees(pilot, "gone  We are kind, and we keep each other anonymous.")
        await press(pilot, "w", "a")
        await hears(
            pilot, mara, lambda: all(one.has_accepted for one in mara.circles.people(CIRCLE))
        )


async def test_a_last_day_is_set_seen_and_own_words_are_taken_along(
    village: Village, tmp_path: Path
) -> None:
    people = circle_with(village, "tove", "mara", seated="tove")
    mara, tove = people["mara"], people["tove"]
    tove.say("My own words.")
    mara.say("Words of mara.")
    village.settle(2)
    village.seat()
    target = tmp_path / "mine.md"
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "g")
        screen = app.screen
        assert isinstance(screen, AgreedScreen)
        await go_to(pilot, "sunset", screen)
        await press(pilot, "c")
        await write(pilot, "2026-11-25")
        await press(pilot, "enter")
        await sees(pilot, "seven days' notice")
        await press(pilot, "c")
        await write(pilot, "2026-12-01")
        await press(pilot, "enter")
        await hears(pilot, mara, lambda: any("set a last day" in one for one in mara.lines()))
        await sees(pilot, "This circle ends on 2026-12-01")
        await go_to(pilot, "words", screen)
        await press(pilot, "w")
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter")
        await until(pilot, target.exists, "the file")
        assert "My own words." in target.read_text()
        assert "mara" not in target.read_text()
    village.clock.go(days=4)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "This circle ends in 5 days")


async def test_newcomers_words_are_let_through_with_one_key(village: Village) -> None:
    people = circle_with(village, "tove", "mara", seated="tove")
    tove, mara = people["tove"], people["mara"]
    village.clock.go(days=8)
    tove.circles.moderating.set_lane(CIRCLE, Lane(7, 0, 6))
    village.settle(2)
    nell = village.person("nell")
    village.bring(tove, nell)
    village.settle(2)
    village.clock.go(seconds=8 * 3600)
    nell.say("By night.")
    nell.sync()
    mara.sync()
    assert "By night." not in [m.text for m in mara.circles.messages(CIRCLE)]
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "Newcomers' words wait for you (m, l)")
        await press(pilot, "escape", "h")
        await sees(pilot, "Newcomers: 1 message waits")
        await sees(pilot, "By night.")
        await press(pilot, "t")
        await hears(
            pilot,
            mara,
            lambda: "By night." in [m.text for m in mara.circles.messages(CIRCLE)],
        )
        await sees_no_more(pilot, "1 message waits")


async def test_the_door_stays_closed_for_a_fourth_without_a_helper(village: Village) -> None:
    people = {n: village.seated(n) if n == "tove" else village.person(n) for n in
              ("tove", "mara", "idris")}  # fmt: skip
    village.found(people["tove"])
    for guest in ("mara", "idris"):
        village.bring(people["tove"], people[guest])
    nell = village.person("nell")
    village.knock(people["tove"], nell)
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "d")
        assert isinstance(app.screen, KnocksScreen)
        await sees(pilot, "First, somebody who helps")
        await press(pilot, "a")
        await sees(pilot, "From the fourth on somebody besides you helps")
        assert nell.circles.doors()[0].state == "knocked"


async def test_founding_anew_is_asked_agreed_and_founded(village: Village) -> None:
    people = circle_with(village, "mara", "jo", "idris", "tove", seated="tove")
    mara, jo, idris = people["mara"], people["jo"], people["idris"]
    mara.close()
    village.people.remove(mara)
    village.clock.go(days=31)
    for one in (jo, idris, people["tove"]):
        one.sync()
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m", "g", "s")
        await hears(pilot, idris, lambda: idris.circles.moderating.steps(CIRCLE))
        await sees(pilot, "Somebody asked")
        for one in (idris, jo):
            one.sync()
            one.circles.moderating.agree(CIRCLE, one.circles.moderating.steps(CIRCLE)[0].id)
            one.sync()
        await go_to(pilot, "anew", pilot.app.screen)
        await sees(pilot, "More than half agree. f founds it.")
        await press(pilot, "f")
        await sees(pilot, "is founded; everybody gets an invitation")
        await hears(pilot, idris, lambda: any("founded anew" in one for one in idris.lines()))


async def test_evidence_goes_outside_as_a_sealed_file(village: Village, tmp_path: Path) -> None:
    from havenclient.circles import outside

    people = circle_with(village, "mara", "tove", seated="tove")
    mara = people["mara"]
    mara.say(MARKER)
    mara.sync()
    village.settle(1)
    village.seat()
    target = tmp_path / "evidence.age"
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "marlinspike")
        await press(pilot, "up", "exclamation_mark", "y")
        await sees(pilot, "Nobody but mara would read this report")
        await press(pilot, "t")
        await sees(pilot, "What this does not prove")
        await write(pilot, "seven quiet herons")
        await press(pilot, "enter")
        await write(pilot, "seven quiet herons")
        app.screen.query_one("#outside-path", Input).value = str(target)
        await press(pilot, "ctrl+s")
        await until(pilot, target.exists, "the file")
        await until(pilot, lambda: isinstance(app.screen, ReportScreen), "back")
        await sees(pilot, "Written: evidence.age")
    assert target.stat().st_mode & 0o777 == 0o600
    (checked,) = outside.check(target.read_bytes(), "seven quiet herons")
    assert checked.proven


async def test_an_answer_that_is_quicker_than_its_screen_is_shown(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy computer the page for a report stayed empty: what it shows was there before it."""

    def at_once(screen: ReportScreen) -> None:
        if not screen.is_mounted:
            screen._show(Seen([], [], 5, 14))

    people = circle_with(village, "mara", "tove", seated="tove")
    people["mara"].say(MARKER)
    people["mara"].sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "marlinspike")
        monkeypatch.setattr(ReportScreen, "reload", at_once)
        await press(pilot, "up", "exclamation_mark", "y")
        await sees(pilot, "There is nothing here that could", seconds=15)


async def test_a_claim_that_ran_out_is_said_at_the_head_of_the_conversation(
    village: Village,
) -> None:
    people = circle_with(village, "mara", "tove", seated="tove")
    mara = people["mara"]
    until_day = mara.circles.book.now() // DAY + 30
    mara.circles.moderating.set_claim(
        CIRCLE, "tove", Claim(b"", "nurse", "the city clinic", until_day, duty=False)
    )
    village.settle(2)
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "tove (nurse, says the city clinic")
    village.clock.go(days=40)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "not confirmed")
