"""Where Haven keeps things on this computer, and how a small private file is written.

Owns the five folders and the one way to replace a small file whole. Never reads a vault and never
decides what goes into one. Every folder that Haven makes is 0700 and every file 0600.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

APP = "haven"
VAULT_FOLDER = "journal"
SETTINGS_FILE = "config.toml"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders. None of them needs to exist yet; `private_folder` makes one when needed."""

    data: Path
    config: Path
    state: Path
    """What this computer remembers about vaults (the rollback notice); safe to lose."""
    cache: Path
    runtime: Path | None
    """Memory-backed folder of the session (XDG_RUNTIME_DIR/haven), if the system has one."""

    @classmethod
    def default(cls, env: Mapping[str, str]) -> Places:
        """`HAVEN_HOME` holds everything in one folder (portable use, tests); else the system's
        own folders by platformdirs, which reads the XDG variables of the process itself."""
        runtime_root = env.get("XDG_RUNTIME_DIR", "")
        runtime = Path(runtime_root) / APP if Path(runtime_root or "-").is_absolute() else None
        if home := env.get("HAVEN_HOME"):
            root = typed_path(home).absolute()
            return cls(root / "data", root / "config", root / "state", root / "cache", runtime)
        from platformdirs import PlatformDirs

        dirs = PlatformDirs(APP, appauthor=False)
        return cls(
            dirs.user_data_path,
            dirs.user_config_path,
            dirs.user_state_path,
            dirs.user_cache_path,
            runtime,
        )

    @property
    def vault(self) -> Path:
        """The folder of the default vault."""
        return self.data / VAULT_FOLDER

    @property
    def settings_file(self) -> Path:
        return self.config / SETTINGS_FILE


def typed_path(text: str | Path) -> Path:
    """A path as a person gives it: `~` is her home. `~name` of nobody here stays as it is, as in a
    shell, and is then simply not there; `Path.expanduser` would raise a RuntimeError."""
    return Path(os.path.expanduser(text))  # noqa: PTH111


def private_folder(path: Path) -> Path:
    """`path` as a folder that only its owner can enter; folders made on the way are 0700 too."""
    missing = [step for step in (path, *path.parents) if not step.exists()]
    for step in reversed(missing):
        with suppress(FileExistsError):  # another Haven was faster
            step.mkdir(mode=0o700)
    return path


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`, 0600, whole or not at all (temporary file, fsync, rename).

    A link is followed, so that a settings file kept elsewhere and linked stays a link.
    Raises OSError; callers map it.
    """
    target = path.resolve()
    private_folder(target.parent)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
