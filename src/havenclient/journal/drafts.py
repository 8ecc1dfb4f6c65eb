"""Unsaved words, kept every few seconds until they are an entry."""

from __future__ import annotations

import json
from collections.abc import Iterator

from havenclient.journal import ident
from havenclient.journal.clean import clean_body, clean_text
from havenclient.journal.core import Core
from havenclient.journal.records import Draft


class Drafts(Core):
    def save_draft(self, draft: Draft) -> None:
        """Keep unsaved words; the same key overwrites."""
        with self._db.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO draft(key, saved_at, mood, note, tags, body)"
                " VALUES (?,?,?,?,?,?)",
                (
                    clean_text(draft.key),
                    ident.microseconds(draft.saved_at)[0],
                    draft.mood,
                    None if draft.note is None else clean_text(draft.note),
                    json.dumps(draft.tags, ensure_ascii=True),
                    clean_body(draft.body),
                ),
            )

    def draft(self, key: str) -> Draft | None:
        return next(self._drafts("WHERE key = ?", (clean_text(key),)), None)

    def drafts(self) -> list[Draft]:
        """Newest first."""
        return list(self._drafts("ORDER BY saved_at DESC, key", ()))

    def drop_draft(self, key: str) -> None:
        self._db.execute("DELETE FROM draft WHERE key = ?", (clean_text(key),))

    def _drafts(self, rest: str, params: tuple[str, ...]) -> Iterator[Draft]:
        found = self._db.execute(
            f"SELECT key, body, saved_at, mood, tags, note FROM draft {rest}",  # noqa: S608
            params,
        )
        for key, text, saved, mood, tags, note in found:
            yield Draft(key, text, ident.moment(saved), mood, tuple(json.loads(tags)), note)
