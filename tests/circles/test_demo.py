"""`make demo` plays to its end, shows what it promises, and can be looked around in afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.relay.harness import Relay

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_to_its_end_and_leaves_a_circle_to_look_at(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--keep"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "the process ended with -9" in said
    assert "Marigold removed you from this circle" in said
    assert "none of them is there" in said
    seen_by_rosemary = said.split("What Rosemary sees")[1].split("──")[1]
    assert "Only I can read this." not in seen_by_rosemary

    (folder,) = tmp_path.glob("haven-demo-*")
    port = int(re.findall(r"--listen 127\.0\.0\.1:(\d+)", said)[0])
    relay = Relay(folder / "relay", port=port)
    with relay:
        looked = subprocess.run(
            [sys.executable, "-m", "havenclient", "--passphrase-file", folder / "marigold" / "pw",
             "sync"],
            env=os.environ | {"HAVEN_HOME": str(folder / "marigold")},
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
    assert (looked.returncode, "tried again" in looked.stderr) == (0, False), looked.stderr
