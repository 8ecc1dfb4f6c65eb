"""A person's own limits on the command line: real processes, a real relay, one option away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from havenclient.errors import ExitCode
from tests.circles.kit import CIRCLE
from tests.circles.test_cli import Someone, bring, people
from tests.relay.harness import Relay

__all__ = ["people"]  # a fixture


def around_now() -> str:
    """Quiet hours that hold now, for a process with the real clock (TZ is UTC there)."""
    now = datetime.now(UTC)
    return f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"


def test_quiet_hours_rests_caps_and_the_shelf(
    people: dict[str, Someone], shared_relay: Relay
) -> None:
    mara, idris = people["mara"], people["idris"]
    bring(mara, idris, shared_relay.url)

    # Quiet hours: one sentence; words wait only if she chose it, and --now sends them.
    idris("care", "limits", "quiet_hours", around_now())
    mara("say", CIRCLE, "The heron was there.")
    late = idris("read", CIRCLE)
    assert "Notes will be here" in late.err and "The heron was there." in late.out
    assert "Notes will be here" not in idris("read", CIRCLE, "--anyway").err
    idris("say", CIRCLE, "I can't sleep.")
    assert "I can't sleep." in mara("read", CIRCLE).out
    idris("care", "limits", "hold", "on")
    assert "it goes out at" in idris("say", CIRCLE, "For the morning.").err
    idris("say", CIRCLE, "This one now.", "--now")
    heard = mara("read", CIRCLE).out
    assert "This one now." in heard and "For the morning." not in heard
    idris("care", "limits", "quiet_hours", "none")

    # Caps: the rest waits and stays new; answers come through; --more reads on.
    own = idris("say", CIRCLE, "Who is there?").out.strip()
    asked = next(
        m["no"] for m in mara("read", CIRCLE, "--json").json["messages"]
        if m["text"] == "Who is there?"
    )  # fmt: skip
    idris("care", "limits", "posts", "1")
    for words in ("first", "second", "third"):
        mara("say", CIRCLE, words)
    mara("say", CIRCLE, "I am", "--reply", str(asked))
    seen = idris("read", CIRCLE)
    assert "first" in seen.out and "I am" in seen.out and "second" not in seen.out
    assert "That was 1 for this visit. The rest waits for you." in seen.err and own
    assert "3 new" in idris("circle", "list").out
    assert "third" in idris("read", CIRCLE, "--more").out

    # The shelf keeps the fold.
    mara("say", CIRCLE, "zanzibarine words", "--note", "grief")
    found = idris("read", CIRCLE, "--more", "--json").json["messages"]
    folded = next(m for m in found if m["note"] == "grief")
    idris("care", "later", CIRCLE, str(folded["no"]))
    kept = idris("care", "later").out
    assert "content note: grief" in kept and "zanzibarine" not in kept
    assert "zanzibarine" not in idris("care", "later", "--json").out
    idris("care", "later", CIRCLE, str(folded["no"]), "--drop")
    assert idris("care", "later").out == ""

    # A rest: no mark, silent, and words when she comes back.
    assert "Resting from this circle until" in idris("care", "pause", CIRCLE, "3d").out
    mara("say", CIRCLE, "enjoy it", "--reply", str(asked))
    idris("sync")
    listed = idris("circle", "list").out
    assert "Resting from this circle until" in listed and "new" not in listed
    assert "resting from" in idris("read", CIRCLE, code=ExitCode.REFUSED).err
    assert CIRCLE in idris("care", "pause").out
    assert "Back. 1 post, 1 to you." in idris("care", "pause", CIRCLE, "--return").out
    assert "Resting" not in mara("read", CIRCLE).out, "silent unless she tells"
    idris("care", "pause", CIRCLE, "1d", "--tell")
    assert "Resting from this circle until" in mara("read", CIRCLE).out
    idris("care", "pause", CIRCLE, "--return")

    # A helper's day off is seen by the circle, and over when she says so.
    assert mara("care", "day-off", CIRCLE, "2").out == "You are off for 2 days.\n"
    idris("sync")
    assert "mara is off today. No helper is here." in idris("circle", "show", CIRCLE).out
    assert "hosts and helpers" in idris("care", "day-off", CIRCLE, code=ExitCode.REFUSED).err
    mara("care", "day-off", CIRCLE, "--return")
    idris("sync")
    assert "off today" not in idris("circle", "show", CIRCLE).out

    # Visits carry the circle's name; a month joins them.
    idris("care", "visits", "--note", "lighter", "--circle", CIRCLE)
    assert CIRCLE in idris("care", "visits").out
    assert f"{CIRCLE}: 1 visit: 1 lighter" in idris("care", "month").out
