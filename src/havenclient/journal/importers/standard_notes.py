"""Standard Notes' decrypted backup: `Standard Notes Backup and Import File.txt`, or its zip.

Format facts: JSON `{version, items: [...]}`; which notes a tag holds is in the TAG's references;
nested tags refer to their parent; old files have it the other way round as well. Text is plain,
Markdown, HTML (old rich editors) or a tree (`super`). An encrypted backup has `keyParams` and
contents that are strings `004:…`; it is refused with the way to export it decrypted.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.lexical import is_lexical, lexical_to_markdown
from havenclient.journal.importers.markup import html_to_markdown, looks_like_html
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.importers.values import (
    compact,
    is_map,
    list_of,
    map_of,
    number_of,
    parse_json,
    text_of,
)

_APP = "org.standardnotes.sn"
_HOW = (
    "in Standard Notes choose Preferences, Backups, Data backups, then Decrypted",
    "and import the file that it saves",
)


def looks_like(value: object) -> bool:
    if not is_map(value) or not isinstance(value.get("items"), list):
        return False
    first = next((item for item in list_of(value["items"]) if is_map(item)), None)
    return "keyParams" in value or first is None or "content_type" in first


def named_file_of(tree: Tree) -> str | None:
    """The backup's one file, by its name."""
    for name in tree.members():
        leaf = PurePosixPath(name).name.lower()
        if "__MACOSX" in name or not leaf.endswith((".txt", ".json")):
            continue
        if "backup and import file" in leaf:
            return name
    return None


def file_of(tree: Tree) -> str | None:
    """The backup's one file: by its name, else the only text at the top."""
    if (named := named_file_of(tree)) is not None:
        return named
    names = [name for name in tree.members() if "__MACOSX" not in name]
    tops = [name for name in names if "/" not in name and name.lower().endswith((".txt", ".json"))]
    return tops[0] if len(tops) == 1 else None


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    name = file_of(tree)
    if name is None:
        raise InputRejected("no Standard Notes backup file was found in it", *_HOW)
    text, remarks = decode(read(tree, name))
    for message in remarks:
        builder.remark(PurePosixPath(name).name, message)
    parse_value(builder, parse_json(text))


def parse_value(builder: PlanBuilder, value: object) -> None:
    if not looks_like(value) or not is_map(value):
        raise InputRejected("this JSON isn't a Standard Notes backup", *_HOW)
    items = [item for item in list_of(value["items"]) if is_map(item)]
    closed = sum(1 for item in items if text_of(item.get("content")))
    opened = sum(1 for item in items if is_map(item.get("content")))
    if ("keyParams" in value or closed) and not opened:
        raise InputRejected("this Standard Notes backup is encrypted", *_HOW)
    if closed:
        builder.once(f"{closed} items are encrypted and were left out", "backup")
    tags = _tags_by_note(items)
    number = trashed = 0
    for item in items:
        if item.get("content_type") != "Note" or item.get("deleted") is True:
            continue
        number += 1
        content = item.get("content")
        if not is_map(content):
            continue
        app = map_of(map_of(content.get("appData")).get(_APP))
        if content.get("trashed") is True:
            trashed += 1
            continue
        _note(builder, f"note {number}", item, content, app, tags)
    if trashed:
        builder.once(f"{trashed} notes in its trash were left out", "backup")


def _tags_by_note(items: list[dict[str, object]]) -> dict[str, list[str]]:
    titles: dict[str, str] = {}
    parents: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for item in items:
        content = map_of(item.get("content"))
        if item.get("content_type") != "Tag" or item.get("deleted") is True or not content:
            continue
        uuid = text_of(item.get("uuid"))
        titles[uuid] = text_of(content.get("title")).replace("/", "-")
        if parent := text_of(content.get("parentId")):
            parents[uuid] = parent
        for reference in list_of(content.get("references")):
            target = text_of(map_of(reference).get("uuid"))
            if text_of(map_of(reference).get("reference_type")) == "TagToParentTag":
                parents[uuid] = target
            elif map_of(reference).get("content_type") != "Tag":
                members.setdefault(target, []).append(uuid)
    for item in items:  # old files: the note refers to its tags
        if item.get("content_type") == "Note":
            for reference in list_of(map_of(item.get("content")).get("references")):
                if map_of(reference).get("content_type") == "Tag":
                    tag = text_of(map_of(reference).get("uuid"))
                    members.setdefault(text_of(item.get("uuid")), []).append(tag)

    def path(uuid: str) -> str:
        parts: list[str] = []
        seen: set[str] = set()
        while uuid in titles and uuid not in seen and len(parts) < 8:
            seen.add(uuid)
            parts.append(titles[uuid])
            uuid = parents.get(uuid, "")
        return "/".join(reversed(parts))

    return {note: [path(tag) for tag in found] for note, found in members.items()}


def _note(
    builder: PlanBuilder,
    where: str,
    item: dict[str, object],
    content: dict[str, object],
    app: dict[str, object],
    tags: dict[str, list[str]],
) -> None:
    uuid = text_of(item.get("uuid"))
    title, text = text_of(content.get("title")).strip(), text_of(content.get("text"))
    kind, editor = text_of(content.get("noteType")), text_of(content.get("editorIdentifier"))
    if is_lexical(text):
        body = lexical_to_markdown(text)
    elif kind in ("rich-text",) or (kind in ("", "unknown") and _is_rich(editor, text)):
        body = html_to_markdown(text)
    elif kind in ("spreadsheet", "task", "authentication") and text.startswith(("{", "[")):
        body = f"```json\n{text}\n```"
        builder.remark(where, f"it is a {kind} note; its data was kept as it is")
    else:
        body = text
    first = next((line.strip() for line in body.split("\n") if line.strip()), "")
    if title and first.lstrip("# ").casefold() != title.casefold():
        body = f"# {title}\n\n{body}" if body.strip() else f"# {title}"
    created = _created(item, app)
    changed = _instant(app.get("client_updated_at")) or _instant(item.get("updated_at"))
    builder.entry(
        where,
        builder.instant(created) if created else None,
        body,
        source_id=uuid,
        identity=f"{title}\n{text}",
        tags=tags.get(uuid, []),
        starred=content.get("starred") is True or app.get("starred") is True,
        modified_at=changed,
        raw=compact(item),
    )


def _is_rich(editor: str, text: str) -> bool:
    if "markdown" in editor or "plain" in editor:
        return False
    return text.lstrip().startswith("<") and looks_like_html(text)


def _created(item: dict[str, object], app: dict[str, object]) -> datetime | None:
    """Creation time; 1970 is what the program writes for "unknown"."""
    for value in (item.get("created_at"), app.get("client_updated_at"), item.get("updated_at")):
        found = _instant(value)
        if found is not None and found.year > 1970:
            return found
    stamp = number_of(item.get("created_at_timestamp"))
    return dates.from_epoch(stamp, 1e-6) if stamp and stamp > 0 else None


def _instant(value: object) -> datetime | None:
    return dates.parse_instant(text_of(value)) if text_of(value) else None
