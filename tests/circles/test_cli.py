"""Circles from the command line: real `haven` processes, three vaults, a real relay."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from havenclient.errors import ExitCode
from tests.circles.tap import Tap
from tests.homes import Home, make_home
from tests.relay.harness import Relay

CIRCLE = "Night Walkers"


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


@dataclass
class Someone:
    home: Home

    def __call__(self, *words: str, stdin: str = "", code: int = 0) -> Done:
        """One `haven` process; fails unless it ends with `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "havenclient", "--passphrase-file",
             str(self.home.passphrase_file), *words],
            input=stdin, capture_output=True, text=True, timeout=60,
            env=self.home.environment, cwd=self.home.work,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def people(tmp_path: Path, vault_template: Path) -> Iterator[dict[str, Someone]]:
    made = {}
    for name in ("mara", "idris"):
        home = make_home(tmp_path / name)
        home.vault.parent.mkdir(parents=True, mode=0o700)
        shutil.copytree(vault_template / "journal", home.vault)
        shutil.copytree(vault_template / "state", home.state)
        made[name] = Someone(home)
    yield made


def bring(host: Someone, guest: Someone, relay: str, *, by_words: bool = False) -> None:
    host("circle", "new", CIRCLE, "--as", "mara", "--relay", relay, "--agreement", "-",
         stdin="We are kind.\n")  # fmt: skip
    invite = host("invite", CIRCLE, "--json").json
    if by_words:
        door = guest("accept", "-", "--relay", relay, "--json", stdin=invite["words"] + "\n").json
    else:
        door = guest("accept", "-", "--json", stdin=invite["link"] + "\n").json
    assert door["card"]["agreement"]["text"].strip() == "We are kind."
    guest("accept", door["id"], "--as", "idris", "--agree", "1", "--words", "it is me")
    (knock,) = host("knocks", CIRCLE, "--json").json["knocks"]
    assert knock["words"] == "it is me"
    host("admit", CIRCLE, str(knock["no"]))
    assert guest("accept", door["id"], "--json").json["state"] == "in"


def test_from_invitation_to_removal(people: dict[str, Someone], shared_relay: Relay) -> None:
    mara, idris = people["mara"], people["idris"]
    bring(mara, idris, shared_relay.url)
    first = mara("say", CIRCLE, "The heron was there.").out.strip()
    said = idris("read", CIRCLE).out
    assert "mara" in said
    assert "The heron was there." in said
    heard = next(
        m for m in idris("read", CIRCLE, "--json").json["messages"] if m["kind"] == "message"
    )
    idris("say", CIRCLE, "-", "--reply", str(heard["no"]), stdin="I saw it.\n")
    idris("message", "react", CIRCLE, str(heard["no"]), "with you")
    mara("message", "edit", CIRCLE, first, "Two herons.")
    seen = idris("read", CIRCLE).out
    assert "edited" in seen
    assert "with you: idris" in seen
    number = "call me at 0170 1234567"
    assert fails(mara, "say", CIRCLE, number) == ExitCode.REFUSED  # asked before it leaves
    assert number not in idris("read", CIRCLE).out
    mara("say", CIRCLE, number, "--anyway")
    assert number in idris("read", CIRCLE).out
    mara("verify", CIRCLE, "idris")
    idris("sync")
    mara("sync")
    idris("sync")
    ours = [line for line in mara("verify", CIRCLE, "idris").out.splitlines() if "words" in line]
    theirs = [line for line in idris("verify", CIRCLE, "mara").out.splitlines() if "words" in line]
    assert ours == theirs != []
    mara("verify", CIRCLE, "idris", "--confirm")
    assert "idris, verified" in mara("circle", "show", CIRCLE).out
    mara("circle", "remove", CIRCLE, "idris", "--yes")
    mara("say", CIRCLE, "After.")
    assert "After." not in idris("read", CIRCLE).out
    assert "removed you" in idris("read", CIRCLE).out
    assert idris("circle", "list").out.split("  ")[1].strip() == "gone"
    assert fails(idris, "say", CIRCLE, "Still here?") == ExitCode.REFUSED


def fails(person: Someone, *words: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "havenclient", "--passphrase-file",
         str(person.home.passphrase_file), *words],
        capture_output=True, text=True, timeout=60,
        env=person.home.environment, cwd=person.home.work,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode != 0
    return done.returncode


def test_offline_nothing_travels_and_nothing_is_lost(
    people: dict[str, Someone], shared_relay: Relay
) -> None:
    mara, idris = people["mara"], people["idris"]
    with Tap(shared_relay.url) as tap:
        bring(mara, idris, tap.url, by_words=True)
        before = len(tap.connections)
        said = mara("--offline", "say", CIRCLE, "Written on a train.")
        assert "waiting" in said.err
        mara("--offline", "invite", CIRCLE)
        mara("--offline", "sync")
        mara("--offline", "circle", "list")
        assert "Written on a train." in mara("--offline", "read", CIRCLE).out
        assert len(tap.connections) == before
        mara("sync")
        assert "Written on a train." in idris("read", CIRCLE).out


def test_a_relay_that_is_gone_is_said_and_nothing_is_lost(
    people: dict[str, Someone], tmp_path: Path
) -> None:
    mara, idris = people["mara"], people["idris"]
    with Relay(tmp_path / "relay") as relay:
        bring(mara, idris, relay.url)
        relay.kill()
        said = mara("say", CIRCLE, "Into the dark.")
        assert "can't be reached" in said.err
        assert fails(mara, "sync") == ExitCode.NETWORK
        waits = mara("circle", "list").out
        assert "waiting to be sent" in waits
        relay.start()
        shown = mara("--offline", "read", CIRCLE, "--json").json["messages"][-1]
        assert (shown["text"], shown["state"]) == ("Into the dark.", "waiting")


def test_mistakes_get_a_sentence_and_a_hint(
    people: dict[str, Someone], shared_relay: Relay
) -> None:
    mara = people["mara"]
    for words in (
        ("circle", "show", "Nowhere"),
        ("say", "Nowhere", "hello"),
        ("circle", "new", CIRCLE, "--as", "mara", "--relay", "http://relay.example.org"),
        ("circle", "new", "\x1b[31m", "--as", "mara", "--relay", shared_relay.url),
        ("accept", "0123abcd"),
    ):
        fails(mara, *words)
    for text in (
        "haven://relay.example.org/",
        "https://example.org",
        "one two three",
        "haven://a\x1bb/#x",
    ):
        done = mara("accept", "-", stdin=text + "\n", code=2)
        assert "\x1b" not in done.err
        assert done.err.startswith("haven: error: ")


def test_invites_never_stand_in_a_list_a_log_or_the_relay(
    people: dict[str, Someone], shared_relay: Relay
) -> None:
    mara, idris = people["mara"], people["idris"]
    bring(mara, idris, shared_relay.url)
    invite = mara("invite", CIRCLE, "--json").json
    secret = invite["link"].split("#")[1]
    listed = mara("invite", CIRCLE, "--list", "--json").out + mara("invite", CIRCLE, "--list").out
    assert secret not in listed
    assert invite["words"] not in listed
    mara.home.assert_no_trace(secret, invite["words"], "it is me", CIRCLE)
    assert secret.encode() not in shared_relay.output.read_bytes()
    mara("invite", CIRCLE, "--revoke", invite["id"])
    door = idris("accept", "-", "--json", stdin=invite["link"] + "\n").json
    assert (door["state"], door["card"]) == ("opening", None)


def test_a_circle_moves_and_is_followed(people: dict[str, Someone], tmp_path: Path) -> None:
    mara, idris = people["mara"], people["idris"]
    with Relay(tmp_path / "old") as old, Relay(tmp_path / "new") as new:
        bring(mara, idris, old.url)
        mara("circle", "move", CIRCLE, "--also", new.url)
        idris("say", CIRCLE, "Before.")
        assert new.url in idris("circle", "move", CIRCLE).out
        assert fails(idris, "circle", "move", CIRCLE, "--to", new.url) == ExitCode.REFUSED
        assert fails(mara, "circle", "move", CIRCLE, "--gone") == ExitCode.USAGE
        old.kill()
        shutil.rmtree(old.data / "data")
        idris("say", CIRCLE, "Into the void.")
        assert fails(idris, "circle", "move", CIRCLE, "--follow", new.url) == ExitCode.FAILED
        moved = mara("circle", "move", CIRCLE, "--to", new.url, "--gone", "--yes")
        assert "moved" in moved.err
        followed = idris("circle", "move", CIRCLE, "--follow", new.url)
        assert new.url in followed.out
        said = mara("read", CIRCLE).out
        assert said.index("moved the circle") < said.index("Before.") < said.index("the void.")
