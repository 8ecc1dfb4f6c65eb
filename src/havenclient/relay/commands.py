"""The operator's commands beside `serve`: thin words around `operate`."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import click

from havenclient.errors import (
    Damaged,
    ExitCode,
    NotFound,
    SafetyRefusal,
    StorageError,
    UsageError,
)
from havenclient.relay.cli import DATA, SETTINGS, relay, settings_file

PAUSE = 0.005
"""Seconds between two steps of `prune`: the running relay's turn."""


@relay.command()
@DATA
@click.option("--stdout", is_flag=True, help="Write to standard output instead of a file.")
def init(data: Path, stdout: bool) -> None:
    """Write a settings file with comments."""
    from havenclient.relay.operate.data import SETTINGS as NAME
    from havenclient.relay.operate.data import make_file
    from havenclient.relay.settings import commented

    if stdout:
        click.echo(commented(), nl=False)
        return
    path = data / NAME
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(make_file(path), "w") as handle:
            handle.write(commented())
    except FileExistsError:
        raise UsageError("the settings file exists; it was not touched") from None
    except OSError as error:
        raise StorageError("the settings file can't be written") from error
    click.echo(f"wrote {path}; everything in it is optional")


@relay.command()
@DATA
@click.option("--label", default="", help="For your own eyes; don't use names of people.")
@click.option("--logs", default=500, show_default=True, help="How many logs it may create.")
@click.option("--days", type=click.IntRange(1, 36_500), help="Days until it ends; default: never.")
@click.option("--list", "list_", is_flag=True, help="List the codes (the codes are not shown).")
@click.option(
    "--revoke", type=click.IntRange(1, 1 << 62), metavar="NUMBER", help="Refuse a code from now on."
)
def admit(
    data: Path, label: str, logs: int, days: int | None, list_: bool, revoke: int | None
) -> None:
    """Make an admission code, list them, or revoke one."""
    from havenclient.relay.days import today
    from havenclient.relay.operate import codes
    from havenclient.relay.operate.data import opened
    from havenclient.relay.operate.status import day_text
    from havenclient.seams import SystemRandom
    from havenclient.text import safe_text

    with opened(data, write=not list_) as db:
        if list_:
            for code in codes.all_codes(db):
                end = "no end" if code.last_day is None else f"until {day_text(code.last_day)}"
                state = "revoked" if code.revoked else end
                click.echo(
                    f"{code.number}  {code.used}/{code.max_logs} logs  {state}"
                    f"  {safe_text(code.label, multiline=False)}"
                )
        elif revoke is not None:
            if not codes.revoke(db, revoke):
                raise NotFound("there is no code with this number", "haven-relay admit --list")
            click.echo("revoked; logs that were created with it live on")
        else:
            if not 1 <= logs <= 1_000_000 or len(label) > 100:
                raise UsageError(
                    "a code needs 1 to 1000000 logs and a label of at most 100 letters"
                )
            last = None if days is None else today() + days
            click.echo(codes.make(db, SystemRandom(), label, logs, last))
            click.echo("It is shown this once; the relay keeps only its hash.", err=True)


@relay.command()
@DATA
def status(data: Path) -> None:
    """Say what the relay holds, how large it is."""
    from havenclient.relay.operate.status import status_lines

    for name, value in status_lines(data):
        click.echo(f"{name + ':':<22}{value}")


@relay.command()
@DATA
@SETTINGS
def doctor(data: Path, settings: Path | None) -> None:
    """Look at what commonly goes wrong.

    Says what to do about it, and exits with 1 if there is something.
    """
    from havenclient.relay.operate.doctor import examine

    findings = examine(data, settings_file(data, settings))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'LOOK'}  {finding.what}")
        if not finding.good and finding.advice:
            click.echo(f"      {finding.advice}")
    if not all(finding.good for finding in findings):
        sys.exit(ExitCode.FAILED)


