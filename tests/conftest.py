"""Fixtures that every room may use: a computer of one's own, with or without a vault.

`home` and `vault_home` are `tests.homes.Home`; its `assert_no_trace` looks through every file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes import PASSPHRASE, Home, make_home

ROOMY = 4 * 2**30
"""Bytes free in memory's own file system before tests use it."""


def pytest_configure(config: pytest.Config) -> None:
    """Tests' folders lie in memory where there is room for them and programs in it may run.

    Half of many tests' time was waiting for a disk to sync. What must be shown of disks (full,
    read-only, losing power) is shown on disks that those tests make for themselves.
    """
    memory = Path("/dev/shm")
    if config.option.basetemp or os.environ.get("PYTEST_DEBUG_TEMPROOT") or not memory.is_mount():
        return
    found = os.statvfs(memory)
    if found.f_bavail * found.f_frsize >= ROOMY and not found.f_flag & os.ST_NOEXEC:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(memory)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A computer without a vault."""
    return make_home(tmp_path / "home")


@pytest.fixture(scope="session")
def vault_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A vault with weak key stretching, made once by the API (never by a setting) and copied."""
    from havenclient.vault import KdfParams, VaultPaths, create

    root = tmp_path_factory.mktemp("template")
    vault, code = create(
        VaultPaths(root / "journal"),
        PASSPHRASE,
        state_dir=root / "state",
        kdf=KdfParams.weak_for_tests(),
    )
    (root / "code").write_text(code)
    vault.close()
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def vault_home(home: Home, vault_template: Path) -> Home:
    """A computer with an empty vault that opens at once with `PASSPHRASE`."""
    home.vault.parent.mkdir(parents=True, mode=0o700)
    shutil.copytree(vault_template / "journal", home.vault)
    shutil.copytree(vault_template / "state", home.state)
    code = home.work / "code"
    code.write_text((vault_template / "code").read_text() + "\n")
    code.chmod(0o600)
    return home
