"""What a Haven process is from outside: light to start, closed to others, quiet when it breaks."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from havenclient import hygiene
from havenclient.cli import table
from havenclient.errors import LockedError, SafetyRefusal, UsageError
from tests.homes import PASSPHRASE, Home


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


def python(home: Home, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=home.environment | more,
        cwd=home.work,
        start_new_session=True,
        timeout=60,
        check=False,
    )


LOADED = """
import sys
from havenclient.cli.app import run
code = run({words!r})
print("loaded:", *sorted({{name.partition(".")[0] for name in sys.modules}}))
sys.exit(code)
"""


def loaded(home: Home, *words: str) -> set[str]:
    """The top packages that a fresh interpreter holds after a command."""
    done = python(home, LOADED.format(words=list(words)))
    lines = [line for line in done.stdout.splitlines() if line.startswith("loaded:")]
    assert lines, done.stderr
    return set(lines[0].split()[1:])


HEAVY = {"textual", "httpx", "rich"}


def test_help_loads_only_click(home: Home) -> None:
    found = loaded(home, "--help")
    assert "click" in found
    assert not found & {*HEAVY, "yaml", "pyrage", "apsw", "cryptography", "nacl", "tomlkit"}


def test_writing_and_reading_load_no_screens_and_no_network(vault_home: Home) -> None:
    with_words = loaded(vault_home, "--passphrase-file", "pw", "new", "words")
    assert "apsw" in with_words
    assert not with_words & {*HEAVY, "yaml", "pyrage"}
    for words in (["list"], ["search", "words"], ["stats"]):
        found = loaded(vault_home, "--passphrase-file", "pw", *words)
        assert not found & {*HEAVY, "yaml", "pyrage"}, words


def test_safety_and_quick_load_no_database(vault_home: Home) -> None:
    assert not loaded(vault_home, "safety", "GB") & {*HEAVY, "apsw", "nacl", "cryptography"}


def test_help_is_light(home: Home) -> None:
    def cpu(*command: str) -> float:
        best = 9.0
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, stdout=subprocess.DEVNULL, env=home.environment, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best = min(best, spent)
        return best

    bare = cpu(sys.executable, "-c", "pass")
    # The aim is 120 ms; a loaded machine of two cores measures CPU time with some noise.
    assert cpu(str(Path(sys.executable).parent / "haven"), "--help") - bare < 0.2


def test_every_command_of_the_table_exists_and_explains_itself(home: Home) -> None:
    code = """
import click
from havenclient.cli import table
_BRIEF = ("limit", "count")
from havenclient.cli.app import haven
ctx = click.Context(haven, info_name="haven")
for name in table.rows():
    command = haven.get_command(ctx, name)
    assert command.name == name, (command.name, name)
    stack = [command]
    while stack:
        one = stack.pop()
        assert one.help, one.name
        for param in one.params:
            told = isinstance(param, click.Argument) or param.help or param.name in _BRIEF
            assert told, (name, param.name)
        stack += getattr(one, "commands", {}).values()
for name in table.ALIASES:
    assert haven.get_command(ctx, name)
"""
    done = python(home, code)
    assert done.returncode == 0, done.stderr
    assert len(table.rows()) > 35


def test_a_process_is_hardened_before_anything_else(home: Home) -> None:
    code = """
import ctypes, os, resource, sys
from havenclient import hygiene
hygiene.harden()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
print(oct(os.umask(0)), [name for name in os.environ if name.startswith("TEXTUAL")])
"""
    done = python(home, code, TEXTUAL_LOG="/tmp/keys", TEXTUAL="devtools", TEXTUAL_DEBUG="1")
    assert done.stdout.splitlines() == ["(0, 0) 0", "0o77 []"]


def test_a_crash_says_one_sentence_and_no_value(home: Home) -> None:
    code = """
from havenclient import hygiene
hygiene.harden()
{debug}
secret = "zanzibarine"
def inner(text):
    raise ValueError("about " + text)
inner(secret)
"""
    plain = python(home, code.format(debug=""))
    assert plain.returncode == 1
    assert plain.stderr.strip() == hygiene.CRASH
    more = python(home, code.format(debug="hygiene.show_places_of_crashes()"))
    assert "ValueError" in more.stderr
    assert "in inner" in more.stderr
    assert "zanzibarine" not in more.stderr + plain.stderr
    assert "Traceback" not in more.stderr + plain.stderr


def test_a_crash_inside_a_command_is_caught_too(home: Home) -> None:
    code = """
