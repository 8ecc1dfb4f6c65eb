"""Day One's JSON export: a zip (or its folder) of `<Journal>.json` with media folders beside.

Format facts: `creationDate` is UTC, `timeZone` the place; `text` is Markdown with many escapes and
may be missing, then `richText` holds a JSON string; media are named `<md5>.<type>` under `photos/`,
`videos/`, `audios/`, `pdfs/` and referred to as `dayone-moment://ID` or `dayone-moment:/video/ID`.
An identifier may be listed at another entry than the one that shows it. Entries may occur twice.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.attached import imported
from havenclient.journal.importers.dayone_rich import rich_to_markdown
from havenclient.journal.importers.markup import unescape_dayone
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.importers.values import (
    compact,
    is_map,
    list_of,
    map_of,
    parse_json,
    text_of,
)
from havenclient.journal.records import ImportedFile

_MEDIA = {
    "photos": "photos",
    "videos": "videos",
    "audios": "audios",
    "pdfAttachments": "pdfs",
}
FOLDERS = tuple(_MEDIA.values())
_MOMENT = re.compile(
    r"(!?\[[^\]\[\n]{0,500}\])\(dayone-moment:/{1,2}(?:[A-Za-z]{1,20}/)?([A-Za-z0-9-]{1,64})\)"
)


def looks_like(value: object) -> bool:
    if not is_map(value) or "entries" not in value:
        return False
    first = next((item for item in list_of(value["entries"]) if is_map(item)), None)
    if first is None:
        return is_map(value.get("metadata"))
    return "creationDate" in first


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    documents: list[tuple[str, dict[str, object]]] = []
    for name in tree.members():
        if name.lower().endswith(".json") and "__MACOSX" not in name:
            text, remarks = decode(read(tree, name))
            for message in remarks:
                builder.remark(PurePosixPath(name).name, message)
            value = parse_json(text, "a journal in the export")
            if looks_like(value) and is_map(value):
                documents.append((name, value))
    if not documents:
        raise InputRejected("no Day One journal was found in it")
    for name, document in documents:
        _Journal(builder, tree, name, document, many=len(documents) > 1).parse()


class _Journal:
    """One `<Journal>.json` and the media around it."""

    def __init__(
        self,
        builder: PlanBuilder,
        tree: Tree,
        name: str,
        document: dict[str, object],
        *,
        many: bool,
    ) -> None:
        self._builder = builder
        self._tree = tree
        path = PurePosixPath(name)
        self._name = path.stem
        self._prefix = f"{path.name}, " if many else ""
        self._folder = "" if str(path.parent) == "." else f"{path.parent}/"
        self._entries = list_of(document.get("entries"))
        self._media: dict[str, str] = {}
        self._files: dict[str, str] = {}

    def parse(self) -> None:
        self._index()
        for number, record in enumerate(self._entries, start=1):
            where = f"{self._prefix}entry {number}"
            if is_map(record):
                self._entry(where, record)
            else:
                self._builder.remark(where, "it isn't an entry; it was left out")

    def _index(self) -> None:
        """identifier -> member, over all entries, since entries borrow each other's photographs."""
        for name in self._tree.members():
            path = PurePosixPath(name)
            self._files[f"{path.parent.name}/{path.stem}".lower()] = name
        for record in self._entries:
            for key, folder in _MEDIA.items():
                for media in list_of(map_of(record).get(key)):
                    item = map_of(media)
                    member = self._files.get(f"{folder}/{text_of(item.get('md5'))}".lower())
                    member = member or self._files.get(
                        f"{folder}/{text_of(item.get('identifier'))}".lower()
                    )
                    if member and (identifier := text_of(item.get("identifier"))):
                        self._media[identifier.upper()] = member

    def _entry(self, where: str, record: dict[str, object]) -> None:
        created = dates.parse_instant(text_of(record.get("creationDate")))
        zone = text_of(record.get("timeZone"))
        when = self._builder.instant(created, zone) if created else None
        text = text_of(record.get("text"))
        body = unescape_dayone(text) if text else rich_to_markdown(text_of(record.get("richText")))
        body, attachments = self._attach(where, record, body)
        if record.get("pinned") is True or record.get("isPinned") is True:
            self._builder.once("pins are kept with each entry's source record; stars come over")
        if "location" in record or "weather" in record:
            self._builder.once("places and weather are kept with each entry's source record")
        self._builder.entry(
            where,
            when,
            body,
            source_id=text_of(record.get("uuid")),
            identity=f"{text_of(record.get('creationDate'))}\n{text}",
            tags=[
                text_of(tag) or text_of(map_of(tag).get("name"))
                for tag in list_of(record.get("tags"))
            ],
            starred=record.get("starred") is True or record.get("starred") == 1,
            journal=self._name,
            modified_at=dates.parse_instant(text_of(record.get("modifiedDate"))),
            attachments=attachments,
            raw=compact(record),
        )

    def _attach(
        self, where: str, record: dict[str, object], body: str
    ) -> tuple[str, list[ImportedFile]]:
        wanted: dict[str, None] = {}
        missing = 0
        for key in _MEDIA:
            for media in list_of(record.get(key)):
                identifier = text_of(map_of(media).get("identifier")).upper()
                if member := self._media.get(identifier):
                    wanted[member] = None
                else:
                    missing += 1

        def link(found: re.Match[str]) -> str:
            member = self._media.get(found[2].upper())
            if member is None:
                return found[0]
            wanted[member] = None
            return f"{found[1]}({PurePosixPath(member).name})"

        body = _MOMENT.sub(link, body)
        # A file that the text shows and no entry lists is as missing as one that is listed.
        listed = {
            text_of(map_of(media).get("identifier")).upper()
            for key in _MEDIA
            for media in list_of(record.get(key))
        }
        missing += len({found[2].upper() for found in _MOMENT.finditer(body)} - listed)
        if missing:
            self._builder.remark(where, f"{missing} of its files are not in the export")
        return body, [imported(self._tree, member) for member in wanted]
