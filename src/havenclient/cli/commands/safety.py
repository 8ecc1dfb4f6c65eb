"""`haven safety`: where help is. No passphrase, no vault, no network; nothing is remembered.

The numbers come from the small list of emergency numbers that the screens ship too; when the care
library is installed, its `havenclient.care.helplines.first_page(country)` answers instead (lines of
text). The list is shown with its date and with what is not known about it.
"""

from __future__ import annotations

import json
import locale
import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import NotFound, UsageError
from havenclient.text import safe_line

ALWAYS = (
    "If someone is in danger now, call the emergency number of the country you are in.",
    "In most of Europe and from most mobile phones 112 works; in North America 911.",
)


@click.command()
@click.argument("country", required=False, metavar="[COUNTRY]")
@click.option("--list", "list_all", is_flag=True, help="The countries that are known.")
@json_option
@pass_session
def safety(session: Session, country: str | None, list_all: bool, as_json: bool) -> None:
    """Where help is: emergency numbers and help lines. COUNTRY is two letters, such as GB."""
    data = first_numbers()
    countries: dict[str, Any] = data.get("countries", {})
    if list_all:
        if as_json:
            names = {code: one["name"] for code, one in countries.items()}
            session.out.json("countries", countries=names)
            return
        for code, one in sorted(countries.items()):
            session.out.line(f"{code}: {safe_line(one['name'])}")
        return
    code = country_of(session, country, countries)
    found = countries.get(code)
    if country is not None and found is None:
        for line in ALWAYS:
            session.out.line(line)
        raise NotFound("that country is not in the list", "`haven safety --list` shows those known")
    if as_json:
        session.out.json(
            "safety",
            country=code if found else None,
            name=found["name"] if found else None,
            emergency=found["emergency"] if found else None,
            directory=data.get("directory"),
            dated=data.get("dated"),
            remark=data.get("said"),
            always=list(ALWAYS),
        )
        return
    for line in cared(code) or page(data, found):
        session.out.line(line)
    if found is None:
        session.out.say(
            "`haven safety GB` shows another country; `haven safety --list` all of them."
        )


def cared(code: str) -> list[str]:
    """The care library's page for a country, once that library is there; else nothing."""
    try:
        helplines = import_module("havenclient.care.helplines")
    except ImportError:
        return []
    first_page = getattr(helplines, "first_page", None)
    return list(first_page(code)) if first_page is not None else []


def page(data: dict[str, Any], found: dict[str, Any] | None) -> list[str]:
    """The page as lines; also for the numbered menus."""
    lines: list[str] = []
    if found is not None:
        lines.append(f"Emergency numbers in {safe_line(found['name'])}:")
        for kind, numbers in found["emergency"].items():
            if numbers:
                lines.append(f"{safe_line(kind)}: {' or '.join(map(safe_line, numbers))}")
    lines += ALWAYS
    if directory := data.get("directory"):
        where = f"{safe_line(directory['name'])}, {safe_line(directory['url'])}"
        lines.append(f"Someone to talk to, by country: {where}")
    if dated := data.get("dated"):
        lines.append(f"List of {safe_line(dated)}. {safe_line(data.get('said', ''), limit=300)}")
    return lines


def first_numbers() -> dict[str, Any]:
    """The shipped list; empty if this installation lacks it."""
    import havenclient

    file = Path(havenclient.__file__).parent / "ui" / "data" / "first_numbers.json"
    try:
        loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded


def country_of(session: Session, given: str | None, known: dict[str, Any]) -> str:
    if given is not None:
        if re.fullmatch(r"[A-Za-z]{2}", given):
            return given.upper()
        wanted = given.casefold()
        by_name = [code for code, one in known.items() if one["name"].casefold() == wanted]
        if by_name:
            return by_name[0]
        raise UsageError("a country is two letters, such as GB", "`haven safety --list`")
    if session.settings.safety.country:
        return session.settings.safety.country
    for name in (os.environ.get("LC_ALL"), os.environ.get("LANG"), locale.getlocale()[0]):
        if found := re.match(r"[a-z]{2,3}_([A-Z]{2})", name or ""):
            return found[1]
    return ""
