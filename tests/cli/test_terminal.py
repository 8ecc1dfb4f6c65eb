"""On a real terminal (a pty): questions, line editor, numbered menus, lock, agent, editors."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.homes import PASSPHRASE, Home

Open = Callable[..., pexpect.spawn]


@pytest.fixture
def terminal(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Starts `haven …` in a pty of its own; everything is closed at the end."""
    opened: list[pexpect.spawn] = []

    def start(home: Home, *words: str, **environment: str) -> pexpect.spawn:
        child = pexpect.spawn(
            str(Path(sys.executable).parent / "haven"),
            list(words),
            env=home.environment | environment,
            cwd=str(home.work),
            encoding="utf-8",
            timeout=30,
            dimensions=(30, 100),
        )
        child.delaybeforesend = None
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def run(home: Home, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["haven", *words],
        input=stdin,
        capture_output=True,
        text=True,
        env=home.environment,
        cwd=home.work,
        start_new_session=True,
        timeout=60,
        check=False,
    )


def answer(child: pexpect.spawn, prompt: str, text: str) -> None:
    child.expect_exact(prompt)
    if "assphrase" in prompt or "again" in prompt or "Recovery" in prompt:
        child.waitnoecho()
    child.sendline(text)


def ended(child: pexpect.spawn) -> int:
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus is not None
    return int(child.exitstatus)


def test_init_asks_twice_and_has_the_code_typed_back(home: Home, terminal: Open) -> None:
    child = terminal(home, "init")
    child.expect(r"For example:\s+(\w+ \w+ \w+ \w+ \w+ \w+)")
    phrase = child.match[1]
    answer(child, "Passphrase: ", "short")
    child.expect_exact("try again")
    answer(child, "Passphrase: ", phrase)
    answer(child, "The same again: ", "something else")
    child.expect_exact("the two were different")
    answer(child, "Passphrase: ", phrase)
    answer(child, "The same again: ", phrase)
    child.expect(r"recovery code: ([0-9A-Z-]{47})")
    code = child.match[1]
    answer(child, "(or skip): ", code[:-1] + ("0" if code[-1] != "0" else "1"))
    answer(child, "(or skip): ", code.lower())
    child.expect_exact("That is right.")
    assert ended(child) == 0
    assert phrase not in child.before
    home.assert_no_trace(phrase, code, without=[home.passphrase_file])
    file = home.work / "mine"
    file.write_text(phrase)
    file.chmod(0o600)
    assert run(home, "--passphrase-file", "mine", "list").returncode == 0
    again = run(home, "--passphrase-file", "mine", "init")
    assert again.returncode == 1
    assert again.stderr.startswith("haven: error: there is a vault here already\n")


def test_a_passphrase_is_not_echoed_and_may_be_wrong_twice(
    vault_home: Home, terminal: Open
) -> None:
    child = terminal(vault_home, "list")
    answer(child, "Passphrase: ", "wrong words one")
    child.expect_exact("try again")
    answer(child, "Passphrase: ", "wrong words two")
    child.expect_exact("try again")
    answer(child, "Passphrase: ", PASSPHRASE)
    child.expect_exact("No entries here.")
    assert ended(child) == 0
    child = terminal(vault_home, "list")
    seen = ""
    for _ in range(3):
        answer(child, "Passphrase: ", "wrong words")
        seen += child.before
    assert ended(child) == 4
    assert "wrong words" not in seen + child.before
    assert "haven: error: " in child.before


def test_content_comes_from_the_pipe_and_the_passphrase_from_the_terminal(
    vault_home: Home, terminal: Open
) -> None:
    child = terminal(vault_home, "--version")
    assert ended(child) == 0
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", "echo piped words | haven new -"],
        env=vault_home.environment,
        cwd=str(vault_home.work),
        encoding="utf-8",
        timeout=30,
    )
    answer(child, "Passphrase: ", PASSPHRASE)
    child.expect_exact("saved, 2 words")
    assert ended(child) == 0


