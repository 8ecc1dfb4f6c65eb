"""Joplin's JEX (a tar) and its RAW folder: one `<id>.md` for each item, resources beside.

Format facts: title, empty line, body, empty line, then `key: value` lines up to the end; `type_`
says what it is (1 note, 2 notebook, 4 resource, 5 tag, 6 note-tag). Times are UTC. Notes refer to
resources as `:/<32 hex>`; the bytes are in `resources/<id>.<extension>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.attached import imported, leaf_name
from havenclient.journal.importers.limits import MAX_NOTE_FILE
from havenclient.journal.importers.markup import html_to_markdown
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.records import ImportedFile

_ID_FILE = re.compile(r"(?:^|/)([0-9a-fA-F]{32})\.md\Z")
_RESOURCE_FILE = re.compile(r"(?:^|/)resources/([0-9a-fA-F]{32})(?:\.[^/]*)?\Z")
_PROPERTY = re.compile(r"([a-z_]+[0-9]?):(?: (.*))?\Z")
_LINK = re.compile(
    r"(!?\[[^\]\[\n]{0,500}\])\(:/([0-9a-fA-F]{32})(?:#[^)\s]{0,200})?(?:\s\"[^\"\n]{0,200}\")?\)"
)
_HTML_LINK = re.compile(r"(src|href)=([\"']):/([0-9a-fA-F]{32})\2")


@dataclass(frozen=True, slots=True)
class _Item:
    title: str
    body: str
    properties: dict[str, str]
    raw: str


def names_of(tree: Tree) -> list[str]:
    return [name for name in tree.members() if _ID_FILE.search(name)]


def is_export(tree: Tree) -> bool:
    names = names_of(tree)
    return bool(names) and is_item(decode(read(tree, names[0]))[0])


def is_item(text: str) -> bool:
    return re.search(r"^type_: \d{1,2}\s*\Z", text, re.MULTILINE) is not None


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    names = names_of(tree)
    if not names:
        raise InputRejected("no Joplin notes were found in it")
    items: dict[str, tuple[str, _Item]] = {}
    closed = 0
    for name in names:
        where = PurePosixPath(name).name
        try:
            text, remarks = decode(read(tree, name, MAX_NOTE_FILE))
        except InputRejected as error:
            builder.remark(where, error.message)
            continue
        for message in remarks:
            builder.remark(where, message)
        item = _item(text)
        if item is None:
            builder.remark(where, "it isn't a Joplin item; it was left out")
        elif item.properties.get("encryption_applied") == "1":
            closed += 1
        else:
            items[(item.properties.get("id") or PurePosixPath(name).stem).lower()] = (where, item)
    if closed and not items:
        raise InputRejected(
            "this Joplin export is encrypted", "in Joplin use File, Export all, JEX: it decrypts"
        )
    if closed:
        builder.once(f"{closed} items are encrypted and were left out", "export")
    _Export(builder, tree, items).parse()


def _item(text: str) -> _Item | None:
    lines = text.rstrip("\n").split("\n")
    properties: dict[str, str] = {}
    end = len(lines)
    while end and lines[end - 1].strip():
        found = _PROPERTY.match(lines[end - 1])
        if found is None:
            break
        properties.setdefault(found[1], (found[2] or "").strip())
        end -= 1
    if not properties.get("type_", "").isdigit():
        return None
    head = lines[:end]
    while head and not head[-1].strip():
        head.pop()
    title = head[0].strip() if head else ""
    body = head[1:]
    if body and not body[0].strip():
        body = body[1:]
    return _Item(title, "\n".join(body), properties, text)


class _Export:
    def __init__(
        self, builder: PlanBuilder, tree: Tree, items: dict[str, tuple[str, _Item]]
    ) -> None:
        self._builder = builder
        self._tree = tree
        self._notes = {key: pair for key, pair in items.items() if _kind(pair[1]) == "1"}
        self._folders = {key: pair[1] for key, pair in items.items() if _kind(pair[1]) == "2"}
        self._resources = {key: pair[1] for key, pair in items.items() if _kind(pair[1]) == "4"}
        tags = {key: pair[1].title for key, pair in items.items() if _kind(pair[1]) == "5"}
        self._tags: dict[str, list[str]] = {}
        for _, item in items.values():
            if _kind(item) == "6":
                tag = tags.get(item.properties.get("tag_id", "").lower())
                if tag:
                    note = item.properties.get("note_id", "").lower()
                    self._tags.setdefault(note, []).append(tag)
        self._files = {
            found[1].lower(): name
            for name in tree.members()
            if (found := _RESOURCE_FILE.search(name))
        }

    def parse(self) -> None:
        if not self._notes:
            raise InputRejected("no Joplin notes were found in it")
        binned = 0
        for key, (where, item) in self._notes.items():
            if item.properties.get("deleted_time", "0") not in ("", "0"):
                binned += 1
                continue
            self._note(key, where, item)
        if binned:
            self._builder.once(f"{binned} notes in its trash were left out", "export")

    def _note(self, key: str, where: str, item: _Item) -> None:
        have = item.properties
        created = dates.parse_instant(have.get("user_created_time") or have.get("created_time", ""))
        if created is None:
            created = dates.parse_instant(have.get("created_time", ""))
        if have.get("is_conflict") == "1":
            self._builder.remark(where, "Joplin marked it as a conflict copy; it was taken along")
        body = item.body
        if have.get("markup_language") == "2":
            body = html_to_markdown(_HTML_LINK.sub(r"\1=\2:/\3\2", body))
        body, files = self._attach(where, body)
        if todo := _todo(have):
            body = f"{todo}\n\n{body}" if body.strip() else todo
        first = next((line.strip() for line in body.split("\n") if line.strip()), "")
        if item.title and first.lstrip("# ").casefold() != item.title.casefold():
            body = f"# {item.title}\n\n{body}" if body.strip() else f"# {item.title}"
        changed = have.get("user_updated_time") or have.get("updated_time", "")
        self._builder.entry(
            where,
            self._builder.instant(created) if created else None,
            body,
            source_id=key,
            tags=self._tags.get(key, []),
            journal=self._notebook(have.get("parent_id", "").lower()),
            modified_at=dates.parse_instant(changed),
            attachments=files,
            raw=item.raw,
        )

    def _notebook(self, key: str) -> str | None:
        parts: list[str] = []
        seen: set[str] = set()
        while key in self._folders and key not in seen and len(parts) < 8:
            seen.add(key)
            parts.append(self._folders[key].title)
            key = self._folders[key].properties.get("parent_id", "").lower()
        return " / ".join(reversed(parts)) or None

    def _attach(self, where: str, body: str) -> tuple[str, list[ImportedFile]]:
        found: dict[str, ImportedFile] = {}
        used: set[str] = set()
        missing = 0

        def link(match: re.Match[str]) -> str:
            nonlocal missing
            key = match[2].lower()
            if key in self._notes:
                return match[0]
            member = self._files.get(key)
            if member is None:
                missing += 1
                return match[0]
            if key not in found:
                found[key] = self._resource(key, member, used)
            name = found[key].name
            return f"{match[1]}(<{name}>)" if " " in name or ")" in name else f"{match[1]}({name})"

        body = _LINK.sub(link, body)
        if missing:
            self._builder.remark(where, f"{missing} of its files are not in the export")
        return body, list(found.values())

    def _resource(self, key: str, member: str, used: set[str]) -> ImportedFile:
        item = self._resources.get(key)
        have = item.properties if item else {}
        shown = leaf_name(have.get("filename", "") or (item.title if item else ""))
        extension = have.get("file_extension", "")
        if shown and extension and "." not in shown:
            shown = f"{shown}.{extension}"
        if not shown or shown in used:
            shown = PurePosixPath(member).name
        used.add(shown)
        return imported(self._tree, member, shown=shown, media_type=have.get("mime", ""))


def _todo(have: dict[str, str]) -> str:
    """A to-do's box with its days, in words: an entry has no place of its own for them."""
    if have.get("is_todo") != "1":
        return ""
    done, due = _day(have.get("todo_completed", "")), _day(have.get("todo_due", ""))
    words = f"Done {done}" if done else "To do"
    return f"- [{'x' if done else ' '}] {words}{f', due {due}' if due else ''}"


def _day(text: str) -> str:
    """The day (UTC) of Joplin's milliseconds or ISO time; "" for never ("0")."""
    if text.isdigit() and text != "0":
        when = dates.from_epoch(float(text[:16]), 0.001)
    else:
        when = dates.parse_instant(text)
    return f"{when:%Y-%m-%d}" if when and when.year > 1970 else ""


def _kind(item: _Item) -> str:
    return item.properties.get("type_", "")
