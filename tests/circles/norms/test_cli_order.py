"""The order of a circle on the command line: looks before steps, as processes."""

from __future__ import annotations

import json

from havenclient.circles.night import Lane
from tests.circles.kit import CIRCLE, Town
from tests.circles.norms.test_cli import Terminal
from tests.circles.norms.test_ladder import helper_of, number

MARKER = "marlinspike-at-the-door"


def test_a_report_is_looked_at_before_it_leaves(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    tove.say(MARKER)
    tove.sync()
    town.settle(1)
    no = str(number(idris, MARKER))
    his, host = Terminal(idris), Terminal(mara)
    said = his("report", "send", CIRCLE, no, "--because", "unkind", "--dry-run")
    assert "mara" in said
    assert "tove" not in said
    assert "with its signature" in said
    assert MARKER not in his.said
    assert "You have reported nothing" in (his("report", "list", CIRCLE), his.said)[1]
    assert "14 days" in host("moderate", "evidence", CIRCLE)
    host("moderate", "evidence", CIRCLE, "10")
    his("sync")
    assert "10 days" in his("moderate", "evidence", CIRCLE)
    his("moderate", "evidence", CIRCLE, "20", code=6)
    assert "set the report window: 10 days" in his("moderate", "log", CIRCLE)
    assert json.loads(his("moderate", "log", CIRCLE, "--json"))["kind"] == "log"
    host("moderate", "remove", CIRCLE, "idris", "--because", "pressure", "--yes")
    listed = Terminal(tove)
    listed("sync")
    assert "your yes is asked for" in listed("moderate", "list", CIRCLE)


def test_newcomers_words_are_let_through_and_a_fourth_waits_for_a_helper(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    town.clock.go(days=8)
    mara.circles.moderating.set_lane(CIRCLE, Lane(7, 0, 6))
    town.settle(2)
    tove, nela = town.person("tove"), town.person("nela")
    town.bring(mara, tove)
    town.knock(mara, nela)
    town.settle(2)
    host = Terminal(mara)
    knock = host("knocks", CIRCLE).split()[0]
    host("admit", CIRCLE, knock, code=6)
    assert "somebody besides its host who helps" in host.said
    host("moderate", "let-through", CIRCLE)
    Terminal(idris)("moderate", "let-through", CIRCLE, code=6)
