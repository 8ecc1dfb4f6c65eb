"""Every cap that an importer keeps, on one page, with its reason.

A journal that a person wrote in ten years of daily writing is a few megabytes of text; Day One
exports with photographs reach some gigabytes. The caps sit well above that and well below what
would make a laptop stop answering.
"""

from __future__ import annotations

MIB = 1024 * 1024

MAX_TEXT_FILE = 64 * MIB
"""One text or JSON file, read whole. Python needs about ten times that for the parsed values."""

MAX_NOTE_FILE = 8 * MIB
"""One Markdown or Joplin note: a file that one entry is made of."""

MAX_BODY = 4 * MIB
"""Characters in one entry (about 700,000 words)."""

MAX_RAW = 256 * 1024
"""Characters of the source record kept beside the first version; more is cut."""

MAX_ENTRIES = 200_000
"""Entries in one import (27 a day for twenty years)."""

MAX_MEMBERS = 200_000
"""Files in one folder or archive."""

MAX_DEPTH = 32
"""Folders within folders; also nesting of lists and maps in JSON, YAML and rich text is 4x this."""

MAX_UNPACKED = 64 * 1024 * MIB
"""Bytes that all members of an archive claim together."""

MAX_RATIO = 300
"""Unpacked to packed. Text reaches 20 to 60, zeros 1,000: above this it is a bomb, not a journal.
Looked at only from `RATIO_FLOOR` on, because tiny files compress strangely."""

RATIO_FLOOR = 4 * MIB

MAX_ATTACHMENT = 8 * 1024 * MIB
"""One attachment; it is streamed, never in memory."""

MAX_YAML = 2 * MIB
"""Front matter and RedNotebook months."""

MAX_YAML_ALIASES = 64
"""`*name` in YAML. Nine levels of nine aliases are the known bomb; honest files have none."""

MAX_NODES = 500_000
"""Values in one parsed JSON or YAML document after aliases are followed."""

MAX_TAGS = 200
"""Tags on one entry."""

MAX_TAG = 64
"""Characters in one tag."""

MAX_REMARKS = 1_000
"""Remarks in one plan; the rest are counted."""
