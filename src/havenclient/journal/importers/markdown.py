"""A folder (or zip) of Markdown notes: Obsidian, Joplin's and others' exports, Haven's own.

The date comes, in this order, from the front matter, the file's name, the folders' names, and at
last the file's own time, which is remarked. Links between notes stay as they are; files that a note
shows come along. Notes that Haven exported carry everything in their front matter.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates, frontmatter, haven_lines
from havenclient.journal.importers.attached import Finder, imported
from havenclient.journal.importers.dates import Order, Stamp
from havenclient.journal.importers.limits import MAX_NOTE_FILE
from havenclient.journal.importers.plan import PlanBuilder, When
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.importers.values import is_map, list_of, map_of, text_of, yaml_text
from havenclient.journal.records import ImportedFile

SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
_DATE_KEYS = (
    "date", "created", "created_at", "creation-date", "created-at", "creation_date", "date created",
    "date-created", "datecreated", "createdat", "created_time", "date_created", "day",
)  # fmt: skip
_CHANGED_KEYS = (
    "updated",
    "updated_at",
    "modified",
    "modified_at",
    "last_modified",
    "date modified",
)
_TEMPLATES = {"templates", "template", "_templates", ".templates", "vorlagen"}
_SKIPPED = {
    ".obsidian", ".trash", ".git", ".stversions", "__macosx", "node_modules", *_TEMPLATES,
}  # fmt: skip
_NAME_DATE = re.compile(
    r"(?<!\d)(\d{4})[-._ ]?(0[1-9]|1[0-2])[-._ ]?(0[1-9]|[12]\d|3[01])(?!\d)"
    r"(?:[T _\-]+(?:at[ _]?)?([01]\d|2[0-3])[-.:h]?([0-5]\d)(?:[-.:]?([0-5]\d))?(?!\d))?"
)
_NUMERIC_NAME = re.compile(r"\d{1,2}([-.])\d{1,2}\1\d{4}(?!\d)")
_EPOCH = re.compile(r"\d{10}|\d{13}")
_FOLDER_DATE = re.compile(
    r"(?:^|/)(\d{4})/(?:\d{4}-)?(\d{1,2})[^/]*/(?:\d{4}-\d{2}-)?(\d{1,2})\b[^/]*\Z"
)
_EMBED = re.compile(r"!\[\[([^\]\[\n|#]{1,500})(?:[|#][^\]\[\n]{0,500})?\]\]")
_IMAGE = re.compile(
    r"!?\[[^\]\[\n]{0,500}\]\((?:<([^>\n]{1,1000})>|([^()\s]{1,1000}(?:\([^()\s]{0,200}\)[^()\s]{0,200})?))[^)\n]{0,200}\)"
)


def is_note(name: str) -> bool:
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES or path.name.startswith("._"):
        return False
    return not any(part.lower() in _SKIPPED or part.endswith(".files") for part in path.parts[:-1])


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    names = [name for name in tree.members() if is_note(name)]
    if not names:
        raise InputRejected("no Markdown notes were found in it")
    finder = Finder(tree)
    notes: list[_Note] = []
    for name in names:
        try:
            text, remarks = _text(read(tree, name, MAX_NOTE_FILE))
        except InputRejected as error:
            builder.remark(name, error.message)
            continue
        for message in remarks:
            builder.remark(name, message)
        notes.append(_Note(builder, tree, finder, name, text))
    # Whether 03-04 is a day in March or in April shows in the whole folder, not in one name.
    orders = _Orders(
        dates.order_of(PurePosixPath(name).stem for name in names),
        dates.order_of(note.said for note in notes if note.said),
    )
    for note in notes:
        note.add(orders)
    for name in tree.skipped:
        builder.remark(name, "it is a link or special file and was left out")
    _say_what_stayed(builder, tree, notes)


def _say_what_stayed(builder: PlanBuilder, tree: Tree, notes: list[_Note]) -> None:
    """Templates and files that no note shows don't come along; a person should know how many."""
    read_or_shown = {name for note in notes for name in (note.name, *note.shown)}
    templates = other = 0
    for name in tree.members():
        parts = [part.lower() for part in PurePosixPath(name).parts]
        if name in read_or_shown or any(part.startswith(".") for part in parts):
            continue
        if parts[-1].endswith(SUFFIXES):
            templates += any(part in _TEMPLATES for part in parts[:-1])
        elif not any(part in _SKIPPED for part in parts[:-1]):
            other += 1
    if templates:
        builder.once(f"{templates} notes in template folders were left out")
    if other:
        builder.once(f"{other} files that no note shows were left out")


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Haven's own notes are read back letter by letter, others with their line ends made one."""
    if data.startswith(b"---\nhaven: "):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8"), ()
    return decode(data)


