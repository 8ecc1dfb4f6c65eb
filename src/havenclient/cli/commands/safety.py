"""`haven safety`: where help is. No passphrase, no vault, no network.

The pages come from the care library's directory. A country is chosen by the person (argument or
setting); what the computer's language suggests is only offered, because a wrong country's numbers
are worse than none. Which lines did not work for somebody is kept in the vault alone, because it
tells that she called: the page knows it only where the vault is open or asked for (`--mine`).
"""

from __future__ import annotations

import locale
import os
import re
from typing import TYPE_CHECKING, Any

import click

from havenclient.care import helplines
from havenclient.cli.commands.care_pack import shelf_of
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.reading import read_out
from havenclient.cli.session import Session
from havenclient.errors import NotFound, UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from havenclient.care.service import Care


@click.command()
@click.argument("country", required=False, metavar="[COUNTRY]")
@click.option("--list", "list_all", is_flag=True, help="The countries that are known.")
@click.option("--mine", is_flag=True, help="What did not work for you comes last; needs the vault.")
@click.option("--did-not-work", metavar="NAME", help="Put a line last here; needs the vault.")
@click.option("--works-again", metavar="NAME", help="Put it back in its place.")
@click.option("--note-file", metavar="FILE", help="Write a note about it that you may send.")
@json_option
@pass_session
def safety(
    session: Session,
    country: str | None,
    list_all: bool,
    mine: bool,
    did_not_work: str | None,
    works_again: str | None,
    note_file: str | None,
    as_json: bool,
) -> None:
    """Where help is: emergency numbers and help lines. COUNTRY is two letters, such as GB."""
    shelf_of(session)
    if did_not_work is not None:
        _did_not_work(session, did_not_work, note_file)
        return
    if works_again is not None:
        _care(session).boundaries.works_again(helplines.service(works_again).id)
        session.out.line("It stands in its place again.")
        return
    if list_all:
        if as_json:
            session.out.json("countries", countries=dict(helplines.countries()))
            return
        for code, name in sorted(helplines.countries()):
            session.out.line(f"{code}: {name}")
        return
    code = country_of(session, country)
    found = helplines.find(code) if code else None
    if country is not None and found is None:
        for line in helplines.ALWAYS:
            session.out.line(line)
        raise NotFound("that country is not in the list", "`haven safety --list` shows those known")
    if mine:
        session.unlocked(reading=True)
    if as_json:
        session.out.json("safety", **_json(session, found))
        return
    for line in page_lines(session, code):
        read_out(session, line)
    if found is None:
        if guess := suggested():
            session.out.say(
                f"This computer's language suggests {guess[1]}: haven safety {guess[0]}"
            )
        session.out.say("`haven safety GB` shows a country; `haven safety --list` all of them.")
        session.out.say("`haven config set safety.country GB` keeps one.")


def page_lines(session: Session, code: str) -> list[str]:
    """The page as lines; also for the numbered menus."""
    shelf_of(session)
    today = local_now(session).date()
    return list(helplines.page(code, today=today, unanswered=unanswered(session)))


def unanswered(session: Session) -> frozenset[str]:
    """Lines that did not work for this person, where the vault is open already."""
    if session.vault_is_closed:
        return frozenset()
    return _care(session).boundaries.unanswered()


def _care(session: Session) -> Care:
    from havenclient.care.service import Care

    return Care(session.unlocked(reading=True).db, session.clock)


def country_of(session: Session, given: str | None) -> str:
    """Two letters: given by name or letters, or the setting; "" if the person chose none."""
    if given is None:
        return session.settings.safety.country
    if found := helplines.by_name(given):
        return found
    if re.fullmatch(r"[A-Za-z]{2}", given):
        return given.upper()
    near = [f"`haven safety {iso}` is {name}" for iso, name in helplines.matching(given)[:3]]
    raise UsageError(
        "that country is not in the list", *near, "`haven safety --list` shows those known"
    )


def suggested() -> tuple[str, str] | None:
    """(letters, name) that the computer's language hints at; an offer, never applied."""
    for name in (os.environ.get("LC_ALL"), os.environ.get("LANG"), locale.getlocale()[0]):
        found = re.match(r"[a-z]{2,3}_([A-Z]{2})", name or "")
        country = helplines.find(found[1]) if found else None
        if country is not None:
            return country.iso, country.name
    return None


def _did_not_work(session: Session, name: str, note_file: str | None) -> None:
    from havenclient.vault import exists

    service = helplines.service(name)
    if note_file is not None:
        path = typed_path(note_file)
        write_new_file(path, helplines.did_not_work(service).encode())
        session.out.say(f"haven: a note you may send is in {path}; Haven sends nothing")
    if note_file is not None and not exists(session.paths):
        session.out.say("There is no vault here, so the order of the list stays as it is.")
    else:
        _care(session).boundaries.did_not_work(service.id)
        session.out.line("It comes last now, on this computer only.")
        session.out.say("That is kept in the vault: `haven safety --mine` shows the list so.")
    for line in helplines.ALWAYS:
        session.out.line(line)


def _json(session: Session, found: helplines.Country | None) -> dict[str, Any]:
    today = local_now(session).date()
    failed = unanswered(session)
    name, url = helplines.directories()[0]
    return {
        "country": found.iso if found else None,
        "name": found.name if found else None,
        "emergency": {role: list(numbers) for role, numbers in found.emergency} if found else None,
        "emergency_source_year": found.emergency_year if found else None,
        "services": [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "audience": one.audience or "everyone",
                "contacts": [
                    {"way": c.way, "value": c.value, "dial": c.dial, "hours": c.hours}
                    for c in one.contacts
                ],
                "url": one.url,
                "state": one.state(today),
                "did_not_work": one.id in failed,
            }
            for one in (helplines.ordered(found, failed) if found else ())
        ],
        "directory": {"name": name, "url": url},
        "dated": helplines.dated().isoformat(),
        "remark": f"From public sources, {helplines.NOT_CHECKED}.",
        "always": list(helplines.ALWAYS),
    }
