"""`haven import` and `haven export`: entries in from other programs, and out again.

An import shows what it understood before anything is written, needs no passphrase for that, and
never chooses a time zone in silence. A plain export says that it is plain, asks twice and says
where the files lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from havenclient.cli import render
from havenclient.cli.options import (
    filters,
    json_option,
    local_now,
    narrowed,
    pass_session,
    yes_option,
)
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask, ask_word, ask_yes
from havenclient.errors import NotFound, SafetyRefusal, UsageError
from havenclient.paths import typed_path
from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.journal import Journal
    from havenclient.journal.records import ImportPlan

SHOWN_REMARKS = 20
SHOWN_MOODS = 50
Moods = dict[str, int]


@click.command("import")
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] PATH")
@click.option("--dry-run", is_flag=True, help="Only the preview; needs no passphrase.")
@click.option("--zone", metavar="ZONE", help="For times without one, such as Europe/Berlin.")
@click.option(
    "--mood-word", multiple=True, metavar="WORD=1-5", help="What a mood word of the file means."
)
@click.option(
    "--source-passphrase-file", metavar="FILE", help="Of an encrypted file; mode 0600, first line."
)
@click.option("--all-remarks", is_flag=True, help="All remarks, not only the first twenty.")
@yes_option
@json_option
@pass_session
def import_(
    session: Session,
    words: tuple[str, ...],
    dry_run: bool,
    zone: str | None,
    mood_word: tuple[str, ...],
    source_passphrase_file: str | None,
    all_remarks: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Bring in entries from another program.

    jrnl, Day One, Markdown and Obsidian folders, RedNotebook, Standard Notes, Joplin, Daylio and
    Haven's own lines. Without FORMAT it is found out. A second import of the same file adds
    nothing twice.
    """
    from havenclient.journal import importers

    *given, name = words
    if len(given) > 1 or (given and given[0] not in (*importers.FORMATS, "obsidian")):
        raise UsageError(
            "this takes a format and a path", f"formats: {', '.join(importers.FORMATS)}"
        )
    path = typed_path(name)
    if not path.exists():
        raise NotFound("there is nothing at that path")
    asks = not (session.options.no_input or yes or dry_run)
    chosen = _zone(zone) if zone else None
    moods = _moods(mood_word)
    secret = _source_secret(session, source_passphrase_file)

    def read() -> ImportPlan:
        return importers.parse(
            path, given[0] if given else None, zone=chosen, mood_words=moods or None,
            passphrase=secret,
        )  # fmt: skip

    plan = read()
    _preview(session, plan, dry_run=dry_run, as_json=as_json, all_remarks=all_remarks)
    if dry_run:
        return
    guessed = sum(one.zone_guessed for one in plan.entries)
    if guessed and chosen is None and asks:
        typed = ask(
            f"{render.plural(guessed, 'time')} without a time zone. "
            "Which zone (Enter takes this computer's):",
            no_input=False,
            instead="--zone ZONE names it, --yes takes this computer's",
        )
        if typed:
            chosen = _zone(typed)
    if plan.unknown_moods and asks:
        moods |= _ask_moods(session, plan.unknown_moods[:SHOWN_MOODS])
    if chosen is not None or moods:
        plan = read()
    if not plan.entries:
        raise NotFound("there are no entries to bring in")
    count = render.plural(len(plan.entries), "entry", "entries")
    if not yes and not ask_yes(f"Bring in {count}?", no_input=session.options.no_input):
        raise SafetyRefusal("nothing was changed")
    with session.journal() as journal:
        done = journal.import_plan(plan, work=session.work("Importing"))
    if as_json:
        session.out.json(
            "import", source=plan.source, added=done.added, already_there=done.already_there,
            skipped=done.skipped, warnings=_remarks_json(done.warnings),
        )  # fmt: skip
    else:
        session.out.line(f"added: {done.added}")
        session.out.line(f"already there: {done.already_there}")
        session.out.line(f"skipped: {done.skipped}")
    for one in done.warnings[: SHOWN_REMARKS if not all_remarks else None]:
        session.out.say(f"{safe_line(one.where)}: {one.message}")
    session.out.say("haven: the file that this came from still lies unencrypted on the disk")