@dataclass(frozen=True, slots=True)
class _Orders:
    """Day or month first, as the names and the front matter of the whole folder show it."""

    names: Order
    front: Order


class _Note:
    def __init__(
        self, builder: PlanBuilder, tree: Tree, finder: Finder, name: str, text: str
    ) -> None:
        self._builder = builder
        self._tree = tree
        self._finder = finder
        self.name = self._name = name
        self.shown: list[str] = []
        """Members that the note shows."""
        self._raw = text
        self._orders = _Orders(Order.UNKNOWN, Order.UNKNOWN)
        self._front: dict[str, object] = {}
        try:
            front, self._body = frontmatter.split(text)
            self._front = front or {}
        except InputRejected as error:
            builder.remark(name, f"{error.message}; it stays part of the text")
            self._body = text

    @property
    def said(self) -> str:
        """The date in its front matter as it is written, or ""."""
        return next((said for key in _DATE_KEYS if (said := self._said(key))), "")

    def _said(self, key: str) -> str:
        return yaml_text(self._front.get(key)).strip().removeprefix("[[").removesuffix("]]")

    def add(self, orders: _Orders) -> None:
        self._orders = orders
        if not self._raw.strip():
            self._builder.remark(self._name, "it is empty; it was left out")
        elif "haven" in self._front and yaml_text(self._front.get("id")):
            self._add_own()
        else:
            self._add_foreign()

    def _add_foreign(self) -> None:
        stamp, marker = self._stamp()
        if stamp is None:
            self._builder.remark(self._name, "no date was found for it; it was left out")
            return
        front = self._front
        tags = frontmatter.words(front.get("tags")) + frontmatter.words(front.get("tag"))
        tags += frontmatter.words(front.get("keywords"))
        changed = next((yaml_text(front[key]) for key in _CHANGED_KEYS if key in front), "")
        star = yaml_text(front.get("starred") or front.get("favorite") or front.get("pinned"))
        self._builder.entry(
            self._name,
            self._moment(stamp),
            self._titled(),
            identity=f"{self._name}\n{marker}\n{self._raw}",
            tags=tags + frontmatter.inline_tags(self._body),
            mood=self._mood(),
            starred=star.lower() in ("true", "yes", "1"),
            modified_at=dates.parse_instant(changed) if changed else None,
            attachments=self._attachments(),
            raw=self._raw,
        )

    def _moment(self, stamp: Stamp) -> When | None:
        if stamp.zone == UTC:  # the file's own time or a note of Joplin's: an instant, not a place
            return self._builder.instant(stamp.naive().replace(tzinfo=UTC))
        return self._builder.moment(stamp)

    def _stamp(self) -> tuple[Stamp | None, str]:
        """The note's moment and what of it belongs to the note itself (not to a copy's mtime)."""
        front = self._front
        for key in _DATE_KEYS:
            text = self._said(key)
            if text and (stamp := self._front_stamp(text)) is not None:
                if stamp.clock is None and (time := yaml_text(front.get("time"))):
                    clock = dates.parse_time(time)
                    stamp = Stamp(stamp.day, *clock) if clock else stamp
                if stamp.clock is None and (named := self._from_name()) and named.day == stamp.day:
                    return named, text
                return stamp, text
            if text:
                self._builder.remark(self._name, "a date in its front matter can't be read")
        if (stamp := self._from_name()) is not None:
            return stamp, ""
        modified = self._tree.members()[self._name].modified
        if modified is None:
            return None, ""
        self._builder.remark(self._name, "it names no date; the file's own time is used")
        return Stamp(modified.date(), modified.time(), modified.tzinfo), ""

    def _front_stamp(self, text: str) -> Stamp | None:
        if _EPOCH.fullmatch(text):  # plugins write seconds or milliseconds since 1970
            when = dates.from_epoch(float(text), 0.001 if len(text) > 10 else 1)
            return Stamp(when.date(), when.time(), UTC) if when else None
        self._ask(self._orders.front, text)
        return dates.parse_stamp(text, order=self._orders.front)

    def _ask(self, order: Order, text: str) -> None:
        if order is Order.UNKNOWN and dates.ambiguous(text):
            self._builder.once(
                "dates like 03/04 read two ways here; they are taken as month/day", self._name
            )

    def _from_name(self) -> Stamp | None:
        path = PurePosixPath(self._name)
        if found := _NAME_DATE.search(path.stem):
            parts = [int(part) if part else 0 for part in found.groups()]
            try:
                when = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 (zone comes later)
            except ValueError:
                return None
            return Stamp(when.date(), when.time() if found[4] else None)
        if found := _FOLDER_DATE.search(str(path.with_suffix(""))):
            return dates.parse_stamp(f"{found[1]}-{found[2]}-{found[3]}")
        # "09-06-2013", "Sunday, June 9, 2013", other dates in words; then one with a title after.
        order = self._orders.names
        stamp = dates.parse_stamp(path.stem, order=order)
        if stamp is None and (found := _NUMERIC_NAME.match(path.stem)):
            stamp = dates.parse_stamp(found[0], order=order)
        if stamp is not None:
            self._ask(order, path.stem)
        return stamp

    def _titled(self) -> str:
        """The body, with the note's title as a heading where only the front or name told it."""
        body = self._body.strip("\n")
        title = yaml_text(self._front.get("title")).strip()
        if not title:
            stem = PurePosixPath(self._name).stem
            rest = stem
            for pattern in (_NAME_DATE, _NUMERIC_NAME):
                if pattern.search(stem):
                    rest = pattern.sub("", stem).strip(" -_.")
                    break
            title = "" if dates.parse_stamp(stem) or rest.isdigit() else rest
        first = next((line.strip() for line in body.split("\n") if line.strip()), "")
        if not title or first.startswith("#") or first.casefold() == title.casefold():
            return body
        return f"# {' '.join(title.split())}\n\n{body}" if body else f"# {title}"

    def _mood(self) -> int | None:
        value = self._front.get("mood")
        if isinstance(value, list) and value:
            value = value[0]
        text = yaml_text(value).strip()
        if not text:
            return None
        if found := re.fullmatch(r"([1-5])(?:\s*/\s*5)?(?:\.0)?", text):
            return int(found[1])
        if re.fullmatch(r"[\d./ -]+", text):
            self._builder.remark(self._name, "its mood isn't on a scale of 1 to 5; left out")
            return None
        return self._builder.mood(text)

    def _attachments(self) -> list[ImportedFile]:
        found: dict[str, None] = {}
        missing = 0
        for match in _EMBED.finditer(self._body):
            target = match[1].strip()
            member = self._finder.find(target, self._name)
            if member is not None and not is_note(member):
                found[member] = None
            elif member is None and "." in target.rsplit("/", 1)[-1]:
                missing += 1
        for match in _IMAGE.finditer(self._body):
            member = self._finder.find(match[1] or match[2] or "", self._name)
            if member is not None and PurePosixPath(member).suffix.lower() not in SUFFIXES:
                found[member] = None
        self.shown.extend(found)
        if missing:
            self._builder.remark(self._name, f"{missing} of the files it shows were not found")
        return [imported(self._tree, member) for member in found]

    # -- Haven's own notes ------------------------------------------------------------------------

    def _add_own(self) -> None:
        front = self._front
        when = haven_lines.moment({"written_at": front.get("date"), "zone": front.get("zone")})
        mood = yaml_text(front.get("mood"))
        self._builder.source = "haven"
        try:
            self._builder.entry(
                self._name,
                when,
                # One line feed before and after the body is the exporter's; the rest is the body's.
                self._body.removeprefix("\n").removesuffix("\n"),
                source_id=yaml_text(front.get("id")),
                tags=[str(tag) for tag in list_of(front.get("tags")) if isinstance(tag, str)],
                mood=int(mood) if mood in ("1", "2", "3", "4", "5") else None,
                starred=yaml_text(front.get("starred")) == "true",
                # Haven writes no nulls here: a note that says "null" is a note.
                note=text_of(front.get("note")) or None,
                journal=text_of(front.get("journal")) or None,
                modified_at=dates.parse_instant(yaml_text(front.get("saved"))),
                attachments=self._own_files(),
                exact=True,
            )
        finally:
            self._builder.source = "markdown"

    def _own_files(self) -> list[ImportedFile]:
        out: list[ImportedFile] = []
        for item in list_of(self._front.get("attachments")):
            record = map_of(item) if is_map(item) else {}
            member = self._finder.beside(text_of(record.get("file")), self._name)
            if member is None:
                self._builder.remark(self._name, "one of its attachments was not found")
                continue
            self.shown.append(member)
            out.append(
                imported(
                    self._tree,
                    member,
                    shown=text_of(record.get("name")),
                    media_type=yaml_text(record.get("type")),
                )
            )
        return out
