"""`haven care pack`: which library is shown, and a newer one from a file. Offline, no vault."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from havenclient.care import pack as packs
from havenclient.care.pack import Manifest, Shelf
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.reading import read_out
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask
from havenclient.errors import HavenError
from havenclient.paths import typed_path

file_argument = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


def shelf_of(session: Session) -> Shelf:
    """The library of this person's computer, from now on shown by everything in this process."""
    return packs.look_in(session.places.data)


@click.group("pack", invoke_without_command=True)
@json_option
@click.pass_context
def pack(ctx: click.Context, as_json: bool) -> None:
    """Which library is shown; `install` takes a newer one from a file."""
    if ctx.invoked_subcommand is not None:
        return
    session: Session = ctx.obj
    shelf, today = shelf_of(session), local_now(session).date()
    installed = bool(shelf.texts)
    if as_json:
        found = _json(shelf.manifest, today)
        session.out.json("pack", **found, installed=installed, trouble=shelf.trouble)
        return
    session.out.line("An installed library." if installed else "The program's own library.")
    for line in _lines(shelf.manifest, today):
        session.out.line(line)
    if shelf.trouble:
        read_out(session, f"{shelf.trouble} `haven care pack remove` takes it away.")


@pack.command()
@file_argument
@json_option
@pass_session
def check(session: Session, file: Path, as_json: bool) -> None:
    """Look at a pack without installing it."""
    from havenclient.care import renewal

    shelf_of(session)
    today = local_now(session).date()
    looked = renewal.look(_bytes(file), session.places.data, today=today)
    if as_json:
        session.out.json("pack", **_json(looked.manifest, today), key_known=looked.known)
        return
    session.out.line("This pack is whole, signed, and newer than the library here.")
    for line in _lines(looked.manifest, today):
        session.out.line(line)
    read_out(session, _key_line(known=looked.known))


@pack.command()
@file_argument
@click.option("--words", default="", metavar="WORDS", help="The eight words of the pack's key.")
@pass_session
def install(session: Session, file: Path, words: str) -> None:
    """Show the library of a pack from now on. Nothing is fetched and nothing is sent."""
    from havenclient.care import renewal

    shelf_of(session)
    folder, today = session.places.data, local_now(session).date()
    looked = renewal.look(_bytes(file), folder, today=today)
    if not (looked.known or words):
        read_out(session, _key_line(known=False))
        words = ask(
            "Its eight words:", no_input=session.options.no_input, instead='--words "…"'
        ).casefold()
    shelf = renewal.install(looked, folder, words)
    session.out.line("Installed.")
    for line in _lines(shelf.manifest, today):
        session.out.line(line)


@pack.command()
@pass_session
def remove(session: Session) -> None:
    """Go back to the program's own library."""
    from havenclient.care import renewal

    shelf = renewal.remove(session.places.data)
    session.out.line("The program's own library is shown again.")
    for line in _lines(shelf.manifest, local_now(session).date()):
        session.out.line(line)


def _key_line(*, known: bool) -> str:
    if known:
        return "Its key is the one that was confirmed here before."
    return (
        "Haven does not know the key that signed it. Whoever made the pack can tell you eight "
        "words for it, on paper or aloud, not beside the file."
    )


def _lines(manifest: Manifest, today: date) -> list[str]:
    day, review = manifest.day, manifest.review_by
    lines = [
        f"Version {manifest.version}, of {day.day} {day:%B %Y}",
        f"To be looked through again by {review.day} {review:%B %Y}",
    ]
    return [*lines, *filter(None, [manifest.age(today)])]


def _json(manifest: Manifest, today: date) -> dict[str, Any]:
    return {
        "pack_version": manifest.version,
        "date": manifest.day.isoformat(),
        "review_by": manifest.review_by.isoformat(),
        "past_review": bool(manifest.age(today)),
        "files": {name: digest for name, _, digest in manifest.hashes},
    }


def _bytes(path: Path) -> bytes:
    try:
        with typed_path(path).open("rb") as stream:
            return stream.read(packs.MAX_PACK + 1)
    except OSError as error:
        raise HavenError(f"that file could not be read: {error.strerror}") from None
