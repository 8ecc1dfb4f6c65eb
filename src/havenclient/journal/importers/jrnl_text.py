"""jrnl's plain text (one file, or a folder of `YYYY/MM/DD.txt`) and what v1.x wrote before it.

Format facts: an entry begins at a line start with `[date] title`; the date is in whatever
`timeformat` the person configured, so every shape that `dates` knows is tried and a bracket that
is no date belongs to the text. A trailing ` *` on the first line is the star. Tags are words that
begin with `@` or `#`. Version 1 had dates without brackets; there brackets are text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.dates import Order, Stamp
from havenclient.journal.importers.limits import MAX_NOTE_FILE
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read

_HEADER = re.compile(r"^\[([^\]\n]{4,64})\](?: |$)", re.MULTILINE)
_OLD_DATE = r"(?:\d{4}-\d{2}-\d{2}|\d{4}/\d{2}/\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/\d{4})"
_OLD_HEADER = re.compile(
    rf"^({_OLD_DATE}[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?: [AaPp]\.?[Mm]\.?)?)(?: |$)", re.MULTILINE
)
_TAG = re.compile(r"(?<!\S)[@#]([-+*#/\w]+)")
_FOLDER_NAME = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})\.txt\Z")


def tags_of(text: str) -> list[str]:
    """`@work`, `#idea`; numbers alone and headings (`##`) are none."""
    words = [found.rstrip("/*-") for found in _TAG.findall(text)]
    return [word for word in words if any(char.isalpha() for char in word)]


def identity(naive: str, text: str) -> str:
    """The same for one entry in jrnl's text, encrypted and JSON forms (minutes, words, no space).

    So a journal that comes in once as text and once as JSON is there once.
    """
    words = " ".join(text.split())
    return f"jrnl\n{naive}\n{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()}"


def looks_like(text: str) -> bool:
    """Whether the first line with words in it begins an entry."""
    head = text.lstrip()[:4096]
    for pattern in (_HEADER, _OLD_HEADER):
        if (found := pattern.match(head)) and dates.parse_stamp(found[1]) is not None:
            return True
    return False


def has_entries(text: str) -> bool:
    """Whether any line of the text begins an entry (there may be other text before it)."""
    return any(
        dates.parse_stamp(found[1]) is not None
        for found, _ in zip(_HEADER.finditer(text), range(100), strict=False)
    )


def parse_text(builder: PlanBuilder, text: str, *, journal: str | None = None) -> None:
    """Entries of one jrnl text; raises InputRejected when it holds none."""
    headers = list(_HEADER.finditer(text))
    old = _is_old(text)
    if old:
        headers = list(_OLD_HEADER.finditer(text))
    count = _entries(builder, text, headers, None, journal)
    if not count and text.strip():
        raise InputRejected("no dated entry was found in the file")


def _is_old(text: str) -> bool:
    """Version 1 files begin with a bare date; a bracketed first line means version 2 or later."""
    return _OLD_HEADER.match(text.lstrip()[:200]) is not None


def parse_folder(builder: PlanBuilder, tree: Tree) -> None:
    """The folder's path is the day; the header gives at least the time (as jrnl reads it)."""
    days = list(folder_days(tree))
    for name, day in days:
        try:
            text, remarks = decode(read(tree, name, MAX_NOTE_FILE))
        except InputRejected as error:
            builder.remark(name, error.message)
            continue
        for message in remarks:
            builder.remark(name, message)
        headers = list(_HEADER.finditer(text))
        if not _entries(builder, text, headers, day, None) and text.strip():
            builder.remark(name, "no dated entry was found in it")


def folder_days(tree: Tree) -> Iterator[tuple[str, date]]:
    for name in tree.members():
        if found := _FOLDER_NAME.search(name):
            try:
                yield name, date(int(found[1]), int(found[2]), int(found[3]))
            except ValueError:
                continue


def _entries(
    builder: PlanBuilder,
    text: str,
    headers: list[re.Match[str]],
    day: date | None,
    journal: str | None,
) -> int:
    order = dates.order_of(found[1] for found in headers)
    starts: list[tuple[re.Match[str], Stamp]] = []
    for found in headers:
        stamp = dates.parse_stamp(found[1], order=order, day=day)
        if stamp is not None:
            if order is Order.UNKNOWN and dates.ambiguous(found[1]):
                builder.once("dates like 03/04 read two ways here; they are taken as month/day")
            starts.append((found, stamp))
    where = f"{day.isoformat()}, " if day else ""
    if starts and text[: starts[0][0].start()].strip():
        builder.remark(f"{where}beginning", "text before the first dated line was left out")
    for number, (found, stamp) in enumerate(starts, start=1):
        end = starts[number][0].start() if number < len(starts) else len(text)
        if day is not None:
            stamp = Stamp(day, stamp.clock, stamp.zone, stamp.word)
        _entry(builder, f"{where}entry {number}", stamp, text[found.end() : end], found[1], journal)
    return len(starts)


def _entry(
    builder: PlanBuilder, where: str, stamp: Stamp, text: str, header: str, journal: str | None
) -> None:
    first, _, rest = text.strip("\n").partition("\n")
    starred = bool(re.search(r"(?:^|\s)\*\s*\Z", first))
    if starred:
        first = re.sub(r"\s*\*\s*\Z", "", first)
    body = join(first, rest)
    builder.entry(
        where,
        builder.moment(stamp),
        body,
        identity=identity(f"{stamp.naive():%Y-%m-%d %H:%M}", body),
        tags=tags_of(text),
        starred=starred,
        journal=journal,
        raw=f"[{header}] {text.strip()}",
    )


def join(title: str, body: str) -> str:
    """jrnl's title line and body as Markdown paragraphs."""
    title, body = title.strip(), body.strip("\n").rstrip()
    return f"{title}\n\n{body}" if title and body.strip() else title or body