import sys
from havenclient.cli import app
from havenclient.cli.session import Session
def broken(self): raise RuntimeError("zanzibarine")
Session.settings = property(broken)
sys.exit(app.run(["config", "check", *sys.argv[1:]]))
"""
    done = python(home, code)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", hygiene.CRASH)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_secret_stands_in_the_process_list_or_the_environment(vault_home: Home) -> None:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ["haven", "--passphrase-fd", str(reader), "new", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=vault_home.environment,
        cwd=vault_home.work,
        pass_fds=(reader,),
    )
    os.close(reader)
    os.write(writer, PASSPHRASE.encode() + b"\n")
    os.close(writer)
    proc = Path("/proc") / str(process.pid)
    # The vault's lock shows that the passphrase is in; the process now waits for the text.
    lock = vault_home.vault / "vault.lock"
    while str(process.pid) not in lock.read_text():
        assert process.poll() is None
        os.sched_yield()
    seen = (proc / "cmdline").read_bytes()
    try:
        seen += (proc / "environ").read_bytes()
    except PermissionError:
        assert os.geteuid() != 0  # not dumpable: closed to everybody but root
    if os.geteuid() == 0:
        assert (proc / "environ").stat().st_uid == 0
    assert b"Max core file size        0                    0" in (proc / "limits").read_bytes()
    out, err = process.communicate(b"zanzibarine words\n", timeout=60)
    assert process.returncode == 0, err
    assert out.strip()
    assert PASSPHRASE.encode() not in seen
    vault_home.assert_no_trace("zanzibarine")


def test_a_reader_that_has_enough_ends_quietly(vault_home: Home) -> None:
    for _ in range(2):
        run(vault_home, "--passphrase-file", "pw", "new", "-", stdin="words\n")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        ["haven", "--passphrase-file", "pw", "list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=vault_home.environment,
        cwd=vault_home.work,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_answer_that_finds_no_room_or_nobody(vault_home: Home) -> None:
    """A full disk behind `>` is said; a stream that the caller closed goes nowhere, as asked."""
    run(vault_home, "--passphrase-file", "pw", "new", "-", stdin="words\n")
    full, closed = (
        subprocess.run(
            ["sh", "-c", f"exec haven --passphrase-file pw list {end}"],
            env=vault_home.environment, cwd=vault_home.work, capture_output=True, text=True,
        )
        for end in ("> /dev/full", ">&-")
    )  # fmt: skip
    assert full.returncode == 5
    assert full.stderr.startswith("haven: error: the answer can't be written where it should go")
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, "", "")


@pytest.mark.parametrize("words", [("key",), ("key", "frob"), ("export", "pdf", "x")])
def test_what_may_stand_there_is_said(vault_home: Home, words: tuple[str, ...]) -> None:
    done = run(vault_home, *words)
    assert done.returncode == 2
    assert "takes one of" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_stops_it_in_order(vault_home: Home, sent: signal.Signals) -> None:
    process = subprocess.Popen(
        ["haven", "--passphrase-file", "pw", "new", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=vault_home.environment,
        cwd=vault_home.work,
    )
    lock = vault_home.vault / "vault.lock"
    while str(process.pid) not in lock.read_text():
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(sent)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"haven: stopped\n")


SWALLOWED = """
import time
from havenclient import hygiene
hygiene.harden()
class Row(list):
    def __del__(self):
        {raised}
try:
    row = Row(["MARKER-WORDS"])
    del row
    time.sleep(0.5)
    print("went on")
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize(
    ("raised", "printed"),
    [("raise KeyboardInterrupt", "stopped\n"), ("raise ValueError(*self)", "went on\n")],
)
def test_what_c_code_swallows_is_not_printed_and_a_stop_is_not_lost(
    home: Home, raised: str, printed: str
) -> None:
    done = python(home, SWALLOWED.format(raised=raised))
    assert (done.stdout, done.stderr) == (printed, "")