def test_new_opens_a_line_editor(vault_home: Home, terminal: Open) -> None:
    child = terminal(vault_home, "--passphrase-file", "pw", "new", "-m", "3")
    child.expect_exact("Ctrl-D on an empty line ends the text")
    child.sendline("First zanzibarine line")
    child.sendline("")
    child.sendline("東京")
    child.sendeof()
    child.expect_exact("saved")
    assert ended(child) == 0
    shown = run(vault_home, "--passphrase-file", "pw", "show", "last", "--raw").stdout
    assert shown == "First zanzibarine line\n\n東京\n"
    vault_home.assert_no_trace("zanzibarine")


def the_draft(home: Home) -> str:
    """The key of the one draft, as soon as it is there (another process may be writing it)."""
    for _ in range(50):
        listed = run(home, "--passphrase-file", "pw", "draft", "list", "--json")
        if found := json.loads(listed.stdout)["drafts"]:
            (draft,) = found
            return str(draft["key"])
    raise AssertionError("no draft came")


def test_ctrl_c_keeps_what_was_typed_as_a_draft(vault_home: Home, terminal: Open) -> None:
    child = terminal(vault_home, "--passphrase-file", "pw", "new", "-t", "rain")
    child.expect_exact("Ctrl-D")
    child.sendline("one zanzibarine line")
    the_draft(vault_home)
    child.sendintr()
    child.expect_exact("kept as a draft")
    assert ended(child) == 130
    drafts = json.loads(
        run(vault_home, "--passphrase-file", "pw", "draft", "list", "--json").stdout
    )
    (draft,) = drafts["drafts"]
    saved = run(vault_home, "--passphrase-file", "pw", "draft", "recover", draft["key"])
    assert saved.returncode == 0
    entry = json.loads(run(vault_home, "--passphrase-file", "pw", "show", "last", "--json").stdout)
    assert entry["entries"][0]["tags"] == ["rain"]
    assert entry["entries"][0]["body"].startswith("one zanzibarine line")
    assert run(vault_home, "--passphrase-file", "pw", "draft", "list").stdout == ""
    vault_home.assert_no_trace("zanzibarine")


def test_kill_minus_nine_while_writing_loses_only_the_last_seconds(
    vault_home: Home, terminal: Open
) -> None:
    child = terminal(vault_home, "--passphrase-file", "pw", "new")
    child.expect_exact("Ctrl-D")
    child.sendline("the first zanzibarine line")
    the_draft(vault_home)
    child.sendline("a second one")
    child.kill(9)
    child.wait()
    draft = the_draft(vault_home)
    shown = run(vault_home, "--passphrase-file", "pw", "draft", "show", draft).stdout
    assert shown.startswith("the first zanzibarine line")
    vault_home.assert_no_trace("zanzibarine")


def test_edit_changes_lines_by_number(vault_home: Home, terminal: Open) -> None:
    text = "one\ntwo\nthree\n"
    assert run(vault_home, "--passphrase-file", "pw", "new", "-", stdin=text).returncode == 0
    child = terminal(vault_home, "--passphrase-file", "pw", "edit", "last")
    child.expect_exact("3: three")
    answer(child, "edit: ", "c 2")
    answer(child, "2: ", "zwei")
    answer(child, "edit: ", "d 9")
    child.expect_exact("which line? 1 to 3")
    answer(child, "edit: ", "d 1")
    answer(child, "edit: ", "a")
    child.expect_exact("Ctrl-D")
    child.sendline("four")
    child.sendeof()
    answer(child, "edit: ", "w")
    child.expect_exact("saved")
    assert ended(child) == 0
    shown = run(vault_home, "--passphrase-file", "pw", "show", "last", "--raw").stdout
    assert shown == "zwei\nthree\nfour\n"


def test_deleting_for_ever_wants_the_word(vault_home: Home, terminal: Open) -> None:
    run(vault_home, "--passphrase-file", "pw", "new", "-", stdin="words\n")
    child = terminal(vault_home, "--passphrase-file", "pw", "rm", "--now", "last")
    answer(child, "Type delete to go on: ", "yes")
    assert ended(child) == 6
    assert "nothing was changed" in child.before
    child = terminal(vault_home, "--passphrase-file", "pw", "rm", "--now", "last")
    answer(child, "Type delete to go on: ", "delete")
    assert ended(child) == 0