def _preview(
    session: Session, plan: ImportPlan, *, dry_run: bool, as_json: bool, all_remarks: bool
) -> None:
    """What was understood: the answer of a dry run, a remark before an import."""
    guessed = sum(one.zone_guessed for one in plan.entries)
    if as_json and dry_run:
        session.out.json(
            "import-preview",
            source=plan.source,
            entries=len(plan.entries),
            first=plan.first.isoformat() if plan.first else None,
            last=plan.last.isoformat() if plan.last else None,
            attachments=plan.attachments,
            tags=list(plan.tags),
            zone_guessed=guessed,
            unknown_moods=list(plan.unknown_moods),
            warnings=_remarks_json(plan.warnings),
        )
        return
    say = session.out.line if dry_run else session.out.say
    say(f"format: {plan.source}")
    say(f"entries: {len(plan.entries)}")
    if plan.first and plan.last:
        say(f"from {plan.first:%d %B %Y} to {plan.last:%d %B %Y}")
    if plan.attachments:
        say(f"files: {plan.attachments}")
    if plan.tags:
        say(f"tags: {len(plan.tags)}")
    if guessed:
        say(f"times without a time zone: {guessed} (--zone names one; else this computer's)")
    if plan.unknown_moods:
        shown = ", ".join(safe_line(one) for one in plan.unknown_moods[:SHOWN_MOODS])
        say(f"mood words to explain: {shown} (--mood-word WORD=1-5)")
    shown_remarks = plan.warnings if all_remarks else plan.warnings[:SHOWN_REMARKS]
    for one in shown_remarks:
        say(f"{safe_line(one.where)}: {one.message}")
    if len(plan.warnings) > len(shown_remarks):
        more = render.plural(len(plan.warnings) - len(shown_remarks), "more remark")
        say(f"… {more} (--all-remarks)")


def _remarks_json(remarks: Any) -> list[dict[str, str]]:
    return [{"where": one.where, "message": one.message} for one in remarks]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError, below
        pass
    except KeyError:
        pass
    raise UsageError("there is no time zone of that name", "such as Europe/Berlin or UTC")


def _moods(given: tuple[str, ...]) -> Moods:
    moods: Moods = {}
    for one in given:
        word, _, number = one.rpartition("=")
        if not word or number not in ("1", "2", "3", "4", "5"):
            raise UsageError("--mood-word takes WORD=1 to WORD=5")
        moods[word] = int(number)
    return moods


def _ask_moods(session: Session, words: tuple[str, ...]) -> Moods:
    session.out.say("1 low, 3 ok, 5 bright; Enter leaves a word without a mood.")
    moods: Moods = {}
    for word in words:
        while True:
            answer = ask(
                f"{safe_line(word)}:", no_input=False, instead="--mood-word WORD=1-5, or --yes"
            )
            if answer in ("1", "2", "3", "4", "5"):
                moods[word] = int(answer)
            elif answer:
                continue
            break
    return moods


def _source_secret(session: Session, file: str | None) -> Callable[[], str]:
    def secret() -> str:
        from havenclient import hygiene

        if file is not None:
            found = hygiene.secret_from_file(typed_path(file))
        elif session.options.no_input:
            raise UsageError(
                "the file is encrypted, and --no-input was given",
                "--source-passphrase-file FILE gives its passphrase",
            )
        else:
            found = hygiene.ask_secret("Passphrase of the file: ")
        try:
            return found.text()
        finally:
            found.wipe()

    return secret


@click.command()
@click.argument("format_", metavar="FORMAT", type=click.Choice(["md", "markdown", "jsonl", "jrnl"]))
@click.argument("target", metavar="PATH")
@filters
@yes_option
@json_option
@pass_session
def export(
    session: Session,
    format_: str,
    target: str,
    chosen: dict[str, Any],
    yes: bool,
    as_json: bool,
) -> None:
    """Take entries out as plain text: md (a folder), jsonl (with versions) or jrnl (one file).

    Hidden journals and the bin are left out; -j NAME exports a hidden journal. These formats are
    not encrypted. For a copy to keep, `haven backup` is encrypted.
    """
    from havenclient.journal import exporters
    from havenclient.journal.records import Query

    path = typed_path(target).absolute()
    if not yes:
        no_input = session.options.no_input
        session.out.say(
            "This writes your entries unencrypted: whoever can read the disk reads them."
        )
        if not ask_yes(f"Write them to {path}?", no_input=no_input):
            raise SafetyRefusal("nothing was written", "`haven backup` writes an encrypted copy")
        ask_word("Entries with a content note and their files are written too.", "plain",
                 no_input=no_input)  # fmt: skip
    query = narrowed(Query(), chosen, local_now(session))
    with session.journal(reading=True) as journal:
        done = exporters.export(
            journal,
            format_,
            path,
            query=None if query == Query() else query,
            work=session.work("Exporting"),
        )
        stays = _stays(journal) if query == Query() else ""
    if as_json:
        session.out.json("export", path=str(path), entries=done.entries)
    session.out.say(
        f"haven: {render.plural(done.entries, 'entry', 'entries')} written, unencrypted, to {path}"
    )
    if stays:
        session.out.say(f"haven: not in it: {stays}")
    session.out.say("haven: delete them there when they are no longer needed")


def _stays(journal: Journal) -> str:
    """What an export of everything leaves behind: who moves to another program must know."""
    from havenclient.journal.records import Query

    binned = journal.count(Query(binned=True))
    hidden = sum(one.entries for one in journal.journals() if one.hidden)
    parts = []
    if binned:
        parts.append(f"{render.plural(binned, 'entry', 'entries')} in the bin")
    if hidden:
        parts.append(f"{render.plural(hidden, 'entry', 'entries')} in hidden journals (-j NAME)")
    return ", ".join(parts)
