"""The relay and the client share `wire`, `errors` and `seams`, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHARED = {"havenclient", "havenclient.wire", "havenclient.errors", "havenclient.seams"}


def loaded(module: str) -> set[str]:
    """What a fresh interpreter has loaded after importing one module."""
    code = f"import {module}, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_server_loads_no_room_of_the_client() -> None:
    modules = loaded("havenclient.relay.server, havenclient.relay.commands")
    ours = {name for name in modules if name.partition(".")[0] == "havenclient"}
    assert {name for name in ours if not name.startswith("havenclient.relay")} <= SHARED


@pytest.mark.parametrize("heavy", ["uvicorn", "starlette", "apsw", "asyncio"])
def test_the_commands_load_only_what_they_need(heavy: str) -> None:
    assert heavy not in loaded("havenclient.relay.commands, havenclient.wire")


def test_the_rules_load_no_input_and_no_clock() -> None:
    modules = loaded("havenclient.relay.rules")
    assert not modules & {"socket", "asyncio", "apsw", "sqlite3", "random", "secrets", "datetime"}