def test_wipe_asks_twice_and_leaves_what_is_not_havens(vault_home: Home, terminal: Open) -> None:
    foreign = vault_home.vault / "mine.txt"
    foreign.write_text("not Haven's")
    child = terminal(vault_home, "wipe")
    answer(child, "Type wipe to go on: ", "wipe")
    answer(child, "Type everything to go on: ", "no")
    assert ended(child) == 6
    assert run(vault_home, "--passphrase-file", "pw", "list").returncode == 0
    assert run(vault_home, "wipe", "--dry-run").stdout == f"would delete: {vault_home.vault}\n"
    assert run(vault_home, "wipe").returncode == 2
    child = terminal(vault_home, "wipe")
    answer(child, "Type wipe to go on: ", "wipe")
    answer(child, "Type everything to go on: ", "everything")
    assert ended(child) == 0
    assert [one.name for one in vault_home.vault.iterdir()] == ["mine.txt"]
    assert run(vault_home, "--passphrase-file", "pw", "list").returncode == 1


# --- the numbered menus --------------------------------------------------------------------------


def unlocked_menus(home: Home, terminal: Open, **environment: str) -> pexpect.spawn:
    child = terminal(home, "--passphrase-file", "pw", "--plain", **environment)
    child.expect_exact("1. Unlock")
    answer(child, "Number: ", "1")
    child.expect_exact("Unlocked.")
    return child


def test_the_menus_write_read_search_and_leave(vault_home: Home, terminal: Open) -> None:
    child = unlocked_menus(vault_home, terminal)
    answer(child, "Number: ", "1")
    child.expect_exact("Ctrl-D")
    child.sendline("A zanzibarine morning")
    child.sendeof()
    answer(child, "Mood from 1 low to 5 bright, or Enter: ", "9")
    answer(child, "Mood from 1 low to 5 bright, or Enter: ", "4")
    answer(child, "or Enter: ", "#rain walk")
    answer(child, "Content note, such as grief, or Enter: ", "")
    child.expect_exact("Saved, 3 words.")
    answer(child, "Number: ", "3")
    answer(child, "Words: ", "morning")
    child.expect_exact("1 entry.")
    child.expect(r"1\. \d{4}-.*mood 4.*A zanzibarine morning")
    answer(child, "go back: ", "1")
    child.expect_exact("tags: #rain #walk")
    answer(child, "go back: ", "")
    for strange in ("2", "00017", "9" * 5000, "x"):
        answer(child, "go back: ", strange)
        child.expect_exact("That is not on the list; 1 to 1.")
    answer(child, "go back: ", "")
    answer(child, "Number: ", "00017")
    child.expect_exact("That is not on the list; 1 to 9.")
    answer(child, "Number: ", "7")
    child.expect_exact("In most of Europe")
    answer(child, "Number: ", "77")
    child.expect_exact("That is not on the list")
    answer(child, "Number: ", "9")
    assert ended(child) == 0
    vault_home.assert_no_trace("zanzibarine")


def test_the_menus_use_no_escape_sequences(vault_home: Home, terminal: Open) -> None:
    child = terminal(vault_home, TERM="dumb")
    child.expect_exact("1. Unlock")
    seen = child.before
    answer(child, "Number: ", "2")
    child.expect_exact("1. Unlock")
    seen += child.before
    answer(child, "Number: ", "3")
    assert ended(child) == 0
    assert "\x1b" not in seen + child.before


def test_the_menus_lock_by_replacing_the_process(vault_home: Home, terminal: Open) -> None:
    child = unlocked_menus(vault_home, terminal)
    before = child.pid
    answer(child, "Number: ", "8")
    child.expect_exact("Locked.")
    child.expect_exact("1. Unlock")
    assert child.pid == before
    seen = (Path("/proc") / str(child.pid) / "cmdline").read_bytes().split(b"\0")
    assert b"--locked" in seen
    assert b"--passphrase-file" not in seen
    answer(child, "Number: ", "1")
    child.expect_exact("Passphrase: ")


