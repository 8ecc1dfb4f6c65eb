"""Makes the man pages `haven(1)` and `haven-config(5)` from the commands and the settings.

    python -m havenclient.cli.manual docs/man

Run by `make man`; a test compares what is shipped with what this makes, so that the pages never
tell something else than the program does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from havenclient import config
from havenclient.cli import table
from havenclient.cli.app import haven
from havenclient.errors import ExitCode, HavenError

DATE = "November 2026"
EXIT_WORDS = {
    ExitCode.OK: "Done.",
    ExitCode.FAILED: "What was asked for failed: nothing found, something to look at.",
    ExitCode.USAGE: "Usage or settings.",
    ExitCode.NETWORK: "Relay or network; trying again may help.",
    ExitCode.LOCKED: "Locked, or the passphrase is wrong.",
    ExitCode.STORAGE: "Storage is damaged, full or in use.",
    ExitCode.REFUSED: "Refused for safety.",
    ExitCode.INTERRUPTED: "Stopped.",
}


def pages() -> dict[str, str]:
    """File name -> the page in roff."""
    return {"haven.1": haven_1(), "haven-config.5": haven_config_5()}


def haven_1() -> str:
    out = [
        f'.TH HAVEN 1 "{DATE}" "Haven" "User Commands"',
        ".SH NAME",
        r"haven \- an encrypted journal in the terminal",
        ".SH SYNOPSIS",
        r".B haven",
        r"[\fIoptions\fR] [\fIcommand\fR [\fIarguments\fR]]",
        ".SH DESCRIPTION",
        _text(
            "Without a command, haven opens its screens; with --plain, numbered menus "
            "on normal lines. Every view of the screens is a command too. Data goes to standard "
            "output, remarks and errors to standard error; --json prints one object, --jsonl one "
            "a line. Standard input is content; questions go to the terminal."
        ),
        _text("In need of help now: haven safety. It asks for no passphrase and no network."),
        ".SH OPTIONS",
        _text("They may stand before or after the command."),
        *_options(haven),
        ".SH COMMANDS",
    ]
    context = click.Context(haven, info_name="haven")
    for part, rows in table.TABLE.items():
        if rows:
            out.append(f".SS {_escaped(part)}")
        for row in rows:
            try:
                command = haven.get_command(context, row.name)
            except HavenError:
                continue
            if command is not None:
                out += _command(command, f"haven {row.name}", context)
    out.append(".SH EXIT STATUS")
    for code, words in EXIT_WORDS.items():
        out += [".TP", rf"\fB{int(code)}\fR", _text(words)]
    out += [
        ".SH ENVIRONMENT",
        _text("haven help environment lists the variables. Secrets are never read from them."),
        ".SH SEE ALSO",
        r".BR haven-config (5),",
        r".BR age (1)",
    ]
    return "\n".join(out) + "\n"


def haven_config_5() -> str:
    out = [
        f'.TH HAVEN-CONFIG 5 "{DATE}" "Haven" "File Formats"',
        ".SH NAME",
        r"haven-config \- settings of haven",
        ".SH DESCRIPTION",
        _text(
            "A TOML file; haven config path says where it is. Nothing secret belongs in it. A "
            "value that can't be understood is reported and its default holds. Each setting can be "
            "overridden by an environment variable."
        ),
        ".SH SETTINGS",
    ]
    section = ""
    for one in config.fields():
        if one.section != section:
            section = one.section
            out.append(f".SS [{section}]")
        default = config.toml_value(one.default)
        out += [
            ".TP",
            rf"\fB{_escaped(one.name)}\fR = {_escaped(default)}",
            _text(f"{one.sentence} Takes {one.allowed}. Variable: {one.variable}."),
        ]
    out += [".SH SEE ALSO", r".BR haven (1)"]
    return "\n".join(out) + "\n"


def _command(command: click.Command, path: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    out = [".TP", rf"\fB{_escaped(path)}\fR {_escaped(usage)}", _text(command.help or "")]
    options = _options(command)
    if options:
        out += [".RS", *options, ".RE"]
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            out += _command(inner, f"{path} {name}", context)
    return out


def _options(command: click.Command) -> list[str]:
    out = []
    for one in command.params:
        if isinstance(one, click.Option) and not one.hidden and one.help:
            names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in one.opts)
            value = "" if one.is_flag else rf" \fI{_escaped(one.metavar or 'VALUE')}\fR"
            out += [".TP", names + value, _text(one.help)]
    return out


def _text(text: str) -> str:
    """Paragraphs; `commands` in bold."""
    paragraphs = [" ".join(one.split()) for one in text.strip().split("\n\n")]
    lines = []
    for paragraph in paragraphs:
        parts = _escaped(paragraph).split("`")
        lines.append("".join(rf"\fB{x}\fR" if n % 2 else x for n, x in enumerate(parts)))
    return "\n.sp\n".join(lines)


def _escaped(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages().items():
        (folder / name).write_text(page, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
