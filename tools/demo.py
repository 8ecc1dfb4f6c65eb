"""`make demo`: a relay, three people, one circle, from the invitation to the removal.

Everything is real: a `haven-relay` process on loopback, three vaults in a temporary folder, and a
`haven` process for each thing that somebody does. Between them sits a tap that records every byte
and, once, breaks the network in the middle of a Commit while the host's process gets a SIGKILL. At
the end stands what each person sees, beside everything that the relay holds.

`--keep` leaves the folder and prints how to look around in it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from tests.circles.tap import Tap
from tests.relay.harness import Relay

from havenclient.vault import KdfParams, VaultPaths, create
from havenclient.wire import unb64

PASSPHRASE = "lantern orchard velvet"
CIRCLE = "Night Walkers"
AGREEMENT = "We are kind. What is said here stays here. Nobody has to answer.\n"
SEEN_ON_NO_WIRE = (
    CIRCLE, "Marigold", "Rosemary", "Hawthorn", "stays here", "by the willow", "from the quay",
    "a candle", "Only I can",
)  # fmt: skip


@dataclass
class Person:
    name: str
    root: Path
    running: subprocess.Popen[str] | None = field(default=None, repr=False)

    def prepare(self) -> None:
        """A vault with next to no key stretching: it is opened fifty times, and its passphrase is
        printed on the screen anyway. `haven init` never makes such a vault."""
        journal = self.root / "data" / "journal"
        journal.parent.mkdir(parents=True, mode=0o700)
        weak = KdfParams.weak_for_tests()
        vault, _ = create(VaultPaths(journal), PASSPHRASE, state_dir=self.root / "state", kdf=weak)
        vault.close()
        (self.root / "pw").write_text(PASSPHRASE + "\n")
        (self.root / "pw").chmod(0o600)

    def haven(self, *words: str, stdin: str = "", show: bool = True) -> str:
        """One `haven` process. Its output is shown indented, and returned."""
        done = self.start(*words, stdin=stdin, show=show)
        out, err = done.communicate(stdin)
        if done.returncode != 0:
            raise SystemExit(f"haven {words[0]} failed ({done.returncode}): {err}")
        if show:
            tell(out + "".join(f"{line}\n" for line in err.splitlines()))
        return out

    def json(self, *words: str, stdin: str = "", show: bool = True) -> dict[str, Any]:
        out = self.haven(*words, "--json", stdin=stdin, show=False)
        if show:
            print(f"{self.name:>8} $ haven {' '.join(words)}")
        return dict(json.loads(out))

    def start(self, *words: str, stdin: str = "", show: bool = True) -> subprocess.Popen[str]:
        if show:
            shown = " ".join(f'"{w}"' if " " in w else w for w in words)
            print(f"{self.name:>8} $ haven {shown}" + ("  <<< …" if stdin else ""), flush=True)
        self.running = subprocess.Popen(
            [sys.executable, "-P", "-m", "havenclient", "--passphrase-file", self.root / "pw",
             *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ
            | {"HAVEN_HOME": str(self.root), "HAVEN_BOUNDARIES_QUIET_HOURS": ""},
        )  # fmt: skip
        return self.running

    def die(self) -> None:
        assert self.running is not None
        self.running.kill()


def title(words: str) -> None:
    print(f"\n── {words} " + "─" * max(0, 74 - len(words)), flush=True)


def tell(text: str) -> None:
    if not text.strip():
        return
    print(textwrap.indent(text.rstrip("\n"), " " * 11), flush=True)


def enter(host: Person, guest: Person, door: dict[str, Any], words: str) -> int:
    """Knock at a door that was read; the number under which the host sees it."""
    guest.haven(
        "accept", door["door"] if "door" in door else door["id"],
        "--as", guest.name, "--agree", "1", "--words", words, show=False,
    )  # fmt: skip
    print(f"{guest.name:>6} $ haven accept DOOR --as {guest.name} --agree 1 --words …")
    host.haven("knocks", CIRCLE)
    knocks = host.json("knocks", CIRCLE, show=False)["knocks"]
    return int(next(k["no"] for k in knocks if k["name"] == guest.name))


def play(folder: Path, relay: Relay, tap: Tap) -> tuple[Person, Person, Person]:
    marigold, rosemary, hawthorn = (
        Person(name, folder / name.lower()) for name in ("Marigold", "Rosemary", "Hawthorn")
    )
    for person in (marigold, rosemary, hawthorn):
        person.prepare()

    title("Marigold founds a circle. The relay learns that three logs exist.")
    marigold.haven(
        "circle", "new", CIRCLE, "--as", "Marigold", "--relay", tap.url, "--agreement", "-",
        stdin=AGREEMENT,
    )  # fmt: skip

    title("She invites Rosemary by link, and goes offline. He reads the card first, then knocks.")
    link = marigold.json("invite", CIRCLE)["link"]
    tell(link)
    door = rosemary.json("accept", "-", stdin=link + "\n")
    card = door["card"]
    tell(f"card: {card['name']}, host {', '.join(card['hosts'])}, {card['members']} person inside")
    tell(f"agreement: {card['agreement']['text'].strip()}")
    number = enter(marigold, rosemary, door, "It's me, from the quay.")
    marigold.haven("admit", CIRCLE, str(number))
    rosemary.haven("circle", "list", show=False)
    rosemary.haven("accept", door["id"], show=False)
    rosemary.haven("circle", "list")

    title("Hawthorn comes with twelve words, read over the phone.")
    invite = marigold.json("invite", CIRCLE)
    tell(invite["words"])
    door = hawthorn.json("accept", "-", "--relay", tap.url, stdin=invite["words"] + "\n")
    number = enter(marigold, hawthorn, door, "You told me about this on Sunday.")

    title("Marigold's laptop dies in the middle of the Commit that lets Hawthorn in (SIGKILL).")
    tap.hold, tap.on_held = b"/slices HTTP", marigold.die
    dying = marigold.start("admit", CIRCLE, str(number))
    dying.communicate()
    tell(f"the process ended with {dying.returncode}; the relay had taken the Commit, "
         "the answer was lost")  # fmt: skip
    marigold.haven("sync")
    hawthorn.haven("accept", door["id"], show=False)
    hawthorn.haven("circle", "list")

    title("They talk: a message, an answer, a word of support, an edit.")
    marigold.haven("say", CIRCLE, "The heron stood by the willow again.")
    rosemary.haven("read", CIRCLE)
    messages = rosemary.json("read", CIRCLE, show=False)["messages"]
    heron = next(str(m["no"]) for m in messages if "heron" in (m["text"] or ""))
    rosemary.haven("say", CIRCLE, "I lit a candle.", "--reply", heron)
    rosemary.haven("message", "react", CIRCLE, heron, "with you")
    mine = marigold.json("read", CIRCLE, show=False)["messages"]
    own = next(str(m["no"]) for m in mine if m["mine"])
    marigold.haven("message", "edit", CIRCLE, own, "Two herons stood by the willow.")
    hawthorn.haven("read", CIRCLE)

    title("Hawthorn leaves quietly; Marigold's Haven finishes it. Then Marigold removes Rosemary.")
    hawthorn.haven("circle", "leave", CIRCLE, "--yes")
    marigold.haven("sync")
    marigold.haven("circle", "remove", CIRCLE, "Rosemary", "--yes")
    marigold.haven("say", CIRCLE, "Only I can read this.")
    return marigold, rosemary, hawthorn


def _entries(relay: Relay, log: str) -> int:
    db = apsw.Connection(str(relay.data / "data" / "relay.db"), apsw.SQLITE_OPEN_READONLY)
    try:
        found = db.execute("SELECT entries FROM logs WHERE log_id=?", (unb64(log),)).fetchone()
        return int(found[0]) if found else 0
    finally:
        db.close()


def show_all(folder: Path, relay: Relay, tap: Tap, people: tuple[Person, ...]) -> None:
    for person in people:
        title(f"What {person.name} sees")
        person.haven("read", CIRCLE)
    title("What the relay holds: everything (haven-relay inspect)")
    circle, *others = tap.logs
    mailbox = next(log for log in others if _entries(relay, log))
    for what, log in (("the circle's log", circle), ("the mailbox of an invite", mailbox)):
        done = subprocess.run(
            [sys.executable, "-m", "havenclient.relay", "inspect",
             "--data", str(relay.data / "data"), log],
            capture_output=True, text=True,
        )  # fmt: skip
        print(f"   relay $ haven-relay inspect {log}      ({what})")
        tell(done.stdout or done.stderr)
    rest = [_entries(relay, log) for log in others if log != mailbox]
    tell(f"and {len(rest)} mailboxes more, with {', '.join(map(str, rest))} entries.")
    title("What travelled")
    held = b"".join(p.read_bytes() for p in (relay.data / "data").iterdir() if p.is_file())
    found = [
        word
        for word in SEEN_ON_NO_WIRE
        for code in ("utf-8", "utf-16-le")
        if word.encode(code).lower() in (tap.seen + held).lower()
    ]
    tell(
        f"{len(tap.seen):,} bytes on {len(tap.connections)} connections, and {len(held):,} bytes"
        f" on the relay's disk.\nSearched both for {', '.join(SEEN_ON_NO_WIRE)}:"
        f" {'FOUND ' + ', '.join(found) if found else 'none of them is there.'}"
    )
    if found:
        raise SystemExit("something readable left a vault")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the folder to look around")
    keep = parser.parse_args().keep
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="haven-demo-"))
    done = False
    try:
        with Relay(folder / "relay") as relay, Tap(relay.url) as tap:
            people = play(folder, relay, tap)
            show_all(folder, relay, tap, people)
            port = tap.port
        done = True
    finally:
        if not (keep and done):
            shutil.rmtree(folder, ignore_errors=True)
    title(f"Done in {time.monotonic() - began:.0f} seconds")
    if not keep:
        tell("Everything is removed again. `make demo KEEP=1` keeps it, to look around in.")
        return
    venv = Path(sys.executable).parent
    tell(
        f"""It is all still in {folder}. Two terminals to look around:

          {venv}/haven-relay serve --data {folder}/relay/data --listen 127.0.0.1:{port}
          HAVEN_HOME={folder}/marigold {venv}/haven      (the passphrase is: {PASSPHRASE})

        HAVEN_HOME={folder}/rosemary and …/hawthorn are the others. When you are done:

          rm -r {folder}""".replace("\n        ", "\n")
    )


if __name__ == "__main__":
    main()
