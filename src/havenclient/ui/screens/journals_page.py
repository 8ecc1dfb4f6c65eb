"""Several journals in one vault: make, rename, hide, write into, and move an entry between them."""

from __future__ import annotations

from functools import partial

from havenclient import config
from havenclient.journal import Entry, Journal
from havenclient.journal.records import DEFAULT_JOURNAL, JournalInfo
from havenclient.text import safe_line
from havenclient.ui.flows import Flow, begin
from havenclient.ui.screens.keys_page import PageAction

_NEW = "new"


async def journals(flow: Flow) -> None:
    one = await _pick(
        flow,
        "Journals",
        "Keep things apart. A hidden journal appears only when it is named (in:NAME): a help "
        "against glances, no more. Choose one to change it.",
        "make a new one",
    )
    if one is None:
        return
    name, hidden = one.name, one.hidden
    shown = safe_line(name)
    answer = await flow.choose(
        shown,
        "What would you like to do?",
        (
            ("rename", "give it another name"),
            ("hide", "show it again" if hidden else "hide it from lists and search"),
            ("write", "write new entries here"),
            ("no", "leave it"),
        ),
    )
    if answer == "rename":
        new = await flow.line("Another name", f"For {shown}:", value=shown)
        await flow.ask(lambda journal: journal.change_journal(name, rename=new))
        if flow.haven.settings.writing.default_journal == name:
            _write_into(flow, new.strip())
        flow.haven.say(f"It is called {safe_line(new.strip())} now.")
    elif answer == "hide":
        await flow.ask(lambda journal: journal.change_journal(name, hidden=not hidden))
        flow.haven.say(f"{shown} is {'shown again' if hidden else f'hidden; in:{shown} finds it'}.")
    else:
        _write_into(flow, name)
        flow.haven.say(f"New entries go into {shown}.")
    flow.haven.entries_changed()


async def move(flow: Flow, entry: Entry) -> None:
    """Put one entry into another journal."""
    text = f"It is in {safe_line(entry.journal)}. Where shall it go?"
    one = await _pick(flow, "Move this entry", text, "a new journal", but=entry.journal)
    if one is None:
        return
    name, entry_id = one.name, entry.id
    await flow.ask(lambda journal: journal.edit(entry_id, journal=name))
    flow.haven.entries_changed()
    flow.haven.say(f"Moved to {safe_line(name)}.")


async def _pick(
    flow: Flow, title: str, text: str, new: str, *, but: str = ""
) -> JournalInfo | None:
    """A journal that was there, or for `move` (`but`) one that was made; None: made, said, done."""
    found = [one for one in await flow.ask(Journal.journals) if one.name != but]
    rows = [(str(at), _row(one)) for at, one in enumerate(found)]
    answer = await flow.choose(title, text, (*rows, (_NEW, new), ("no", "leave it")))
    if answer != _NEW:
        return found[int(answer)]
    name = await flow.line("A new journal", "Its name:")
    make = partial(_make, name=name.strip())
    made = await flow.ask(make)
    if but:
        return made
    flow.haven.say(f"{safe_line(made.name)} is there. m in the Journal moves an entry into it.")
    return None


def _make(journal: Journal, *, name: str) -> JournalInfo:
    return journal.create_journal(name)


def _row(one: JournalInfo) -> str:
    count = "1 entry" if one.entries == 1 else f"{one.entries:,} entries".replace(",", " ")
    return f"{safe_line(one.name)}   {count}{', hidden' if one.hidden else ''}"


def _write_into(flow: Flow, name: str) -> None:
    key, haven = "writing.default_journal", flow.haven
    config.set_value(haven.launch.settings_file, key, name or DEFAULT_JOURNAL)
    haven.change_settings(haven.settings.replacing(key, name or DEFAULT_JOURNAL))


JOURNALS = PageAction(
    "journals",
    "Journals",
    "Several in one vault: make, rename, hide, write into.",
    lambda screen: begin(screen, journals),
)
