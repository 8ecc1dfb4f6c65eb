"""Day One's plain text export: blocks that begin with a tab, `Date:`, a tab and a date in words.

Further lines of that shape (`Weather:`, `Location:`, `Tags:`, `Photos:` …) belong to the head; the
text follows after an empty line. Day One writes the words in the computer's language.
"""

from __future__ import annotations

import re

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.plan import PlanBuilder

_HEADER = re.compile(
    r"^[\t ]{0,8}(?:Date|Datum|Fecha|Data|Dato|Päivämäärä|Дата|日付|日期|날짜)[ \u00a0\u202f]?[:：]"
    r"[ \t]+(\S[^\n]{0,120})$",
    re.MULTILINE,
)
_FIELD = re.compile(r"[\t ]{1,8}([^\W\d_][\w ]{1,24})[ \u00a0\u202f]?[:：][ \t]+(\S[^\n]*)\Z")
_TAGS = ("tags", "etiquetas", "schlagwörter", "étiquettes", "tag", "タグ", "标签")


def looks_like(text: str) -> bool:
    found = _HEADER.search(text[:65536])
    return found is not None and found[0][0] in "\t " and dates.parse_stamp(found[1]) is not None


def parse_text(builder: PlanBuilder, text: str) -> None:
    headers = list(_HEADER.finditer(text))
    # Where heads begin with a tab, a line "Date: …" without one is a person's own.
    headers = [found for found in headers if found[0][0] == "\t"] or headers
    order = dates.order_of(found[1] for found in headers)
    starts = [
        (found, stamp)
        for found in headers
        if (stamp := dates.parse_stamp(found[1], order=order)) is not None
    ]
    if len(headers) > len(starts):
        builder.once(
            f"{len(headers) - len(starts)} lines begin like an entry with no readable date"
        )
    if not starts:
        raise InputRejected("no dated entry was found in the file")
    if text[: starts[0][0].start()].strip():
        builder.remark("beginning", "text before the first dated line was left out")
    for number, (found, stamp) in enumerate(starts, start=1):
        end = starts[number][0].start() if number < len(starts) else len(text)
        block = text[found.end() : end]
        body, tags = _split(block)
        builder.entry(
            f"entry {number}",
            builder.moment(stamp),
            body,
            identity=f"{found[1].strip()}\n{block.strip()}",
            tags=tags,
            raw=f"{found[0].strip()}{block.rstrip()}",
        )


def _split(block: str) -> tuple[str, list[str]]:
    """The text below the head's fields, and the tags among them."""
    lines = block.split("\n")[1:]
    tags: list[str] = []
    for index, line in enumerate(lines):
        field = _FIELD.match(line)
        if field is None:
            return "\n".join(lines[index:]).strip("\n").rstrip(), tags
        if field[1].strip().lower() in _TAGS:
            tags.extend(part.strip() for part in field[2].split(","))
    return "", tags
