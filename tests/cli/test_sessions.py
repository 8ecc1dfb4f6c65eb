"""The command line as an API: the sessions in `sessions/*.txt`, run against the real `haven`.

Every text that a session gives to Haven holds the word zanzibarine; afterwards no file below the
person's computer may hold it, except what the session itself says is plain.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import sessions
from tests.homes import PASSPHRASE, Home

FOLDER = Path(__file__).parent / "sessions"
MARKER = "zanzibarine"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_session(path: Path, request: pytest.FixtureRequest) -> None:
    script = sessions.read(path)
    home: Home = request.getfixturevalue("vault_home" if script.with_vault else "home")
    sessions.run(script, home)
    plain = [home.work / name for name in script.plain]
    home.assert_no_trace(MARKER, without=plain)
    home.assert_no_trace(PASSPHRASE, without=[home.passphrase_file, *plain])


def test_a_session_that_is_wrong_fails(vault_home: Home, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    for text in (
        "$ haven nonsense\n! ...\n",
        "$ haven config get look.theme\n> something else\n",
        "$ haven config get look.theme\n> haven-dusk\n! more\n",
    ):
        wrong.write_text(text)
        with pytest.raises(AssertionError):
            sessions.run(sessions.read(wrong), vault_home)


def test_the_marker_scan_finds_a_marker(home: Home) -> None:
    (home.root / "tmp" / "left").write_bytes(b"xx" + MARKER.upper().encode("utf-16-le"))
    with pytest.raises(AssertionError):
        home.assert_no_trace(MARKER)
