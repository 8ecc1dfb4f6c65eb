"""The formats by name. Names are an API of the command line (`haven import --format`)."""

from __future__ import annotations

FORMATS = {
    "jrnl": "jrnl, text file",
    "jrnl-folder": "jrnl, folder journal",
    "jrnl-json": "jrnl, JSON export",
    "jrnl-encrypted": "jrnl, encrypted file",
    "dayone": "Day One, JSON export (zip)",
    "dayone-classic": "Day One Classic (.dayone folder)",
    "dayone-text": "Day One, plain text export",
    "markdown": "Markdown notes: Obsidian and others, Haven's own",
    "rednotebook": "RedNotebook",
    "standard-notes": "Standard Notes, decrypted backup",
    "joplin": "Joplin, JEX or RAW export",
    "daylio": "Daylio, CSV export",
    "haven": "Haven, JSON lines export",
}
"""Name -> words for people. `obsidian` is understood as `markdown`."""

SOURCES = {
    "jrnl-folder": "jrnl",
    "jrnl-json": "jrnl",
    "jrnl-encrypted": "jrnl",
    "dayone-classic": "dayone",
}
"""Formats of one program share a source, so that the same entry comes in once."""
