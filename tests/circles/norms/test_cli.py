"""Norms on the command line, as processes: folding, the ladder, reports, in plain text and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.circles.kit import CIRCLE, PASSPHRASE, Person, Town
from tests.circles.norms.test_ladder import number

MARKER = "marlinspike-at-the-window"


class Terminal:
    """`haven` as this person runs it."""

    def __init__(self, person: Person) -> None:
        person.close()
        self.root = person.root
        self.pw = person.root / "pw"
        self.pw.write_text(PASSPHRASE)
        self.pw.chmod(0o600)

    def __call__(self, *words: str, code: int = 0, stdin: str = "") -> str:
        home = self.root / "cli"
        command = [sys.executable, "-m", "havenclient", "--journal", str(self.root / "journal")]
        done = subprocess.run(
            [*command, "--passphrase-file", str(self.pw), "--no-input", *words],
            env=os.environ
            | {"HAVEN_HOME": str(home), "HOME": str(home), "HAVEN_BOUNDARIES_QUIET_HOURS": ""},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        self.said = done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def three(town: Town) -> tuple[Person, Person, Person]:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    return mara, idris, tove


def test_kinds_notes_and_folds(three: tuple[Person, Person, Person], town: Town) -> None:
    mara, idris, _ = three
    haven = Terminal(mara)
    haven("say", CIRCLE, f"They said {MARKER}.", "--note", "loss", "--kind", "experience")
    haven("say", CIRCLE, "Less coffee.", "--kind", "advice", code=2)
    link = ["--source", "read", "--link", "https://example.org/sleep"]
    haven("say", CIRCLE, "Less coffee.", "--kind", "advice", *link)
    idris.sync()
    no = number(idris, f"They said {MARKER}.")

    his = Terminal(idris)
    shown = his("read", CIRCLE)
    assert MARKER not in his.said
    assert "content note: loss" in shown
    assert "source: read, https://example.org/sleep" in shown
    folded = json.loads(his("read", CIRCLE, "--json"))
    assert MARKER not in his.said
    assert [m["folded"] for m in folded["messages"] if m["no"] == no] == [True]
    first = json.loads(his("read", CIRCLE, "--jsonl").splitlines()[-1])
    assert (first["kind"], first["what"]) == ("message", "message")
    assert MARKER not in his.said
    his("message", "quote", CIRCLE, str(no))
    assert MARKER not in his.said
    his("say", CIRCLE, "I read it.", "--reply", str(no))
    assert "They tell of their own life" in his.said
    his("read", CIRCLE)
    assert MARKER not in his.said
    assert MARKER in his("read", CIRCLE, "--open", str(no))
    for path in [p for p in idris.root.rglob("*") if p.is_file()]:
        assert MARKER.encode() not in path.read_bytes(), path
    town.settle(0)


def test_the_ladder_and_reports(three: tuple[Person, Person, Person]) -> None:
    mara, idris, tove = three
    idris.say(f"Stop your pills, says {MARKER}.")
    idris.sync()
    tove.sync()
    no = number(tove, f"Stop your pills, says {MARKER}.")
    hers, host, his = Terminal(tove), Terminal(mara), Terminal(idris)

    hers("report", "send", CIRCLE, str(no), "--because", "medical-advice", "--words", "Careful.")
    json.loads(host("report", "inbox", CIRCLE, "--json"))
    listed = host("report", "inbox", CIRCLE)
    assert "report by tove about idris" in listed
    report = listed.split()[0]
    shown = host("report", "show", CIRCLE, report)
    assert "idris, the signature is good" in shown
    assert MARKER not in host.said
    assert json.loads(host("report", "show", CIRCLE, report, "--json"))["what"] == "report"
    assert MARKER not in host.said
    assert MARKER in host("report", "show", CIRCLE, report, "--evidence")
    host("report", "settle", CIRCLE, report, "--no-action", code=2)
    host("report", "settle", CIRCLE, report, "--done", "--say", "He is paused.")
    hers("sync")
    assert "done by mara: He is paused." in hers("report", "list", CIRCLE)
    assert json.loads(hers("report", "list", CIRCLE, "--json"))["reports"][0]["state"] == "done"

    host("moderate", "pause", CIRCLE, "idris", "--because", "medical-advice")
    his("sync")
    his("say", CIRCLE, "More.", code=6)
    assert "about you" in his("moderate", "list", CIRCLE)
    step = json.loads(his("moderate", "list", CIRCLE, "--json"))["steps"][0]["id"]
    his("moderate", "answer", CIRCLE, step, "I see it differently.")
    assert "I see it differently." in host("read", CIRCLE)
    host("moderate", "lift", CIRCLE, step)
    assert "Nothing is in force." in (host("moderate", "list", CIRCLE), host.said)[1]
    host("moderate", "nudge", CIRCLE, str(no + 100), "1", code=1)
    assert len(host("moderate", "nudge", CIRCLE, "1").splitlines()) == 4
    host("moderate", "claim", CIRCLE, "tove", "--what", "nurse", "--vouched-by", "mara",
         "--until", "2999-01-01")  # fmt: skip
    assert "tove (nurse, says mara (not checked by Haven))" in host("moderate", "list", CIRCLE)


def test_a_file_for_outside_is_checked_anywhere(
    three: tuple[Person, Person, Person], tmp_path: Path
) -> None:
    _, idris, tove = three
    idris.say(f"A threat, {MARKER}.")
    idris.sync()
    tove.sync()
    no = number(tove, f"A threat, {MARKER}.")
    path = tmp_path / "evidence.age"
    hers = Terminal(tove)
    secret = tmp_path / "secret"
    secret.write_text("seven quiet herons")
    secret.chmod(0o600)
    hers("report", "outside", CIRCLE, str(no), "--to", str(path), "--file-passphrase", str(secret))
    assert "who that person is outside the circle" in hers.said
    assert MARKER.encode() not in path.read_bytes()
    checked = hers("report", "check", str(path), "--file-passphrase", str(secret))
    assert "calls that key idris" in checked
    assert "the signature is good" in checked
    assert MARKER in checked
    secret.write_text("another passphrase")
    hers("report", "check", str(path), "--file-passphrase", str(secret), code=4)