def test_the_passphrase_can_come_with_the_text(vault_home: Home) -> None:
    text = f"{PASSPHRASE}\nThe words after it\n"
    done = run(vault_home, "--passphrase-fd", "0", "new", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    shown = run(vault_home, "--passphrase-file", "pw", "show", "last", "--raw")
    assert shown.stdout == "The words after it\n"


def test_text_that_could_act_on_a_terminal_comes_out_as_marks(vault_home: Home) -> None:
    hostile = "\x1b]52;c;aGk=\x07 \x9b2J \u202eabc"
    done = run(vault_home, "--passphrase-file", "pw", "new", "-", "-t", "tag", stdin=hostile)
    assert done.returncode == 0
    for words in (["list"], ["show", "last"], ["search", "abc"], ["history", done.stdout.strip()]):
        shown = run(vault_home, "--passphrase-file", "pw", *words).stdout
        assert shown
        for sign in "\x1b\x07\x9b\u202e":
            assert sign not in shown, words
    as_json = run(vault_home, "--passphrase-file", "pw", "show", "last", "--json").stdout
    assert as_json.isascii()
    import json

    assert json.loads(as_json)["entries"][0]["body"] == hostile


def test_a_locale_without_utf8_loses_nothing_and_raises_nothing(vault_home: Home) -> None:
    environment = vault_home.environment | {"PYTHONIOENCODING": "ascii:strict", "LANG": "C"}
    subprocess.run(
        ["haven", "--passphrase-file", "pw", "new", "-"],
        input="東京 Łódź".encode(),
        env=environment,
        cwd=vault_home.work,
        check=True,
        capture_output=True,
    )
    shown = run(vault_home, "--passphrase-file", "pw", "show", "last", "--raw")
    assert shown.stdout == "東京 Łódź\n"
    listed = subprocess.run(
        ["haven", "--passphrase-file", "pw", "list"],
        env=environment,
        cwd=vault_home.work,
        check=False,
        capture_output=True,
    )
    assert (listed.returncode, listed.stderr) == (0, b"")


def test_standard_input_that_is_not_text_is_refused(vault_home: Home) -> None:
    done = subprocess.run(
        ["haven", "--passphrase-file", "pw", "new", "-"],
        input=b"\xff\xfe\x00z",
        env=vault_home.environment,
        cwd=vault_home.work,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 2
    assert done.stderr == b"haven: error: standard input is not UTF-8 text\n"


# --- secrets, in this process --------------------------------------------------------------------


def test_a_secret_is_one_line_and_can_be_wiped(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_bytes("pass wörd\r\nsecond line\n".encode())
    file.chmod(0o600)
    secret = hygiene.secret_from_file(file)
    assert secret.text() == "pass wörd"
    assert "wörd" not in repr(secret)
    secret.wipe()
    assert secret._bytes == bytes(len(secret))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_passphrase_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "pw"
    file.write_text("words")
    file.chmod(mode)
    with pytest.raises(SafetyRefusal):
        hygiene.secret_from_file(file)


def test_a_pipe_or_folder_is_no_passphrase_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(SafetyRefusal):
            hygiene.secret_from_file(path)


def test_bad_secrets_are_said_plainly(tmp_path: Path) -> None:
    def given(content: bytes) -> hygiene.Secret:
        file = tmp_path / "pw"
        file.write_bytes(content)
        file.chmod(0o600)
        return hygiene.secret_from_file(file)

    with pytest.raises(LockedError):
        given(b"").text()
    with pytest.raises(UsageError):
        given(b"\xff\xfe").text()
    with pytest.raises(UsageError):
        given(b"x" * 5000)
    assert given(b"x" * hygiene.MAX_SECRET).text() == "x" * hygiene.MAX_SECRET


def test_a_very_long_text_is_shown_whole(vault_home: Home) -> None:
    text = "\n".join(f"line {number} of a long text" for number in range(12_000))
    assert run(vault_home, "--passphrase-file", "pw", "new", "-", stdin=text).returncode == 0
    shown = run(vault_home, "--passphrase-file", "pw", "show", "last").stdout
    assert shown.endswith(text + "\n")


def test_doctor_says_what_is_wrong_and_nothing_of_the_content(vault_home: Home) -> None:
    import json

    run(vault_home, "--passphrase-file", "pw", "new", "-", "-t", "secrettag", stdin="zanzibarine")
    done = run(vault_home, "--passphrase-file", "pw", "doctor", "--damage", "--json")
    answer = json.loads(done.stdout)
    findings = {one["name"]: one for one in answer["findings"]}
    assert findings["damage"]["value"] == "none found"
    assert findings["encrypted"]["value"] == "yes"
    assert findings["vault files"]["value"] == "private"
    assert "secrettag" not in done.stdout + done.stderr
    assert "zanzibarine" not in done.stdout + done.stderr
    (vault_home.vault / "vault.haven").chmod(0o644)
    plain = run(vault_home, "doctor")
    assert plain.returncode == 1
    assert "vault files: vault.haven (look at this: chmod go=)" in plain.stdout.splitlines()


def test_doctor_finds_a_forged_log_a_lost_file_and_a_strange_note(vault_home: Home) -> None:
    import json

    from havenclient.vault import Passphrase, VaultPaths, unlock

    (vault_home.work / "pic.png").write_bytes(b"picture")
    run(vault_home, "--passphrase-file", "pw", "new", "-", stdin="words")
    run(vault_home, "--passphrase-file", "pw", "attach", "last", "pic.png")
    (blob,) = (vault_home.vault / "blobs").iterdir()
    blob.unlink()
    (vault_home.vault / "inbox" / f"{0:016x}-{0:016x}.quick").write_bytes(b"from elsewhere")
    with unlock(
        VaultPaths(vault_home.vault), Passphrase(PASSPHRASE), state_dir=vault_home.state
    ) as vault:
        vault.db.execute("UPDATE vault_log SET kind = 'other' WHERE idx = 1")
    done = run(vault_home, "--passphrase-file", "pw", "doctor", "--damage", "--json")
    assert done.returncode == 1
    findings = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert findings["log"]["value"] == "does not follow at record 1"
    assert findings["attachments missing"]["value"] == "1"
    assert findings["quick notes that no key opens"]["value"] == "1"
    assert not any(
        findings[name]["good"]
        for name in ("log", "attachments missing", "quick notes that no key opens")
    )
    assert findings["damage"]["good"]


def test_a_damaged_vault_is_said_and_not_called_a_wrong_passphrase(vault_home: Home) -> None:
    for name in ("vault.haven", "vault.haven.1"):
        header = vault_home.vault / name
        header.write_bytes(header.read_bytes()[:200])
    done = run(vault_home, "--passphrase-file", "pw", "list")
    assert done.returncode == 5
    assert done.stderr.startswith("haven: error: ")
    assert "Traceback" not in done.stderr


def test_settings_open_in_the_persons_editor(home: Home) -> None:
    editor = home.root / "person" / "ed"
    editor.write_text('#!/bin/sh\nprintf "[look]\\ntheme = \\"hotdog\\"\\n" > "$1"\n')
    editor.chmod(0o700)
    done = subprocess.run(
        ["haven", "config", "edit"],
        env=home.environment | {"VISUAL": str(editor)},
        cwd=home.work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.startswith("haven: note: look.theme takes one of haven-dusk")
    assert (home.haven / "config" / "config.toml").stat().st_mode & 0o777 == 0o600


def test_commands_that_write_at_the_same_time_wait_for_each_other(vault_home: Home) -> None:
    """A pipe gives its words once: a command that gives up at once has lost them."""
    words = ["haven", "--passphrase-file", "pw", "--no-input", "new", "-"]
    running = [
        subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=vault_home.environment,
            cwd=vault_home.work,
            start_new_session=True,
        )
        for _ in range(4)
    ]
    for number, one in enumerate(running):
        assert one.stdin is not None
        one.stdin.write(f"parallel {number}\n")
        one.stdin.close()
    for one in running:
        assert one.stdout is not None
        said = one.stdout.read()
        assert one.wait(timeout=60) == 0, said
    found = run(vault_home, "--passphrase-file", "pw", "search", "--count", "parallel")
    assert found.stdout.strip() == "4"


def test_a_screen_that_stays_open_is_not_waited_for(vault_home: Home) -> None:
    holder = python(
        vault_home,
        """
import json, time, fcntl, sys, subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from havenclient.paths import Places
import os
root = Places.default(os.environ).vault
with open(root / "vault.lock", "r+b") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    since = datetime.now(UTC) - timedelta(minutes=5)
    lock.write(json.dumps({"pid": 1, "host": "h", "since": since.isoformat()}).encode().ljust(512))
    lock.flush()
    began = time.monotonic()
    done = subprocess.run(
        ["haven", "--passphrase-file", "pw", "--no-input", "new", "words"],
        capture_output=True, text=True, check=False,
    )
    print(done.returncode, time.monotonic() - began < 8, done.stderr)
""",
    )
    assert holder.stdout.startswith("5 True"), holder.stdout + holder.stderr
    assert "open in another Haven" in holder.stdout


@pytest.mark.parametrize("wrong", [("-j", "elsewhere"), ("--note", "n" * 300)])
def test_what_is_wrong_is_said_before_the_words_are_read(
    vault_home: Home, wrong: tuple[str, str]
) -> None:
    """Whoever types an entry to its end must not hear only then that it can't be kept."""
    asked = subprocess.Popen(
        ["haven", "--passphrase-file", "pw", "--no-input", "new", "-", *wrong],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=vault_home.environment,
        cwd=vault_home.work,
        start_new_session=True,
    )
    assert asked.wait(timeout=30) == 2, "nothing was typed yet, and it ended"
