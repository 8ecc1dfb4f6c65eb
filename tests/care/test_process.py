"""`haven care` and `haven safety` as processes: without a vault, with one, and what they load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import Home


def haven(home: Home, *words: str, stdin: str = "", vault: bool = False) -> tuple[int, str, str]:
    key = ["--passphrase-file", str(home.passphrase_file)] if vault else []
    done = subprocess.run(
        [sys.executable, "-P", "-m", "havenclient", "--no-input", *key, *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=home.work,
        env=home.environment,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_library_needs_no_vault(home: Home) -> None:
    code, out, _ = haven(home, "care", "list")
    assert code == 0 and "box_breathing" in out and "what-kind" in out and "phq9" in out
    code, out, _ = haven(home, "care", "show", "limits")
    assert code == 0 and "Peers, not treatment" in out and "Evidence: values" in out
    code, out, _ = haven(home, "care", "show", "nonsense")
    assert code == 1 and out == ""
    assert not home.vault.exists()


def test_json_of_the_library_has_source_date_and_evidence(home: Home) -> None:
    code, out, _ = haven(home, "care", "list", "--json")
    items = json.loads(out)["items"]
    assert code == 0 and len([one for one in items if one["kind"] == "exercise"]) == 17
    assert all(one["source"] and one["date"] and one["evidence"] for one in items)


def test_an_exercise_in_the_terminal_ends_by_itself(home: Home) -> None:
    code, out, _ = haven(home, "care", "exercise", "long_out", "--minutes", "0.1")
    lines = out.splitlines()
    assert code == 0 and "in, 3" in lines and "out, 7" in lines and lines[-1] == "That is all."


def test_ctrl_c_stops_an_exercise_calmly(home: Home) -> None:
    import signal
    import time

    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "havenclient", "care", "exercise", "box_breathing"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=home.environment,
        cwd=home.work,
    )
    assert running.stdout is not None
    deadline = time.monotonic() + 30
    while running.stdout.readline() != "in, 4\n":
        assert time.monotonic() < deadline
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 0 and "Stopped. That is fine." in out and "Traceback" not in err


def test_the_support_card_stands_before_the_number(home: Home) -> None:
    answers = "0,0,0,0,0,0,0,0,1"
    code, out, _ = haven(home, "care", "check", "phq9", "--no-keep", "--answers", answers)
    assert code == 0
    assert out.index("Would any of these help") < out.index("findahelpline") < out.index("1 of 27")
    assert "common on ordinary weeks" not in out


def test_a_kept_check_comes_back_in_its_history(vault_home: Home) -> None:
    code, _, _ = haven(vault_home, "care", "check", "phq4", "--answers", "1,1,1,0", vault=True)
    assert code == 0
    code, _, err = haven(vault_home, "care", "check", "phq4", "--answers", "0,0,0,0", vault=True)
    assert code == 1 and "comes back on" in err
    code, out, _ = haven(vault_home, "care", "check", "phq4", "--history", vault=True)
    assert code == 0 and ": 3 of 12" in out


def test_a_tip_is_said_once_where_it_matters_and_once_more_if_wanted(vault_home: Home) -> None:
    def said(*answers: str) -> bool:
        words = ("care", "check", "weather", "--answers", ",".join(answers))
        code, _, err = haven(vault_home, *words, vault=True)
        assert code == 0, err
        return "A tip, once: questions for a professional have a place (haven care ask)." in err

    assert said("2", "1", "3") and not said("2", "1", "3")
    _, out, _ = haven(vault_home, "care", "tips", vault=True)
    assert out.count("not shown yet") == 3 and out.count("shown before") == 1
    haven(vault_home, "care", "tips", "--again", vault=True)
    assert said("2", "1", "3")


def test_from_a_claim_to_a_sheet_of_ticked_lines_only(vault_home: Home) -> None:
    haven(vault_home, "care", "ask", "-", stdin="zanzibarine question", vault=True)
    haven(vault_home, "care", "ask", "--check", "-", stdin="magnesium helps sleep", vault=True)
    code, out, _ = haven(vault_home, "care", "ask", "--tick", "2", "--export", "html", "-",
                         vault=True)  # fmt: skip
    assert code == 0 and "magnesium" in out and "zanzibarine" not in out
    code, _, _ = haven(vault_home, "care", "ask", "--export", "text", "-", vault=True)
    assert code == 2, "nothing is ticked by itself"
    vault_home.assert_no_trace("zanzibarine", "magnesium")


def test_the_plan_is_written_and_read(vault_home: Home) -> None:
    code, _, _ = haven(vault_home, "care", "plan", "--write", "2", "-", stdin="walk", vault=True)
    assert code == 0
    code, out, _ = haven(vault_home, "care", "plan", vault=True)
    assert code == 0 and "2. Things I can do by myself for a while\n   walk" in out
    target = vault_home.work / "plan.html"
    code, _, _ = haven(vault_home, "care", "plan", "--export", "html", str(target), vault=True)
    assert code == 0 and target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words",
    [
        ("care", "map", "--add", "near", "Dad", "--last", "2026-11-03"),
        ("care", "map"),
        ("care", "shelf", "walk by the river"),
        ("care", "shelf"),
        ("care", "limits", "reading-cap", "30"),
        ("care", "limits"),
        ("care", "topics", "--add", "loss"),
        ("care", "names", "--add", "Ann"),
        ("care", "pause"),
        ("care", "later"),
        ("care", "month"),
        ("care", "month", "2026-10", "--more", "walks"),
        ("care", "visits", "--note", "heavier"),
        ("care", "visits"),
        ("care", "tips", "--again"),
        ("care", "tips"),
        ("care", "look", "call 0171 234 5678"),
    ],
    ids=lambda words: "-".join(words[1:3]),
)
def test_every_command_answers_in_lines_and_in_json(
    vault_home: Home, words: tuple[str, ...]
) -> None:
    code, _, err = haven(vault_home, *words, vault=True)
    assert code == 0, err
    command = words[:2]
    if command == ("care", "look"):
        command = words
    code, out, err = haven(vault_home, *command, "--json", vault=True)
    assert code == 0, err
    assert json.loads(out)["version"] == 1


def test_a_line_that_did_not_work_comes_last_where_the_vault_is_asked(vault_home: Home) -> None:
    _, out, _ = haven(vault_home, "safety", "GB", "--json")
    first, second = (one["id"] for one in json.loads(out)["services"][:2])
    note = vault_home.work / "note.txt"
    words = ("safety", "--did-not-work", first, "--note-file", str(note))
    code, out, err = haven(vault_home, *words, vault=True)
    assert code == 0 and "comes last now" in out and "--mine" in err
    assert first in note.read_text("utf-8") and note.stat().st_mode & 0o777 == 0o600
    code, out, _ = haven(vault_home, "safety", "GB", "--mine", "--json", vault=True)
    services = json.loads(out)["services"]
    assert (services[0]["id"], services[-1]["id"]) == (second, first)
    assert services[-1]["did_not_work"] and not services[0]["did_not_work"]
    _, out, _ = haven(vault_home, "safety", "GB", "--json")
    assert json.loads(out)["services"][0]["id"] == first, "without the vault nobody knows it"
    note.unlink()
    vault_home.assert_no_trace(first)
    haven(vault_home, "safety", "--works-again", first, vault=True)
    _, out, _ = haven(vault_home, "safety", "GB", "--mine", vault=True)
    assert "did not work" not in out


def test_without_a_vault_the_note_is_written_all_the_same(home: Home) -> None:
    _, out, _ = haven(home, "safety", "GB", "--json")
    first = json.loads(out)["services"][0]["id"]
    note = home.work / "note.txt"
    code, _, err = haven(home, "safety", "--did-not-work", first, "--note-file", str(note))
    assert code == 0 and note.is_file() and "no vault here" in err


def test_a_country_is_offered_and_never_applied(home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "havenclient", "safety"],
        capture_output=True,
        text=True,
        timeout=60,
        env=home.environment | {"LANG": "en_GB.UTF-8"},
    )
    assert "Samaritans" not in done.stdout and "suggests United Kingdom" in done.stderr


def test_the_library_loads_no_database_no_screens_and_no_network(home: Home) -> None:
    code = (
        "import sys; from havenclient.care import library, helplines, checks, pacing, boundaries, "
        "leaks, service; library.pages(); helplines.first_page('GB'); "
        "print(sorted({'apsw', 'textual', 'rich', 'click', 'httpx', 'nacl'} & set(sys.modules)), "
        "sorted(n for n in sys.modules if n.startswith('havenclient.') and n.split('.')[1] in "
        "('journal', 'circles', 'ui', 'cli', 'sync', 'relay', 'config')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[] []\n", done.stdout + done.stderr


def test_care_imports_only_what_it_may() -> None:
    import ast

    import havenclient.care

    allowed = {"care", "vault", "crypto", "errors", "letters", "paths", "seams", "text", "topics"}
    for path in Path(havenclient.care.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("havenclient."):
                    assert name.split(".")[1] in allowed, f"{path.name}: {name}"
