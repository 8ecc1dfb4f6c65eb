"""A backup takes along who one is in each circle; after a restore the hosts let one back in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from havenclient.circles.circle import Standing
from tests.circles.conftest import UNHURRIED
from tests.circles.kit import CIRCLE, PASSPHRASE, Town
from tests.homes import make_home
from tests.relay.harness import Relay


def test_circles_come_back_with_the_journal(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    secret = home.work / "secret"
    secret.touch(0o600)
    secret.write_text(PASSPHRASE + "\n")
    (home.work / "copies").mkdir()

    def haven(journal: Path, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "havenclient", "--no-input", "--journal", str(journal),
             "--passphrase-file", "secret", *words],
            cwd=home.work, env=home.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    with Relay(tmp_path / "relay", env=UNHURRIED) as relay:
        town = Town(tmp_path / "town", relay.url)
        mara, idris = town.circle_of("mara", "idris")
        ratchet = idris.state().own_secret
        idris.say("Before the disk broke.")
        idris.sync()
        mara.sync()
        pseudonym = idris.row().pseudonym
        idris.close()
        key = ("--key-passphrase-file", "secret")
        haven(idris.root / "journal", "backup", "copies", *key)
        (archive,) = (home.work / "copies").glob("haven-2*.tar.age")
        assert ratchet not in archive.read_bytes()

        again = town.person("idris-again")  # on a computer where there is no folder for it yet
        done = haven(
            again.root / "journal", "restore", str(archive), *key,
            "--new-passphrase-file", "secret", "--json",
        )  # fmt: skip
        assert json.loads(done.stdout)["circles"] == [CIRCLE]
        assert f"the circle {CIRCLE} waits; `haven circle return NAME` asks" in done.stderr
        assert again.circles.get(CIRCLE).standing is Standing.RETURNING

        again.circles.ask_back(CIRCLE)
        again.sync()
        mara.sync()
        (knock,) = mara.circles.knocks(CIRCLE)
        assert (knock.name, knock.returns) == ("idris", True)
        mara.circles.admit(CIRCLE, knock.no)
        mara.sync()
        again.sync()
        assert again.circles.get(CIRCLE).standing is Standing.ACTIVE
        assert again.row().pseudonym == pseudonym
        again.say("Here again.")
        again.sync()
        mara.sync()
        assert mara.texts() == ["Before the disk broke.", "Here again."]
        town.close()
