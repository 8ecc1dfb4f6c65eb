"""`haven config get | set | unset | list | path | edit | check | schema`."""

from __future__ import annotations

import shlex
import subprocess

import click

from havenclient import config as settings
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import ExitCode, HavenError, StorageError, UsageError
from havenclient.paths import replace_file


@click.group()
def config() -> None:
    """Settings: plain text in one file. Nothing secret belongs there."""


@config.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Every setting with its value and what it does."""
    now = session.settings
    if as_json:
        rows = [
            {
                "key": one.key,
                "value": now.get(one.key),
                "default": one.default,
                "sentence": one.sentence,
                "allowed": one.allowed,
                "variable": one.variable,
                "moved": one.moved or None,
            }
            for one in settings.fields()
        ]
        session.out.json("settings", settings=rows)
        return
    for one in settings.fields():
        value = now.get(one.key)
        if one.moved:
            # Shown only where something stands: it is where a limit of the vault begins.
            if value != one.default:
                session.out.line(f"{one.key} = {settings.toml_value(value)}")
                session.out.line(f"    `haven care limits {one.moved}` shows and sets it now.")
            continue
        mark = "" if value == one.default else "   (changed)"
        session.out.line(f"{one.key} = {settings.toml_value(value)}{mark}")
        session.out.line(f"    {one.sentence} ({one.allowed})")
    session.out.say("Limits of your own lie in the journal: `haven care limits`.")


@config.command()
@click.argument("key")
@json_option
@pass_session
def get(session: Session, key: str, as_json: bool) -> None:
    """The value in force."""
    value = session.settings.get(key)
    if as_json:
        session.out.json("setting", key=settings.find(key).key, value=value)
    else:
        session.out.line(value if isinstance(value, str) else settings.toml_value(value))


@config.command("set")
@click.argument("key")
@click.argument("value")
@pass_session
def set_(session: Session, key: str, value: str) -> None:
    """Change a setting in the file; comments and order stay."""
    kept = settings.set_value(session.settings_file, key, value)
    one = settings.find(key)
    session.out.say(f"haven: {one.key} = {settings.toml_value(kept)}")
    if one.variable in session.env:
        session.out.warn(f"the environment variable {one.variable} overrides it")


@config.command()
@click.argument("key")
@pass_session
def unset(session: Session, key: str) -> None:
    """Take a setting out of the file; its default holds again."""
    default = settings.unset_value(session.settings_file, key)
    session.out.say(f"haven: {settings.find(key).key} = {settings.toml_value(default)}")


@config.command()
@pass_session
def path(session: Session) -> None:
    """Where the settings file is."""
    session.out.line(str(session.settings_file))


@config.command()
@pass_session
def check(session: Session) -> None:
    """Read the file and the environment; problems make the exit code 2."""
    problems = session.settings.problems
    if problems:
        raise click.exceptions.Exit(ExitCode.USAGE)
    session.out.say("haven: the settings are fine")


@config.command()
@pass_session
def schema(session: Session) -> None:
    """The settings as JSON Schema."""
    import json

    session.out.line(json.dumps(settings.json_schema(), indent=2))


@config.command()
@pass_session
def edit(session: Session) -> None:
    """Open the settings file in your editor; it holds nothing secret, so any will do."""
    if session.options.no_input:
        raise UsageError("an editor needs a terminal", "`haven config set KEY VALUE` needs none")
    editor = (
        session.settings.writing.editor
        or session.env.get("VISUAL", "")
        or session.env.get("EDITOR", "")
    )
    if not editor:
        raise UsageError("no editor is named", "`haven config set writing.editor nano` names one")
    file = session.settings_file
    try:
        if not file.exists():
            replace_file(file, settings.template(session.settings).encode("utf-8"))
        words = shlex.split(editor)
        ended = subprocess.run([*words, str(file)], check=False)  # noqa: S603 - the person's own
    except OSError as bad:
        raise StorageError(
            "the editor could not be used", (bad.strerror or "is it installed?").lower()
        ) from None
    except ValueError:
        raise UsageError("the editor's command can't be understood") from None
    if ended.returncode:
        raise HavenError("the editor ended with an error")
    for problem in settings.load(file, session.env).problems:
        session.out.warn(problem)