def test_the_menus_fold_a_draft_with_a_content_note(vault_home: Home, terminal: Open) -> None:
    child = terminal(vault_home, "--passphrase-file", "pw", "new", "--note", "grief")
    child.expect_exact("Ctrl-D")
    child.sendline("zanzibarine words")
    child.expect_exact("words")
    child.sendintr()
    assert ended(child) == 130
    child = unlocked_menus(vault_home, terminal)
    answer(child, "Number: ", "6")
    child.expect_exact("Draft of")
    child.expect_exact("Show it, y or n: ")
    assert "content note: grief" in child.before and "zanzibarine" not in child.before
    child.sendline("y")
    child.expect_exact("zanzibarine words")
    answer(child, "keep it: ", "")
    answer(child, "Number: ", "9")
    assert ended(child) == 0


def test_haven_lock_locks_open_menus_from_another_terminal(
    vault_home: Home, terminal: Open
) -> None:
    child = unlocked_menus(vault_home, terminal)
    answer(child, "Number: ", "1")
    child.expect_exact("Ctrl-D")
    child.sendline("half a zanzibarine sentence")
    child.expect_exact("sentence")
    held = run(vault_home, "--passphrase-file", "pw", "new", "-", stdin="words")
    assert held.returncode == 5
    assert f"process {child.pid}" in held.stderr
    reading = run(vault_home, "--passphrase-file", "pw", "list")
    assert reading.returncode == 0
    done = run(vault_home, "lock")
    assert (done.returncode, done.stderr) == (0, "haven: locked\n")
    child.expect_exact("kept as a draft")
    child.expect_exact("1. Unlock")
    drafts = run(vault_home, "--passphrase-file", "pw", "draft", "list")
    assert re.fullmatch(r"new:plain-\d+  .*  4 words\n", drafts.stdout)
    assert not (vault_home.vault / "lock-request").exists()
    assert run(vault_home, "lock").stderr == "haven: nothing is open\n"
    vault_home.assert_no_trace("zanzibarine")


# --- another program as editor -------------------------------------------------------------------

EDITOR = """#!/bin/sh
printf '%s\\n' "$@" > "$HOME/arguments"
ls -ld "$(dirname "$3$2$1")" > "$HOME/modes" 2>/dev/null
for last; do :; done
stat -c '%a' "$last" "$(dirname "$last")" > "$HOME/modes"
printf 'from a zanzibarine editor\\n' > "$last"
"""


