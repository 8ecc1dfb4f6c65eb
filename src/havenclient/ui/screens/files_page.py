"""Settings, Files: bring a journal in, take it out, back it up. Each asks before it writes."""

from __future__ import annotations

from havenclient.ui.screens.keys_page import PageAction

FILE_ACTIONS: tuple[PageAction, ...] = ()
