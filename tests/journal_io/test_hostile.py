"""Whatever the bytes are, an importer gives a plan or refuses; soon, and in little memory."""

from __future__ import annotations

import json
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.errors import InputRejected, NotFound, WrongPassphrase
from havenclient.journal.importers import FORMATS, detect, parse
from havenclient.journal.importers import dates as dates_module
from havenclient.journal.importers.lexical import lexical_to_markdown
from havenclient.journal.importers.markup import html_to_markdown, txt2tags_to_markdown
from havenclient.journal.records import ImportPlan
from tests.journal_io.making import BERLIN, plan_of, remarks, tarred, written, zipped
from tests.journal_io.test_notes import joplin_members

SUFFIXES = ("", ".txt", ".md", ".json", ".csv", ".zip", ".jex", ".jsonl")

SEEDS = (
    b"[2013-06-09 15:39] My first entry. *\nbody @tag\n",
    b'{"entries": [{"title": "a", "body": "b", "date": "2024-01-01", "time": "10:00"}]}',
    b'{"metadata": {"version": "1.0"}, "entries": [{"creationDate": "2024-01-05T03:02:50Z",'
    b' "text": "a\\\\. ![](dayone-moment://AB)", "photos": [{"identifier": "AB", "md5": "x"}]}]}',
    b"\tDate:\t15 January 2024 at 9:46:46 AM NZST\n\tTags:\ta\n\nbody\n",
    b"---\ndate: 2024-01-01\ntags: [a, b]\n---\n# x #tag ![[a.png]]\n",
    b"1:\n  text: '//a// **b**'\n  Work: {x: null}\n",
    b'{"version": "004", "items": [{"uuid": "a", "content_type": "Note", "created_at":'
    b' "2024-01-15T09:30:00.000Z", "content": {"title": "t", "text": "{\\"root\\":{}}"}}]}',
    b"full_date,date,weekday,time,mood,activities,note_title,note\n"
    b'2021-09-28,28 September,Tuesday,10:00 pm,rad,"a | b","","x"\n',
    b'{"haven": 1, "kind": "export"}\n{"kind": "entry", "id": "A", "written_at":'
    b' "2024-01-01T10:00:00+01:00", "zone": "Europe/Berlin", "versions": [{"body": "x"}]}\n',
    b"title\n\nbody ![](:/cccccccccccccccccccccccccccccccc)\n\nid: a\ntype_: 1",
    b"JRNLv3\x00\x02{}gAAAAABx",
)


DAYLIO = b"full_date,date,weekday,time,mood,activities,note_title,note\n"


def outcome(path: Path, kind: str | None) -> ImportPlan | None:
    try:
        return parse(path, kind, zone=BERLIN, passphrase=lambda: "x")
    except (InputRejected, NotFound, WrongPassphrase):
        return None


FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A well-formed file with pieces cut out, doubled, replaced or thrown in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                del data[at : at + draw(st.integers(1, 20))]
            case 1:
                data[at:at] = draw(st.binary(max_size=8))
            case 2:
                data[at:at] = data[at : at + 30]
            case _:
                odd = [b"\0", b"\xff\xfe", b'"', b"\n---\n", b"9" * 40, b"[" * 60, b"\\ud800",
                       b"1e999", b"-1", b"null", b"0001-01-01", b"9999-12-31", b"&a", b"*a",
                       b"!!python/object:os.system", b"\xe2\x80\xae", b"{}", b"true"]  # fmt: skip
                data[at:at] = draw(st.sampled_from(odd))
    return bytes(data)


@FUZZ
@given(data=st.one_of(mutated(), st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_in_any_format(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("f")
    for kind in (None, *FORMATS):
        if kind == "jrnl-encrypted" and data.startswith((b"JRNLv3", b"gAAAAA")):
            continue  # each try costs a key derivation; its parser is fuzzed below
        for name in ("2024-02.txt", "x.md"):
            plan = outcome(written(folder, name, data), kind)
            if plan is not None:
                for entry in plan.entries:
                    entry.body.encode()
                    entry.raw.encode()
                    assert entry.written_at.utcoffset() is not None


@FUZZ
@given(members=st.lists(st.tuples(st.sampled_from(
    ["a.json", "2024-02.txt", "entries/a.doentry", "2024/01/01.txt", "n.md", "haven.jsonl",
     f"{'a' * 32}.md", "Standard Notes Backup and Import File.txt", "resources/" + "c" * 32]),
    mutated()), max_size=4), cut=st.integers(0, 60))  # fmt: skip
def test_any_archive_whole_or_cut(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("a")
    named: dict[str, str | bytes] = dict(members)
    for path in (zipped(folder / "a.zip", named), tarred(folder / "a.jex", named)):
        for kind in (None, "dayone", "joplin", "markdown", "standard-notes", "haven"):
            outcome(path, kind)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * (60 - cut) // 60] + b"x" * cut)
        outcome(path, None)


@FUZZ
@given(text=st.text(max_size=80))
def test_dates_never_raise(text: str) -> None:
    dates_module.parse_stamp(text)
    dates_module.parse_time(text)
    dates_module.ambiguous(text)


@FUZZ
@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5),
       lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(["root", "children", "type", "text", "format", "tag"]),
                         inner, max_size=4), max_leaves=12))  # fmt: skip
def test_trees_of_notes_never_raise(value: object) -> None:
    lexical_to_markdown(json.dumps({"root": value}))


