"""`haven help [TOPIC]`: pages to read in the terminal, offline. Each is a text file in topics/."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from havenclient.cli import table
from havenclient.cli.options import pass_session
from havenclient.cli.session import Session
from havenclient.errors import NotFound

FOLDER = Path(__file__).parent.parent / "topics"


def topics() -> dict[str, str]:
    """Name -> first line, by name."""
    found = {}
    for file in sorted(FOLDER.glob("*.txt")):
        with file.open(encoding="utf-8") as stream:
            found[file.stem] = stream.readline().strip()
    return found


@click.command("help")
@click.argument("topic", required=False)
@pass_session
def help_(session: Session, topic: str | None) -> None:
    """Pages to read. Without a topic, the list of them."""
    known = topics()
    if topic is None:
        for name, title in known.items():
            session.out.line(f"{name}: {title}")
        session.out.say("`haven help TOPIC` shows one; `haven COMMAND --help` explains a command.")
        return
    name = topic.casefold()
    if name in known:
        session.out.text((FOLDER / f"{name}.txt").read_text("utf-8").rstrip("\n"))
        return
    name = table.ALIASES.get(name, name)
    root = click.get_current_context().find_root()
    if name in table.rows() and isinstance(root.command, click.Group):
        command = root.command.get_command(root, name)
        assert command is not None
        with click.Context(command, info_name=name, parent=root) as inner:
            session.out.text(command.get_help(inner))
        return
    near = get_close_matches(name, [*known, *table.rows()], 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "`haven help` lists them"
    raise NotFound("there is no page of that name", hint)
