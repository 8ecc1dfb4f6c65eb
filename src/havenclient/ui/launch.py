"""What `haven` hands over to the screens; the way there and back is in `running.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.seams import Clock, Random, SystemClock, SystemRandom

if TYPE_CHECKING:
    from havenclient.config import Settings
    from havenclient.paths import Places
    from havenclient.vault import KdfParams, VaultPaths


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that the screens need from outside."""

    places: Places
    settings: Settings
    paths: VaultPaths
    options: tuple[str, ...] = ()
    """The global options as typed (`--journal PATH` …), given again to the process after a lock."""
    locked: bool = False
    """This process came up after a lock (hidden `--locked`)."""
    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=SystemRandom)
    config_file: Path | None = None
    """`--config PATH`, if given."""
    kdf: KdfParams | None = None
    """Key stretching for a new vault; None calibrates to this computer. Tests pass weak ones."""

    @property
    def settings_file(self) -> Path:
        return self.config_file or self.places.settings_file
