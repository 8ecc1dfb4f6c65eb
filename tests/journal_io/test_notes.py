"""Markdown folders and Obsidian, RedNotebook, Standard Notes, Joplin."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from havenclient.errors import InputRejected
from havenclient.journal.importers import detect, open_attachment
from havenclient.journal.records import ImportPlan
from tests.journal_io.making import only, plan_of, remarks, tarred, written, zipped


def by_day(plan: ImportPlan) -> dict[str, str]:
    return {f"{found.written_at:%Y-%m-%d %H:%M}": found.body for found in plan.entries}


@pytest.mark.parametrize(
    ("name", "text", "iso"),
    [
        ("2024-03-05.md", "x", "2024-03-05T12:00:00+01:00"),
        ("Daily/2024/03-March/2024-03-05-Tuesday.md", "x", "2024-03-05T12:00:00+01:00"),
        ("20240305 walk.md", "x", "2024-03-05T12:00:00+01:00"),
        ("2024-03-05 2114.md", "x", "2024-03-05T21:14:00+01:00"),
        ("2024/03/05.md", "x", "2024-03-05T12:00:00+01:00"),
        ("March 5, 2024.md", "x", "2024-03-05T12:00:00+01:00"),
        ("a.md", "---\ndate: 2024-03-05T21:14:00-05:00\n---\nx", "2024-03-05T21:14:00-05:00"),
        ("a.md", "---\nDate: 2024-03-05 21:14\n---\nx", "2024-03-05T21:14:00+01:00"),
        (
            "a.md",
            "---\ncreated: '2024-03-05T21:14[Europe/Paris]'\n---\nx",
            "2024-03-05T21:14:00+01:00",
        ),
        ("a.md", "---\ncreated: 2024-03-05 20:14:00Z\n---\nx", "2024-03-05T21:14:00+01:00"),
        ("a.md", "---\ndate:\ncreation-date: 2024-03-05\n---\nx", "2024-03-05T12:00:00+01:00"),
        ("a.md", "---\ndate: 2024-03-05\ntime: '21:14'\n---\nx", "2024-03-05T21:14:00+01:00"),
    ],
)
def test_where_a_notes_date_comes_from(tmp_path: Path, name: str, text: str, iso: str) -> None:
    written(tmp_path, name, text)
    assert only(plan_of(tmp_path, "markdown")).written_at.isoformat() == iso


def test_a_note_without_a_date_uses_the_files_time_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "Trip to Rome.md", "ciao")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    plan = plan_of(tmp_path)
    assert only(plan).body == "# Trip to Rome\n\nciao"
    assert only(plan).written_at.isoformat() == "2023-11-14T23:13:20+01:00"
    assert "the file's own time" in remarks(plan)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    assert only(plan_of(tmp_path)).source_id == only(plan).source_id


def test_tags_moods_and_code(tmp_path: Path) -> None:
    written(
        tmp_path,
        "2024-01-01.md",
        "---\ntags: [one, nested/two]\nmood: 4\ntitle: Day\n---\n"
        "#three `#no` [x](http://a#no) #4 #área/b\n```\n#no\n```\n# Heading\n",
    )
    found = only(plan_of(tmp_path))
    assert found.tags == ("one", "nested/two", "three", "área/b")
    assert found.mood == 4
    written(tmp_path, "2024-01-01.md", "---\ntags: '#a #b'\nmood: tired\n---\nx")
    plan = plan_of(tmp_path)
    assert only(plan).tags == ("a", "b") and plan.unknown_moods == ("tired",)


def test_attachments_only_from_inside_the_folder(tmp_path: Path) -> None:
    written(tmp_path, "secret.txt", "outside")
    root = tmp_path / "vault"
    written(root, "attachments/my pic.png", b"png")
    written(root, "b/c.pdf", b"pdf")
    written(
        root,
        "daily/2024-01-01.md",
        "![[my pic.png|400]] ![x](../b/c.pdf) ![y](../../secret.txt) ![z](/etc/passwd) "
        "[[2024-01-02]] ![[gone.png]]",
    )
    (root / "link.md").symlink_to(tmp_path / "secret.txt")
    plan = plan_of(root)
    found = only(plan)
    assert [file.name for file in found.attachments] == ["my pic.png", "c.pdf"]
    assert "link.md" in remarks(plan) and "1 of the files" in remarks(plan)
    with open_attachment(found.attachments[1]) as stream:
        assert stream.read() == b"pdf"


def test_skipped_folders_and_bad_front_matter(tmp_path: Path) -> None:
    for name in (".obsidian/a.md", ".trash/2024-01-01.md", "Templates/2024-01-01.md"):
        written(tmp_path, name, "no")
    written(tmp_path, "2024-01-02.md", "---\na: [b\n---\nwords stay")
    written(tmp_path, "2024-01-03.md", "")
    written(tmp_path, "2024-01-04.md", "not first\n---\na: b\n---\n")
    bomb = "a: &a [x]\n" + "".join(f"b{i}: [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" for i in range(9))
    written(tmp_path, "2024-01-05.md", f"---\n{bomb}---\nbomb")
    plan = plan_of(tmp_path)
    bodies = by_day(plan)
    assert set(bodies) == {f"2024-01-0{day} 12:00" for day in (2, 4, 5)}
    assert "words stay" in bodies["2024-01-02 12:00"]
    assert "2024-01-03.md: it is empty" in remarks(plan)
    assert "2024-01-05.md: a YAML block is nested or repeated too deeply" in remarks(plan)


def test_rednotebook_folder_categories_and_leftovers(tmp_path: Path) -> None:
    written(
        tmp_path,
        "2023-12.txt",
        "24:\n  text: '**Eve** http://a.org//b//c __u__ --s--'\n  Tags: {family: null}\n"
        "  Ideas: {write: {}, 'read: more': null}\n31:\n  text: ''\n32: {text: no}\n"
        "foo: {text: x}\n",
    )
    written(tmp_path, "2024-01.txt", "{1: {text: broken")
    written(tmp_path, "2024-02.txt", "")
    written(tmp_path, "2023-12.old.txt", "1: {text: no}")
    written(tmp_path, "notes.txt", "no")
    assert detect(tmp_path) == "rednotebook"
    plan = plan_of(tmp_path)
    found = only(plan)
    assert found.body == (
        "**Eve** http://a.org//b//c <u>u</u> ~~s~~\n\n## Ideas\n\n- write\n- read: more"
    )
    assert found.tags == ("family", "Ideas")
    assert "2024-01.txt" in remarks(plan) and "day 32" in remarks(plan)


def note(uuid: str, **content: object) -> dict[str, object]:
    return {
        "uuid": uuid,
        "content_type": "Note",
        "content": {"title": "T", "text": "x", "references": [], **content},
        "created_at": "2024-01-15T09:30:00.000Z",
        "updated_at": "2024-01-15T09:31:00.000Z",
    }


def tag(uuid: str, title: str, *notes: str, parent: str = "") -> dict[str, object]:
    references = [{"uuid": found, "content_type": "Note"} for found in notes]
    if parent:
        references.append(
            {"uuid": parent, "content_type": "Tag", "reference_type": "TagToParentTag"}
        )
    content = {"title": title, "references": references}
    return {"uuid": uuid, "content_type": "Tag", "content": content}


def test_standard_notes(tmp_path: Path) -> None:
    tree = {
        "root": {
            "type": "root",
            "children": [
                {"type": "heading", "tag": "h2", "children": [{"type": "text", "text": "Hi"}]},
                {
                    "type": "list",
                    "listType": "check",
                    "children": [
                        {
                            "type": "listitem",
                            "checked": True,
                            "children": [{"type": "text", "text": "done", "format": 1}],
                        }
                    ],
                },
                {
                    "type": "paragraph",
                    "children": [
                        {"type": "text", "text": "see ", "format": 0},
                        {
                            "type": "link",
                            "url": "https://a.org",
                            "children": [{"type": "text", "text": "here", "format": 0}],
                        },
                    ],
                },
            ],
        }
    }
    unknown = note("n5") | {"created_at": "1970-01-01T00:00:00.000Z", "updated_at": None}
    items = [
        note("n1", text=json.dumps(tree).replace(": ", ":"), noteType="super"),
        note("n2", text="<p>old <b>rich</b></p>", noteType="rich-text"),
        note("n3", trashed=True),
        note("n4") | {"deleted": True},
        unknown | {"created_at_timestamp": 1_705_310_000_000_000},
        tag("t1", "child", "n1", parent="t2"),
        tag("t2", "parent", "n2"),
        {"uuid": "u", "content_type": "SN|UserPreferences", "content": {}},
    ]
    text = json.dumps({"version": "004", "items": items})
    single = written(tmp_path, "backup.txt", text)
    archive = zipped(
        tmp_path / "b.zip",
        {"Standard Notes Backup and Import File.txt": text, "Items/Note/a.txt": "x"},
    )
    assert detect(single) == detect(archive) == "standard-notes"
    plan = plan_of(archive)
    found = {entry.source_id: entry for entry in plan.entries}
    assert set(found) == {"n1", "n2", "n5"}
    assert found["n1"].body == "# T\n\n## Hi\n\n- [x] **done**\n\nsee [here](https://a.org)"
    assert found["n1"].tags == ("parent/child",) and found["n2"].tags == ("parent",)
    assert found["n2"].body == "# T\n\nold **rich**"
    assert found["n5"].written_at.year == 2024
    assert "1 notes in its trash" in remarks(plan)


def test_encrypted_standard_notes_says_what_to_do(tmp_path: Path) -> None:
    items = [{"uuid": "a", "content_type": "Note", "content": "004:abc:def"}]
    text = json.dumps({"version": "004", "keyParams": {}, "items": items})
    path = written(tmp_path, "b.txt", text)
    assert detect(path) == "standard-notes"
    with pytest.raises(InputRejected) as refused:
        plan_of(path)
    assert "encrypted" in refused.value.message
    assert any("Decrypted" in hint for hint in refused.value.hints)


def item(title: str, body: str, kind: int, **properties: object) -> str:
    head = f"{title}\n\n{body}\n\n" if body else f"{title}\n\n" if title else ""
    lines = "\n".join(f"{key}: {value}" for key, value in properties.items())
    return f"{head}{lines}\ntype_: {kind}"


def joplin_members() -> dict[str, str | bytes]:
    n, f, g, r, t, nt = (letter * 32 for letter in "abcdef")
    return {
        f"{n}.md": item(
            "Trip", f"![photo](:/{r})\nkey: value\n\nmore [n](:/{n})", 1, id=n, parent_id=g,
            created_time="2024-01-15T09:30:00.000Z", user_created_time="2023-12-24T18:00:00.000Z",
            updated_time="2024-01-15T09:30:00.000Z", latitude="52.5", is_todo=0, deleted_time=0,
        ),
        f"{f}.md": item("Diary", "", 2, id=f, parent_id=""),
        f"{g}.md": item("2023", "", 2, id=g, parent_id=f),
        f"{r}.md": item("beach.jpg", "", 4, id=r, mime="image/jpeg", file_extension="jpg"),
        f"{t}.md": item("holiday", "", 5, id=t, parent_id=""),
        f"{nt}.md": item("", "", 6, id=nt, note_id=n, tag_id=t),
        f"resources/{r}.jpg": b"jpeg",
    }  # fmt: skip


def test_joplin_archive_and_raw_folder(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "e.jex", joplin_members())
    for name, data in joplin_members().items():
        written(tmp_path / "raw", name, data)
    assert detect(archive) == detect(tmp_path / "raw") == "joplin"
    plans = [plan_of(archive), plan_of(tmp_path / "raw")]
    for plan in plans:
        found = only(plan)
        assert found.written_at.isoformat() == "2023-12-24T19:00:00+01:00"
        assert found.body == f"# Trip\n\n![photo](beach.jpg)\nkey: value\n\nmore [n](:/{'a' * 32})"
        assert (found.tags, found.journal) == (("holiday",), "Diary / 2023")
        with open_attachment(found.attachments[0]) as stream:
            assert stream.read() == b"jpeg"
    assert only(plans[0]).source_id == only(plans[1]).source_id


def test_encrypted_joplin_says_what_to_do(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        f"{'a' * 32}.md": item("", "", 1, id="a" * 32, encryption_applied=1, created_time="x")
    }
    with pytest.raises(InputRejected) as refused:
        plan_of(tarred(tmp_path / "e.jex", members))
    assert "encrypted" in refused.value.message


def test_days_before_months_show_in_the_whole_folder(tmp_path: Path) -> None:
    for name in ("03-04-2024.md", "25-04-2024.md", "05.04.2024 A walk.md"):
        written(tmp_path, f"v/{name}", "words")
    plan = plan_of(tmp_path / "v")
    days = [entry.written_at.date().isoformat() for entry in plan.entries]
    assert days == ["2024-04-03", "2024-04-05", "2024-04-25"]
    assert [entry.body for entry in plan.entries] == ["words", "# A walk\n\nwords", "words"]
    written(tmp_path, "w/03-04-2024.md", "words")
    assert "two ways" in remarks(plan_of(tmp_path / "w"))


def test_dates_as_plugins_write_them(tmp_path: Path) -> None:
    for number, text in enumerate(
        (
            "created: 1705312800",
            "created: 1705312800000",
            "date: Monday, January 15th 2024, 11:00:00 am",
        )
    ):
        written(tmp_path, f"v/{number}.md", f"---\n{text}\n---\nwords")
    found = {f"{entry.written_at:%Y-%m-%d %H:%M}" for entry in plan_of(tmp_path / "v").entries}
    assert found == {"2024-01-15 11:00"}


def test_what_does_not_come_along_is_counted(tmp_path: Path) -> None:
    written(tmp_path, "v/2024-01-15.md", "![[shown.png]]")
    for name in (
        "shown.png",
        "other.png",
        "Templates/daily.md",
        ".obsidian/app.json",
        ".trash/x.md",
    ):
        written(tmp_path, f"v/{name}", "x")
    said = remarks(plan_of(tmp_path / "v"))
    assert "1 notes in template folders" in said and "1 files that no note shows" in said


def test_a_joplin_todo_says_whether_it_was_done(tmp_path: Path) -> None:
    note = (
        "Call home\n\nAt noon.\n\nid: {id}\nparent_id: \ncreated_time: 2024-04-13T16:21:59.000Z\n"
        "is_todo: 1\ntodo_due: {due}\ntodo_completed: {done}\ntype_: 1"
    )
    done, opened = "a" * 32, "b" * 32
    path = tarred(
        tmp_path / "x.jex",
        {
            f"{done}.md": note.format(id=done, due=0, done=1713039719000),
            f"{opened}.md": note.format(id=opened, due=1713039719000, done=0),
        },
    )
    bodies = sorted(entry.body for entry in plan_of(path).entries)
    assert bodies == [
        "# Call home\n\n- [ ] To do, due 2024-04-13\n\nAt noon.",
        "# Call home\n\n- [x] Done 2024-04-13\n\nAt noon.",
    ]
