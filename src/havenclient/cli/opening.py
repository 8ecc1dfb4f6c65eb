"""`haven` without a command: the screens, the numbered menus, or a short help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.cli.terminal import stdin_is_terminal, stdout_is_terminal
from havenclient.errors import ExitCode

if TYPE_CHECKING:
    import click

    from havenclient.cli.session import Screens, Session


def open_haven(ctx: click.Context, session: Session, screens: Screens | None) -> int:
    if not (stdin_is_terminal() and stdout_is_terminal()) or session.options.no_input:
        session.out.say(
            "haven: an encrypted journal. Without a terminal it needs a command:\n"
            "  haven new -      write an entry from standard input\n"
            "  haven list       entries, newest first\n"
            "  haven search     find entries\n"
            "  haven safety     where help is\n"
            "  haven --help     all commands"
        )
        return ExitCode.USAGE
    if session.plain or screens is None:
        from havenclient.cli import menus

        return menus.run(ctx, session)
    return screens(session)
