"""Options that several commands share, and the values they turn into."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument
from havenclient.errors import NotFound, UsageError

if TYPE_CHECKING:
    from havenclient.journal import Journal
    from havenclient.journal.records import Query

Command = TypeVar("Command", bound=Callable[..., Any])
pass_session = click.make_pass_decorator(Session)

mood_option = click.option(
    "-m", "--mood", type=click.IntRange(1, 5), metavar="1-5", help="1 low, 3 ok, 5 bright."
)
note_option = click.option("--note", metavar="WORDS", help='A content note, such as "grief".')
date_option = click.option("--date", "when", metavar="WHEN", help='"yesterday 8pm", 2026-11-22 …')
journal_option = click.option("-j", "--journal-name", metavar="NAME", help="Which journal.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
jsonl_option = click.option("--jsonl", "as_lines", is_flag=True, help="One JSON object a line.")
show_notes_option = click.option(
    "--show-notes", is_flag=True, help="Show entries that have a content note."
)
yes_option = click.option("--yes", is_flag=True, help="Don't ask; for scripts.")
ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...")
id_argument = click.argument("entry_id", metavar="ID")


def filters(command: Command) -> Command:
    """--after, --before, --tag … given to the command as one dict `chosen`."""

    def gathered(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in _FILTERS}
        return command(chosen=chosen, **given)

    gathered.__doc__ = command.__doc__
    gathered.__name__ = command.__name__
    gathered.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    wrapped: Any = gathered
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


_FILTERS = ("after", "before", "tag", "without_tag", "mood", "journal_name", "starred", "oldest")
_OPTIONS = (
    click.option("--after", metavar="DAY", help="From this day on."),
    click.option("--before", metavar="DAY", help="Up to this day."),
    click.option("-t", "--tag", multiple=True, metavar="TAG", help="With this tag; repeatable."),
    click.option("--without-tag", multiple=True, metavar="TAG", help="Without this tag."),
    click.option("-m", "--mood", metavar="MOOD", help='"4", "2-4", ">=3".'),
    journal_option,
    click.option("--starred", is_flag=True, help="Only those with a star."),
    click.option("--oldest", is_flag=True, help="Oldest first."),
)


def narrowed(query: Query, chosen: dict[str, Any], now: datetime) -> Query:
    """`query` with the chosen filters on top."""
    from havenclient.journal.records import Order

    changes: dict[str, Any] = {}
    if chosen["after"]:
        changes["after"] = day(chosen["after"], now)
    if chosen["before"]:
        changes["before"] = day(chosen["before"], now)
    if chosen["tag"]:
        changes["tags"] = (*query.tags, *map(tag_there_is, chosen["tag"]))
    if chosen["without_tag"]:
        changes["without_tags"] = (*query.without_tags, *map(tag_there_is, chosen["without_tag"]))
    if chosen["mood"]:
        changes["mood_min"], changes["mood_max"] = moods(chosen["mood"])
    if chosen["journal_name"]:
        changes["journal"] = chosen["journal_name"]
    if chosen["starred"]:
        changes["starred"] = True
    if chosen["oldest"]:
        changes["order"] = Order.OLDEST
    return replace(query, **changes)


def moods(text: str) -> tuple[int | None, int | None]:
    """ "4" (4, 4) · "2-4" (2, 4) · ">=3" (3, None) · "<3" (None, 2)."""
    found = re.fullmatch(r"(>=|<=|>|<|=)?([1-5])(?:(?:-|\.\.)([1-5]))?", text.replace(" ", ""))
    if found is None or (found[1] and found[3]):
        raise UsageError("--mood takes a number from 1 to 5, 2-4 or >=3")
    number = int(found[2])
    if found[3]:
        return number, int(found[3])
    match found[1]:
        case ">=":
            return number, None
        case ">":
            return number + 1, None
        case "<=":
            return None, number
        case "<":
            return None, number - 1
    return number, number


def tag(text: str) -> str:
    cleaned = text_from_argument(text).strip().lstrip("#@")
    if not cleaned or any(char.isspace() or not char.isprintable() for char in cleaned):
        raise UsageError("a tag is one word", "--tag family --tag walk gives two")
    return cleaned


def tag_there_is(text: str) -> str:
    """A tag to look for or to take away: those that came from other programs may have blanks."""
    cleaned = " ".join(text_from_argument(text).split()).lstrip("#@")
    return cleaned if " " in cleaned and cleaned.isprintable() else tag(cleaned)


def local_now(session: Session) -> datetime:
    return session.clock.now().astimezone()


def moment(text: str, session: Session) -> datetime:
    """ "yesterday 8pm" as an aware datetime."""
    from havenclient.journal import when

    return when.parse(text_from_argument(text), now=local_now(session))


def day(text: str, now: datetime) -> date:
    """A day; a month or year stands for its first day."""
    if found := re.fullmatch(r"(\d{4})(?:-(\d{2}))?", text.strip()):
        try:
            return date(int(found[1]), int(found[2] or 1), 1)
        except ValueError:
            raise UsageError("that is no date") from None
    from havenclient.journal import when

    return when.parse(text_from_argument(text), now=now).date()


def pick(journal: Journal, word: str) -> str:
    """An id from what a person may type: an id, its beginning, `last` or `@3` (third newest)."""
    found = re.fullmatch(r"@([1-9][0-9]{0,3})", word)
    if word != "last" and found is None:
        return word
    from havenclient.journal.records import Query

    number = int(found[1]) if found else 1
    rows = journal.find(Query(), limit=number).rows
    if len(rows) < number:
        raise NotFound("there are not that many entries")
    return rows[-1].id
