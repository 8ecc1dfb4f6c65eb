"""Ways to begin: templates and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.journal.core import Core

if TYPE_CHECKING:
    from havenclient.journal.offers import PromptOffer, Template


class Offering(Core):
    def templates(self) -> list[Template]:
        """Built-in ones first, then own ones by name."""
        from havenclient.journal import templates

        return templates.listed(self._db)

    def save_template(self, name: str, body: str) -> Template:
        """Keep an own template; the same name overwrites an own one (`UsageError`: built-in)."""
        from havenclient.journal import templates

        return templates.save(self._db, name, body)

    def drop_template(self, name: str) -> None:
        from havenclient.journal import templates

        templates.drop(self._db, name)

    def offer_prompts(self, *, quiet: bool) -> PromptOffer:
        """One question and two others. `quiet`: within quiet hours (then no deep ones)."""
        from havenclient.journal import prompts

        now = self._clock.now()
        return prompts.offer(
            prompts.all_prompts(),
            prompts.resting(self._db),
            now=now,
            deep=prompts.deep_allowed(
                now=now,
                quiet=quiet,
                since=prompts.first_saved(self._db),
                low_at=prompts.newest_low(self._db),
            ),
            random=self._random,
        )

    def prompt_taken(self, prompt_id: str) -> None:
        """The person wrote to this prompt."""
        from havenclient.journal import prompts

        prompts.rest(self._db, prompt_id, self._clock.now() + prompts.REST_TAKEN)

    def prompt_skipped(self, prompt_id: str) -> None:
        """Not this one: it rests for 30 days."""
        from havenclient.journal import prompts

        prompts.rest(self._db, prompt_id, self._clock.now() + prompts.REST_SKIPPED)
