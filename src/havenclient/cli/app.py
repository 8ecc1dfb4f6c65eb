"""Runs one command: finds it in the table, loads only its file, and turns whatever went wrong into
one sentence, a hint and an exit code.

Global options may stand before or after the command. `haven` alone opens the screens on a
terminal, the numbered menus with --plain, and prints a short help (exit 2) without a terminal.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from importlib import import_module
from typing import Any

import click

from havenclient.cli import table
from havenclient.cli.session import Options, Screens, Session
from havenclient.errors import ExitCode, HavenError, StorageError, UsageError

_TAKES_VALUE = frozenset({"--journal", "--config", "--passphrase-file", "--passphrase-fd"})
_SWITCHES = frozenset(
    {"--plain", "--no-color", "--no-input", "--no-mouse", "--quiet", "--debug", "--offline"}
)


class Commands(click.Group):
    """The commands of `table.py`, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(table.rows())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = table.rows().get(table.ALIASES.get(cmd_name, cmd_name))
        if row is None:
            return None
        module, _, attribute = row.where.partition(":")
        try:
            found: click.Command = getattr(
                import_module(f"havenclient.cli.commands.{module}"), attribute
            )
        except ModuleNotFoundError as missing:
            if missing.name and missing.name.startswith("havenclient"):
                raise UsageError("this part of Haven is not installed here") from missing
            raise
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for part, rows in table.TABLE.items():
            if rows:
                with formatter.section(part):
                    formatter.write_dl([(row.name, row.sentence) for row in rows])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            raise _no_such_command(name)
        return command.name, command, args[1:]


def _no_such_command(name: str) -> UsageError:
    # What stands here may be a sentence meant for the journal: it is repeated only if it looks
    # like the name of a command.
    if not re.fullmatch(r"[a-z][a-z-]{0,19}", name):
        return UsageError("there is no such command", "`haven new` writes an entry")
    from difflib import get_close_matches

    near = get_close_matches(name, [*table.rows(), *table.ALIASES], 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else "`haven --help` lists the commands"
    return UsageError(f"there is no command {name}", hint)


def _version(ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value:
        from havenclient import __version__

        click.echo(f"haven {__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Data goes to standard output, remarks and errors to standard error. Exit codes: 0 ok, "
    "1 failed or nothing found, 2 usage, 3 network, 4 locked, 5 storage, 6 refused for safety, "
    "130 stopped. `haven help crisis` and `haven safety` work without a passphrase.",
)
@click.option("--journal", metavar="PATH", help="The vault's folder.")
@click.option("--config", metavar="PATH", help="The settings file.")
@click.option("--plain", is_flag=True, help="Numbered menus on normal lines, for screen readers.")
@click.option("--no-color", is_flag=True, help="No colours.")
@click.option("--no-input", is_flag=True, help="Never ask; fail instead.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--quiet", is_flag=True, help="No remarks.")
@click.option("--debug", is_flag=True, help="On a crash, say where; never with content.")
@click.option("--offline", is_flag=True, help="No network for this run.")
@click.option("--passphrase-file", metavar="FILE", help="First line of a file with mode 0600.")
@click.option("--passphrase-fd", metavar="N", help="First line from an open descriptor.")
@click.option("--locked", is_flag=True, hidden=True)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Show the version.",
)  # fmt: skip
@click.pass_context
def haven(ctx: click.Context, /, **given: Any) -> None:
    """A quiet place on this computer: an encrypted journal.

    Without a command, Haven opens on the terminal. In need of help now: `haven safety`.
    """
    screens: Screens | None = ctx.obj
    session = Session(Options.given(**given))
    ctx.obj = session
    ctx.call_on_close(session.close)
    if given["debug"]:
        from havenclient import hygiene

        hygiene.show_places_of_crashes()
    if ctx.invoked_subcommand is None:
        from havenclient.cli.opening import open_haven

        ctx.exit(open_haven(ctx, session, screens))


def run(argv: list[str], screens: Screens | None = None) -> int:
    """One command from argv to exit code. Prints; never raises. `screens` opens the full screen."""
    from havenclient.cli.output import Output, prepare_streams

    prepare_streams()
    # Set by a shell's completion hook; Haven's completion is static and never looks at it.
    os.environ.pop("_HAVEN_COMPLETE", None)
    out = Output()
    try:
        _stop_in_order()
        with haven.make_context("haven", hoist(argv), obj=screens) as ctx:
            haven.invoke(ctx)
        out.flush()
        return ExitCode.OK
    except click.exceptions.Exit as done:
        return _flushed(done.exit_code)
    except HavenError as error:
        out.error(error)
        return _flushed(error.exit_code)
    except click.ClickException as error:
        out.error(_in_our_words(error))
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        out.say("haven: stopped")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) had enough. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
            return _crashed()
        # Haven's own files map their errors; what is left is where the answer goes (`> /mnt/full`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = os.strerror(error.errno).lower()
        out.error(StorageError(f"the answer can't be written where it should go: {reason}"))
        return ExitCode.STORAGE
    except Exception:
        return _crashed()


def _crashed() -> int:
    from havenclient import hygiene

    hygiene.excepthook(*sys.exc_info())
    return ExitCode.FAILED


def _stop_in_order() -> None:
    """A closed window or a shutdown ends a command like Ctrl-C: drafts saved, vault closed."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and threading.current_thread() is threading.main_thread():
            signal.signal(number, stop)


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def hoist(argv: list[str]) -> list[str]:
    """Move global options that stand after the command in front of it; `--` ends the search."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _SWITCHES or (word.partition("=")[0] in _TAKES_VALUE and "=" in word):
            front.append(word)
        elif word in _TAKES_VALUE:
            front += [word, *(value for value in [next(words, None)] if value is not None)]
        else:
            rest.append(word)
    return front + rest


def _in_our_words(error: click.ClickException) -> UsageError:
    """click's messages without the values that a person typed: they may be their words."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "haven"
    hint = f"`{path} --help` shows how it is used"
    match error:
        case click.NoSuchOption():
            near = f"did you mean {error.possibilities[0]}?" if error.possibilities else hint
            name = error.option_name
            if not re.fullmatch(r"--?[a-z][a-z-]{0,30}", name):
                return UsageError("there is no such option", "`--` ends the options", hint)
            return UsageError(f"there is no option {name}", near)
        case click.MissingParameter():
            name = error.param.human_readable_name if error.param is not None else "something"
            return UsageError(f"{name.upper()} is missing", hint)
        case click.BadParameter():
            return UsageError(_plain_sentence(error), hint)
        case click.BadOptionUsage():
            return UsageError(f"{error.option_name} is used in another way", hint)
    if "unexpected extra argument" in error.format_message().lower():
        return UsageError("there are more words than this command takes", hint)
    if context is not None and isinstance(context.command, click.Group):
        return UsageError(
            f"{path} takes one of {', '.join(context.command.list_commands(context))}", hint
        )
    return UsageError("this can't be understood", hint)


def _plain_sentence(error: click.BadParameter) -> str:
    name = "a value"
    if error.param is not None:
        longest = sorted(error.param.opts, key=len)
        if longest and longest[-1].startswith("-"):
            name = longest[-1]
        elif isinstance(error.param, click.Argument) and error.param.metavar:
            name = error.param.metavar.strip("[].")
        kind = error.param.type
        if isinstance(kind, click.Choice):
            return f"{name} takes one of {', '.join(map(str, kind.choices))}"
        if isinstance(kind, click.IntRange):
            if kind.max is None:
                return f"{name} takes a number from {kind.min}"
            return f"{name} takes a number from {kind.min} to {kind.max}"
    return f"{name} can't be understood"