@pytest.fixture
def editor(vault_home: Home) -> Iterator[Home]:
    """A home whose runtime folder is in memory, and an editor that writes one line."""
    memory = Path("/dev/shm") / f"haven-test-{os.getpid()}"
    if not Path("/dev/shm").is_dir():
        pytest.skip("no memory-backed folder here")
    memory.mkdir(mode=0o700)
    program = vault_home.root / "person" / "nano"
    program.write_text(EDITOR)
    program.chmod(0o700)
    (vault_home.root / "run").rmdir()
    (vault_home.root / "run").symlink_to(memory)
    yield vault_home
    for path in sorted(memory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    memory.rmdir()


def test_another_program_is_refused_until_it_is_allowed(editor: Home) -> None:
    run(editor, "config", "set", "writing.editor", str(editor.root / "person" / "nano"))
    words = ("--passphrase-file", "pw", "new", "--editor")
    refused = run(editor, *words)
    assert refused.returncode == 6
    run(editor, "config", "set", "writing.external_editor", "true")
    done = run(editor, *words)
    assert done.returncode == 0, done.stderr
    shown = run(editor, "--passphrase-file", "pw", "show", "last", "--raw").stdout
    assert shown == "from a zanzibarine editor\n"
    assert (editor.root / "person" / "modes").read_text() == "600\n700\n"
    given = (editor.root / "person" / "arguments").read_text().splitlines()
    assert given[0] == "-R"
    assert given[1].endswith("/text.md")
    assert not list((editor.root / "run").glob("haven/edit-*"))
    editor.assert_no_trace("zanzibarine", without=[editor.root / "person" / "nano"])


def test_another_program_is_refused_on_a_disk(vault_home: Home) -> None:
    from havenclient.external_editor import filesystem

    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as disk:
        if filesystem(Path(disk)) in ("tmpfs", "ramfs"):
            pytest.skip("the whole checkout lies in memory here")
        environment = vault_home.environment | {
            "HAVEN_WRITING_EXTERNAL_EDITOR": "true",
            "EDITOR": "true",
            "XDG_RUNTIME_DIR": disk,
        }
        done = subprocess.run(
            ["haven", "--passphrase-file", "pw", "new", "--editor"],
            env=environment,
            cwd=vault_home.work,
            capture_output=True,
            check=False,
        )
    assert done.returncode == 6
    assert done.stderr.startswith(b"haven: error: there is no memory-backed folder")


# --- the agent -----------------------------------------------------------------------------------


def test_the_agent_is_off_gives_only_to_us_and_forgets(vault_home: Home) -> None:
    words = ("--passphrase-file", "pw", "unlock")
    assert run(vault_home, *words).returncode == 6
    run(vault_home, "config", "set", "locking.agent_minutes", "2")
    done = run(vault_home, *words, "--minutes", "5")
    assert (done.returncode, done.stderr) == (
        0,
        "haven: open for scripts for 2 min; `haven lock` ends it\n",
    )
    (path,) = (vault_home.root / "run" / "haven").glob("agent-*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert run(vault_home, "new", "-", stdin="by a script\n").returncode == 0
    assert run(vault_home, "--no-input", "list").returncode == 0
    pid = _owner(path)
    seen = (Path("/proc") / str(pid) / "cmdline").read_bytes()
    assert b"agent" in seen
    assert PASSPHRASE.encode() not in seen
    assert run(vault_home, "lock").stderr == "haven: the agent has forgotten\n"
    assert not path.exists()
    assert run(vault_home, "list").returncode == 4
    until = time.monotonic() + 10
    while (Path("/proc") / str(pid)).exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not (Path("/proc") / str(pid)).exists()
    vault_home.assert_no_trace(PASSPHRASE, without=[vault_home.passphrase_file])


def test_the_agent_holds_the_key_and_not_the_words(vault_home: Home) -> None:
    from havenclient.cli import agent
    from havenclient.vault import VaultPaths, derive

    run(vault_home, "config", "set", "locking.agent_minutes", "2")
    run(vault_home, "--passphrase-file", "pw", "unlock")
    (path,) = (vault_home.root / "run" / "haven").glob("agent-*")
    given = agent._exchange(path, agent.GIVE)
    assert given is not None
    key = derive(VaultPaths(vault_home.vault), PASSPHRASE).key
    assert given.decode() == key.hex()
    # A changed passphrase makes the key worthless, and the agent is sent away.
    new = vault_home.work / "new"
    new.touch(0o600)
    new.write_text("six other words of mine\n")
    done = run(
        vault_home, "--passphrase-file", "pw", "key", "change", "--new-passphrase-file", "new"
    )
    assert done.returncode == 0, done.stderr
    assert run(vault_home, "--no-input", "list").returncode == 4
    assert not path.exists()


def test_a_wrong_passphrase_starts_no_agent(vault_home: Home) -> None:
    run(vault_home, "config", "set", "locking.agent_minutes", "2")
    wrong = vault_home.work / "wrong"
    wrong.write_text("not the right words\n")
    wrong.chmod(0o600)
    assert run(vault_home, "--passphrase-file", "wrong", "unlock").returncode == 4
    assert not list((vault_home.root / "run").rglob("agent-*"))


def _owner(path: Path) -> int:
    """The process behind a socket."""
    import struct

    from havenclient.cli.agent import _address

    with socket.socket(socket.AF_UNIX) as line:
        with _address(path) as address:
            line.connect(address)
        packed = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("3i", packed)[0])


def test_the_menus_make_a_vault(home: Home, terminal: Open) -> None:
    child = terminal(home, TERM="dumb")
    child.expect_exact("1. Make a vault")
    answer(child, "Number: ", "1")
    answer(child, "Passphrase: ", "six calm words of my own")
    answer(child, "The same again: ", "six calm words of my own")
    child.expect(r"recovery code: [0-9A-Z-]{47}")
    answer(child, "(or skip): ", "skip")
    child.expect_exact("1. Unlock")
    answer(child, "Number: ", "1")
    answer(child, "Passphrase: ", "six calm words of my own")
    child.expect_exact("Unlocked.")
    answer(child, "Number: ", "9")
    assert ended(child) == 0