@pytest.mark.parametrize(
    "name", ["../evil.md", "/etc/evil.md", "a/../../evil.md", "C:\\evil.md", "a\\..\\..\\evil.md"]
)
def test_archives_that_climb_are_refused_whole(tmp_path: Path, name: str) -> None:
    for path in (
        zipped(tmp_path / "a.zip", {"2024-01-01.md": "fine", name: "evil"}),
        tarred(tmp_path / "a.tar", {**joplin_members(), name: "evil"}),
    ):
        with pytest.raises(InputRejected):
            plan_of(path, "markdown")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tars_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = tarred(tmp_path / "a.jex", joplin_members())
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo("resources/x.jpg")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(InputRejected, match="link or a special file"):
        plan_of(path)


def test_links_in_zips_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("2024-01-01.md")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(InputRejected, match="link"):
        plan_of(tmp_path / "a.zip", "markdown")


def quickly(act: Callable[[], object], *, seconds: float = 8, mib: int | None = None) -> None:
    """Within so much processor time (other work on the machine doesn't count) and memory."""
    if mib is not None:
        tracemalloc.start()  # makes everything several times slower: only where it is asked for
    began = time.process_time()
    try:
        act()
    finally:
        took = time.process_time() - began
        peak = tracemalloc.get_traced_memory()[1] if mib is not None else 0
        tracemalloc.stop()
    assert took < seconds
    assert mib is None or peak < mib * 1024 * 1024


def test_zip_bombs_are_refused_before_unpacking(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "a.zip", {"Journal.json": b"0" * 30_000_000})
    quickly(lambda: outcome(bomb, "dayone"), seconds=1, mib=20)
    with pytest.raises(InputRejected, match="far more"):
        plan_of(bomb, "dayone")
    # Many names for the same packed bytes.
    inner = zipped(tmp_path / "b.zip", {f"{n:04}.md": b"x" * 100 for n in range(50)})
    data = bytearray(inner.read_bytes())
    start = data.index(b"PK\x01\x02")
    for at in range(start, len(data) - 46):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 20 : at + 24] = (5_000).to_bytes(4, "little")
    inner.write_bytes(data)
    assert outcome(inner, "markdown") is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("jrnl-json", b"[" * 200_000),
        ("dayone", b'{"entries":' * 50_000),
        ("jrnl-json", b'{"entries": [' + b"9" * 100_000 + b"]}"),
        ("rednotebook", b"1: " + b"[" * 100_000),
        ("rednotebook", b"1: " + b"{a: " * 50_000),
        ("rednotebook", b"1: &a [*a]"),
        ("rednotebook", b"a: &a [x,x]\n" + b"".join(
            b"b%d: &b%d [*b%d,*b%d,*b%d]\n" % (n, n, n - 1, n - 1, n - 1) for n in range(1, 60))),
        ("rednotebook", b"1:\n  text: '" + b"//a " * 200_000 + b"'"),
        ("rednotebook", b"1:\n  text: '" + b"__a --b \"\"c [\"\" " * 60_000 + b"'"),
        ("daylio", DAYLIO + b'"\n' * 100_000),
        ("daylio", DAYLIO + b"2021-01-01,\n" * 100_000),
        ("jrnl", b"[2020-01-01 10:00] x\n" * 10_000),
        ("jrnl", b"[" * 500_000),
        ("jrnl", b"[2020-01-01 10:00] " + b"\\." * 500_000),
        ("markdown", b"---\ndate: 2020-01-01\n---\n" + b"#" * 500_000),
        ("markdown", b"---\ndate: 2020-01-01\n---\n" + b"![[" * 300_000),
        ("markdown", b"---\ndate: 2020-01-01\n---\n" + b"[](" * 300_000),
        ("markdown", b"---\ndate: 2020-01-01\n---\n" + b"[" * 500_000),
        ("markdown", b"---\n" + b"a: b\n" * 300_000),
        ("dayone-text", b"\tDate:\t1 May 2020\n" * 10_000),
        ("joplin", b"a: b\n" * 300_000 + b"type_: 1"),
        ("haven", b'{"haven": 1}\n' + b"[" * 3_000_000),
    ],
    ids=range(22),
)  # fmt: skip
def test_costly_files_stay_cheap(tmp_path: Path, kind: str, data: bytes) -> None:
    name = {"rednotebook": "2024-02.txt", "joplin": f"{'a' * 32}.md"}.get(kind, "x.md")
    path = written(tmp_path, name, data)
    quickly(lambda: outcome(path, kind))


def test_costly_markup_stays_cheap() -> None:
    for hostile in ("<" * 200_000, "<b>" * 100_000, "<ul><li>" * 50_000, "<!--" * 100_000,
                    "&#" * 200_000, "<a href='" * 50_000, "</" * 200_000):  # fmt: skip
        quickly(lambda hostile=hostile: html_to_markdown(hostile), seconds=8)  # type: ignore[misc]
    for hostile in ('[""' * 30_000, "=" * 60_000, "= " * 50_000, "[a " * 30_000):
        quickly(lambda hostile=hostile: txt2tags_to_markdown(hostile), seconds=8)  # type: ignore[misc]


def test_dates_out_of_range_are_reported(tmp_path: Path) -> None:
    rows = [{"title": "x", "date": day, "time": "10:00"} for day in ("0001-01-01", "9999-12-31")]
    plan = plan_of(written(tmp_path, "a.json", json.dumps({"entries": rows})), "jrnl-json")
    assert plan.entries == () and "out of range" in remarks(plan)


def test_nul_bytes_and_what_is_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, "j.txt", b"[2020-01-01 10:00] a\0b\n")
    plan = plan_of(path, "jrnl")
    assert plan.entries[0].body == "ab" and "NUL" in remarks(plan)
    with pytest.raises(NotFound):
        detect(tmp_path / "nothing")
    with pytest.raises(InputRejected):
        detect(written(tmp_path, "x.bin", BytesIO(bytes(range(251)) * 3).read()))
    with pytest.raises(InputRejected):
        parse(path, "no-such-format")
    with pytest.raises((InputRejected, NotFound)):
        parse(Path("a\0b"))
