"""What `deploy/` hands out: the unit, the image and the onion recipe fit the program they start.

nginx and Caddy are tried in test_proxies.py.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

from havenclient.relay.settings import ENV, Settings

from .harness import Relay

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "haven-relay.service"
PROGRAM = "/opt/haven/bin/haven-relay"


def tool(name: str, package: str) -> str:
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt install {package})")
    return found


# --- systemd --------------------------------------------------------------------------------------


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze", "systemd")
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_the_recipe_for_its_own_certificate_fits_the_unit_and_the_settings(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze", "systemd")
    unit = UNIT.read_text().replace(PROGRAM, "/bin/true")
    recipe = unit[unit.index("#   [Service]") : unit.index("\n[Unit]")].replace("#   ", "")
    here = tmp_path / UNIT.name
    here.write_text(unit.replace("[Service]\nType", recipe + "Type"))
    done = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    given = set(re.findall(r"^LoadCredential=([^:]+):", recipe, re.MULTILINE))
    assert set(re.findall(r"%d/(\S+)", recipe)) == given
    names = re.findall(rf"{ENV}(\w+?)_(\w+)=", recipe)
    settings = Settings()
    assert len(names) == 3
    assert all(hasattr(getattr(settings, a.lower()), b.lower()) for a, b in names)


def test_systemd_rates_the_unit_as_well_confined() -> None:
    """1.1 of 10 with systemd 252; the rest is that it may use the network."""
    analyze = tool("systemd-analyze", "systemd")
    command = [analyze, "security", "--offline=true", "--threshold=15", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def allowed(analyze: str, group: str) -> set[str]:
    listed = subprocess.run([analyze, "syscall-filter", group], capture_output=True, text=True)
    calls: set[str] = set()
    for line in listed.stdout.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            calls |= allowed(analyze, name)
        elif name and not name.startswith("#"):
            calls.add(name)
    return calls


def test_the_relay_needs_no_system_call_that_the_unit_forbids(tmp_path: Path) -> None:
    analyze, strace = tool("systemd-analyze", "systemd"), tool("strace", "strace")
    filters = re.findall(r"^SystemCallFilter=(~?)(.+)$", UNIT.read_text(), re.MULTILINE)
    may: set[str] = set()
    for negative, groups in filters:
        for group in groups.split():
            may = may - allowed(analyze, group) if negative else may | allowed(analyze, group)
    assert len(may) > 100
    trace = tmp_path / "trace"
    before = [strace, "-f", "-qq", "-o", str(trace)]
    with Relay(tmp_path, before=before) as relay:
        children = Path(f"/proc/{relay.pid}/task/{relay.pid}/children").read_text().split()
        log = relay.log()
        assert log.append(b"x" * 5000).status_code == 201
        stream = log.events()
        assert next(stream)[2]
        assert log.close_slice().status_code == 201
        assert len(log.entries(token=log.tokens[0])) == 2
        assert log.delete().status_code == 204
        os.kill(int(children[0]), signal.SIGTERM)
        assert relay.wait() == 0
    used = set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)[( ]", trace.read_text(), re.MULTILINE))
    assert len(used) > 30
    # SQLite hands its files to the owner of the database when it runs as root; the unit does not.
    assert used - may <= {"fchown"}


# --- the image ------------------------------------------------------------------------------------


def instructions(text: str) -> list[tuple[str, str]]:
    joined = text.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_made_of_files_that_exist_and_starts_a_program_that_exists() -> None:
    steps = instructions((DEPLOY / "Containerfile").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, rest in steps:
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
    (install,) = [rest for name, rest in steps if name == "RUN" and "pip" in rest]
    assert "'.[relay]'" in install
    assert "relay" in project["optional-dependencies"]
    entry = dict(steps)["ENTRYPOINT"]
    assert entry == f'["{PROGRAM}"]'
    assert "haven-relay" in project["scripts"]
    # Hatchling reads these to build the wheel; without them the first RUN fails.
    copied = " ".join(rest for name, rest in steps if name == "COPY")
    assert project["readme"] in copied
    for pattern in project["license-files"]:
        assert pattern in copied


def test_the_image_runs_as_nobody_special_and_keeps_data_where_it_says() -> None:
    steps = instructions((DEPLOY / "Containerfile").read_text())
    last = dict(steps)
    assert last["USER"] == "haven"
    assert [name for name, _ in steps].index("USER") < [name for name, _ in steps].index("VOLUME")
    assert f"{ENV}DATA={last['VOLUME']} " in last["ENV"]
    assert last["CMD"] == '["serve"]'
    listen = re.search(rf"{ENV}NET_LISTEN=(\S+)", last["ENV"])
    assert listen is not None
    assert listen[1].rpartition(":")[2] == last["EXPOSE"]
    # The operator's listener is not reachable from outside, and the health check asks it.
    assert Settings().net.operator in last["HEALTHCHECK"]
    assert last["STOPSIGNAL"] == "SIGTERM"


# --- the onion service ----------------------------------------------------------------------------


def test_tor_takes_the_recipe(tmp_path: Path) -> None:
    tor = tool("tor", "tor")
    recipe = (DEPLOY / "onion-service.md").read_text()
    lines = re.findall(r"^ {7}(\w+ .+)$", recipe, re.MULTILINE)
    assert any(line.startswith("HiddenServicePort 80 " + Settings().net.listen) for line in lines)
    data = tmp_path / "tor"
    data.mkdir(mode=0o700)
    torrc = tmp_path / "torrc"
    text = "\n".join([f"DataDirectory {data}", "SocksPort 0", *lines, ""])
    torrc.write_text(text.replace("/var/lib/tor/haven-relay/", f"{tmp_path}/service/"))
    command = [tor, "-f", str(torrc), "--defaults-torrc", os.devnull, "--verify-config"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "Configuration was valid" in done.stdout
    warnings = [line for line in done.stdout.splitlines() if "[warn]" in line]
    assert [w for w in warnings if "root" not in w] == []


def test_the_unit_starts_the_relay_where_its_comment_says() -> None:
    unit = UNIT.read_text()
    (start,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    (state,) = re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE)
    words = shlex.split(start)
    assert words[:2] == [PROGRAM, "serve"]
    assert words[words.index("--data") + 1] == f"/var/lib/{state}"
    (files,) = re.findall(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)
    assert int(files) >= Settings().net.connections + 100