# An id may begin with a dash, and then looks like options; so this command has no short ones.
@relay.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@DATA
@click.argument("log")
def inspect(data: Path, log: str) -> None:
    """Show all that is held about one LOG.

    LOG is its id; what is held is told byte class by byte class.
    """
    from havenclient import wire
    from havenclient.relay.operate.data import opened
    from havenclient.relay.operate.inspect import inspect as look

    try:
        log_id = wire.unb64(log, wire.LOG_ID_BYTES)
    except wire.WireError:
        raise UsageError("a log id is 22 letters of base64url") from None
    with opened(data) as db:
        held = look(db, log_id)
    if held is None:
        raise NotFound("there is no such log")
    click.echo(f"{'what':<36}{'count':>8}{'bytes':>12}  note")
    for each in held:
        click.echo(f"{each.what:<36}{each.count:>8}{each.size:>12}  {each.note}")


@relay.command()
@DATA
@click.option("--anyway", is_flag=True, help="Also by a clock that is far past the newest entry.")
def prune(data: Path, anyway: bool) -> None:
    """Remove now what has outlived its span.

    A running relay does so by itself every hour.
    """
    import apsw

    from havenclient.relay.days import Days, today
    from havenclient.relay.operate.data import opened
    from havenclient.relay.sqlite.prune import newest_day, prune_step

    entries = logs = 0
    with opened(data, write=True) as db:
        days = Days(lambda by: newest_day(db, by))
        by = today() if anyway else days.removal()
        if by is None:
            raise SafetyRefusal(
                f"the clock seems wrong ({days.ahead:+d} days): nothing was removed",
                "if it is right: haven-relay prune --anyway",
            )
        while True:
            # IMMEDIATE: a transaction that reads first and then writes would fail at once, not
            # wait, whenever the running relay has committed in between (found by the soak).
            db.execute("BEGIN IMMEDIATE")
            step = prune_step(db, by)
            db.execute("COMMIT")
            entries += step.entries
            logs += step.logs
            if not step.more:
                break
            time.sleep(PAUSE)
        # What was removed is overwritten in the file itself. SQLite says "busy" at once, without
        # waiting, where the relay is just doing the same work (found by the soak): then it's done.
        with contextlib.suppress(apsw.BusyError):
            db.wal_checkpoint()
    click.echo(f"removed {entries} entries and {logs} empty logs")


@relay.command()
@DATA
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(data: Path, file: Path) -> None:
    """Copy the relay's data to FILE while it runs.

    The copy is checked before it counts.
    """
    from havenclient.relay.operate.backup import backup as make

    counted = make(data, file)
    click.echo(f"backed up {counted.logs} logs, {counted.entries} entries, {counted.size} bytes")
    click.echo(
        "A backup keeps ciphertext beyond its life span: remove it when it is old.", err=True
    )


@relay.command()
@DATA
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(data: Path, file: Path) -> None:
    """Put the backup FILE in the data's place.

    The relay must be stopped; the data that was there is kept beside it.
    """
    from havenclient.relay.operate.backup import restore as put_back

    counted, kept = put_back(file, data)
    click.echo(f"restored {counted.logs} logs, {counted.entries} entries, {counted.size} bytes")
    if kept is not None:
        click.echo(f"the data that was there is kept as {kept.name}", err=True)
    click.echo("Circles notice what is missing, and their hosts can give it back.", err=True)


@relay.command()
@DATA
def verify(data: Path) -> None:
    """Read everything and say if it is whole.

    Every log, every seq, and the bytes of every entry.
    """
    from havenclient.relay.operate.data import opened
    from havenclient.relay.operate.verify import verify as check

    with opened(data) as db:
        counted, faults = check(db)
    click.echo(f"read {counted.logs} logs, {counted.entries} entries, {counted.size} bytes")
    for fault in faults:
        where = f"log number {fault.log}: " if fault.log else ""
        click.echo(f"{where}{fault.what}", err=True)
    if faults:
        raise Damaged(f"{len(faults)} findings", "stop the relay and restore the newest backup")
    click.echo("every log is whole")
