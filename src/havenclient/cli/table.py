"""Every command in one table. To add one, add one line; its file is loaded when it is called.

Owns names, sentences and order. Imports nothing, because `haven --help` reads all of it.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    name: str
    where: str
    """"module:attribute" below `havenclient.cli.commands`."""
    sentence: str


WRITE = "Write"
READ = "Find and read"
ARRANGE = "Arrange"
LOOK_BACK = "Look back"
SAFE = "Keep safe"
MOVE_DATA = "Bring in, take out"
HELP = "Help and settings"
TOGETHER = "With others"

TABLE: dict[str, tuple[Row, ...]] = {
    WRITE: (
        Row("new", "write:new", "Write an entry."),
        Row("quick", "write:quick", "Add a note without the passphrase; filed at the next unlock."),
        Row("edit", "write:edit", "Change an entry; earlier versions stay."),
        Row("draft", "drafts:draft", "Words that were not saved yet: list, recover, drop."),
    ),
    READ: (
        Row("list", "read:list_", "Entries, newest first."),
        Row("show", "read:show", "Read entries whole."),
        Row("search", "read:search", "Find entries by words, tags, mood and dates."),
        Row("tags", "arrange:tags", "Tags and how often each is used."),
        Row("journals", "arrange:journals", "The journals in this vault; --new makes one."),
    ),
    ARRANGE: (
        Row("move", "arrange:move", "Put entries into another journal."),
        Row("star", "arrange:star", "Mark entries with a star; --off takes it away."),
        Row("rm", "arrange:rm", "Put entries into the bin for 30 days; --now deletes for ever."),
        Row("bin", "arrange:bin_", "What is in the bin."),
        Row("unbin", "arrange:unbin", "Take entries back out of the bin."),
        Row("history", "arrange:history", "Earlier versions of an entry."),
        Row("restore-version", "arrange:restore_version", "Make an earlier version the newest."),
        Row("attach", "attach:attach", "Put files with an entry, encrypted."),
        Row("detach", "attach:detach", "Take a file away from an entry."),
        Row("attachment", "attach:attachment", "List or export the files of an entry."),
    ),
    LOOK_BACK: (
        Row("on-this-day", "read:on_this_day", "Entries of this day in earlier years."),
        Row("calendar", "numbers:calendar", "A month, one day a line."),
        Row("stats", "numbers:stats", "Numbers about your writing, in words."),
    ),
    SAFE: (
        Row("init", "init:init", "Make a vault."),
        Row("lock", "lock:lock", "Lock an open Haven and forget what the agent holds."),
        Row("unlock", "lock:unlock", "Keep the vault open for scripts for a short time."),
        Row("key", "key:key", "Passphrase, recovery code and other ways in."),
        Row("backup", "backup:backup", "Write an encrypted backup and check it."),
        Row("restore", "backup:restore", "Bring a backup back into a new folder."),
        Row("snapshot", "backup:snapshot", "Copies that Haven keeps by itself."),
        Row("wipe", "wipe:wipe", "Delete the vault from this computer. Asks twice."),
    ),
    MOVE_DATA: (
        Row("import", "exchange:import_", "Bring in entries from another program."),
        Row("export", "exchange:export", "Take entries out, as Markdown, JSON lines or jrnl."),
    ),
    TOGETHER: (
        Row("circle", "circle:circle", "Circles: found, show, agree, leave."),
        Row("invite", "door:invite", "Hosts: a fresh invite, as link and twelve words."),
        Row("accept", "door:accept", "Look at an invite, then knock, or not."),
        Row("doors", "door:doors", "Invites that you hold, and how far each is."),
        Row("knocks", "door:knocks", "Hosts: who stands at the door."),
        Row("admit", "door:admit", "Hosts: let somebody in."),
        Row("say", "talk:say", "Say something in a circle."),
        Row("read", "talk:read", "What was said."),
        Row("message", "message:message", "Reword, take back, react, fetch a file."),
        Row("moderate", "moderate:moderate", "The ladder: nudge, fold, slow, pause, remove."),
        Row("report", "report:report", "Tell the helpers quietly; helpers read and answer."),
        Row("verify", "talk:verify", "Safety words with somebody."),
        Row("sync", "talk:sync", "Send what waits, fetch what is new."),
        Row("relay", "relay:relay", "The relays that carry your circles."),
    ),
    HELP: (
        Row("safety", "safety:safety", "Where help is. Needs no passphrase and no network."),
        Row("care", "care:care", "The offline library, exercises, checks, your plan and limits."),
        Row("config", "settings:config", "Read and change settings."),
        Row("doctor", "doctor:doctor", "Check this installation; shows no content."),
        Row("completion", "completion:completion", "Completion for bash, zsh or fish."),
        Row("help", "help:help_", "Pages to read; without a topic, the list of them."),
    ),
}

ALIASES = {"today-in-past": "on-this-day", "ls": "list", "find": "search"}
"""Names that people may try first; they work and are not listed."""


def rows() -> dict[str, Row]:
    return {row.name: row for part in TABLE.values() for row in part}
