"""What the UI must never do: load early, know SQL, print locals, listen to TEXTUAL variables."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import havenclient.ui
from havenclient.ui.running import drop_textual_environment, replacement

UI = Path(havenclient.ui.__file__).parent


def fresh(code: str, **env: str) -> str:
    """Run code in a new interpreter; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_importing_the_door_loads_no_textual() -> None:
    code = "import sys, havenclient.ui; print('textual' in sys.modules, 'apsw' in sys.modules)"
    assert fresh(code) == "False False"


def test_textual_variables_are_dropped_before_textual_is_loaded() -> None:
    """TEXTUAL_LOG would write every key typed, passwords too, to a file."""
    code = (
        "import os, sys\n"
        "from havenclient.ui.running import drop_textual_environment\n"
        "assert 'textual' not in sys.modules\n"
        "drop_textual_environment(os.environ)\n"
        "import textual.constants as c\n"
        "print(repr(c.LOG_FILE), [n for n in os.environ if n.startswith('TEXTUAL')])"
    )
    assert fresh(code, TEXTUAL_LOG="/tmp/keys.log", TEXTUAL="devtools") == "None []"


def test_other_variables_stay() -> None:
    environment = {"TEXTUAL_LOG": "x", "TEXT": "y"}
    drop_textual_environment(environment)
    assert environment == {"TEXT": "y"}


def test_no_module_of_the_ui_knows_sql_or_cryptography() -> None:
    """`architecture.md`: ui/ never holds SQL or crypto calls. Words and lengths are allowed."""
    forbidden = ("apsw", "sqlite3", "nacl", "cryptography", "argon2", "pyrage", "havenclient.cli")
    allowed_crypto = {"havenclient.crypto", "havenclient.crypto.words"}
    wrong = []
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module == "havenclient.crypto":
                    names = [f"havenclient.crypto.{alias.name}" for alias in node.names]
                    names = [n for n in names if n not in ("havenclient.crypto.kdf",)]
            wrong += [
                f"{path.name}: {name}"
                for name in names
                if name.startswith(forbidden)
                or (name.startswith("havenclient.crypto") and name not in allowed_crypto)
            ]
    assert wrong == []


def test_widgets_call_nobody() -> None:
    """Widgets show values and post messages; only screens and the app ask the session."""
    wrong = [
        path.name
        for path in (UI / "widgets").glob("*.py")
        if "havenclient.ui.session" in path.read_text("utf-8")
        or "havenclient.ui.app" in path.read_text("utf-8")
    ]
    assert wrong == []


def test_the_process_after_a_lock_gets_the_same_options_and_no_secret() -> None:
    command = replacement(("--journal", "/x", "--locked"))
    assert command[1:] == ["-P", "-m", "havenclient", "--journal", "/x", "--locked"]


def test_a_crash_prints_one_sentence_and_no_locals(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.ui.house import furnish, launch
from havenclient.ui import run
import havenclient.ui.app as app
where = launch(Path({str(tmp_path)!r}))
furnish(where, filled=False)
def on_mount(self):
    secret = "marker-in-a-local"
    raise ZeroDivisionError(secret)
app.HavenApp.on_mount = on_mount
app.HavenApp.is_headless = property(lambda self: True)
import textual.app
real = textual.app.App.run
textual.app.App.run = lambda self, **kw: real(self, headless=True)
sys.exit(run(where))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Haven stopped because of a mistake" in done.stderr
    assert "marker-in-a-local" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 2
