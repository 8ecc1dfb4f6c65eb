"""From the shell into the screens and back: what `haven` hands over, and what follows a lock.

Theory of operation. Python cannot wipe a `str`: passphrases, keys in hex and entry text stay in
freed memory after they were dropped (measured: 3 of 3 copies). What it can do is to stop being
that process. So a lock saves the draft, closes the vault, leaves the screen, and then `execv`s the
same program with the same options and `--locked`: the kernel drops the whole old address space, and
what comes up is a process that has never seen the passphrase. The new process gets nothing from the
old one but the options that the person typed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

from havenclient.ui.launch import Launch

CRASH_SENTENCE = (
    "Haven stopped because of a mistake in Haven. What was saved is safe; "
    "a draft is at most a few seconds old. Nothing about it was written anywhere."
)


def drop_textual_environment(environment: MutableMapping[str, str]) -> None:
    """`TEXTUAL_LOG` writes every key typed to a file, passphrases too: before `import textual`."""
    for name in [name for name in environment if name.startswith("TEXTUAL")]:
        del environment[name]


def replacement(options: tuple[str, ...]) -> list[str]:
    """The command that takes this process's place. `-P`: never import from the current folder."""
    kept = [option for option in options if option != "--locked"]
    return [sys.executable, "-P", "-m", "havenclient", *kept, "--locked"]


def clear_alternate_screen() -> None:
    """Terminals and tmux may keep the alternate screen's last picture: enter it, clear, leave."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[?1049h\x1b[2J\x1b[H\x1b[?1049l\x1b[23;0t")
        sys.stdout.flush()


def run(launch: Launch) -> int:
    """Open Haven; returns the process's exit code, or does not return (after a lock)."""
    drop_textual_environment(os.environ)
    from havenclient.ui.app import HavenApp, Outcome

    app = HavenApp(launch)
    outcome = app.run(mouse=launch.settings.look.mouse)
    clear_alternate_screen()
    if app.crashed:
        print(f"haven: error: {CRASH_SENTENCE}", file=sys.stderr)  # noqa: T201
        if app.crash_place:
            print(app.crash_place, file=sys.stderr)  # noqa: T201
        return 1
    if outcome is Outcome.LOCK:
        sys.stdout.flush()
        sys.stderr.flush()
        command = replacement(launch.options)
        os.execv(command[0], command)  # noqa: S606
    return app.return_code or 0
