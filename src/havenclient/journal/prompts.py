"""Questions, if one is wanted: one at a time, with two others and "no prompt".

Never pushed. A skipped question rests for 30 days, one that was taken for 7. Deep ones (D) are not
offered in quiet hours, after a very low mood, or on the first three days. The questions are a data
file with its source and date (`data/prompts.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files

from havenclient.errors import NotFound
from havenclient.journal import ident
from havenclient.journal.offers import Prompt, PromptOffer
from havenclient.journal.seams import Database
from havenclient.seams import Random

REST_SKIPPED = timedelta(days=30)
REST_TAKEN = timedelta(days=7)
FIRST_DAYS = timedelta(days=3)
VERY_LOW = 1
LOW_LASTS = timedelta(hours=24)
DEEP = "D"
OTHERS = 2


@lru_cache(maxsize=1)
def all_prompts() -> tuple[Prompt, ...]:
    text = files("havenclient.journal").joinpath("data/prompts.toml").read_text("utf-8")
    return tuple(
        Prompt(one["id"], one["depth"], one["group"], one["text"])
        for one in tomllib.loads(text)["prompt"]
    )


def deep_allowed(
    *, now: datetime, quiet: bool, since: datetime | None, low_at: datetime | None
) -> bool:
    """May a deep question be offered?

    `since`: when the first entry was saved (None: nothing written yet). `low_at`: when the newest
    mood was saved, if that mood is very low.
    """
    if quiet or since is None or now - since < FIRST_DAYS:
        return False
    return low_at is None or now - low_at >= LOW_LASTS


def offer(
    prompts: Sequence[Prompt],
    resting: Mapping[str, datetime],
    *,
    now: datetime,
    deep: bool,
    random: Random,
) -> PromptOffer:
    """One question and up to two others, of other groups where possible.

    When too few are awake, those that have rested longest come first.
    """
    allowed = [prompt for prompt in prompts if deep or prompt.depth != DEEP]
    awake = [one for one in allowed if one.id not in resting or resting[one.id] <= now]
    asleep = sorted(
        (one for one in allowed if one not in awake), key=lambda one: (resting[one.id], one.id)
    )
    _shuffle(awake, random)
    chosen: list[Prompt] = []
    for prompt in awake:  # one of each group first
        if all(prompt.group != one.group for one in chosen) and len(chosen) <= OTHERS:
            chosen.append(prompt)
    for prompt in (*awake, *asleep):
        if prompt not in chosen and len(chosen) <= OTHERS:
            chosen.append(prompt)
    return PromptOffer(chosen[0], tuple(chosen[1 : OTHERS + 1]))


def _shuffle(prompts: list[Prompt], random: Random) -> None:
    for index in range(len(prompts) - 1, 0, -1):
        other = random.below(index + 1)
        prompts[index], prompts[other] = prompts[other], prompts[index]


# --- what is remembered, in the vault ------------------------------------------------------------


def resting(db: Database) -> dict[str, datetime]:
    found = db.execute("SELECT id, until FROM prompt_rest")
    return {str(name): ident.moment(until) for name, until in found}


def rest(db: Database, prompt_id: str, until: datetime) -> None:
    if all(prompt.id != prompt_id for prompt in all_prompts()):
        raise NotFound("there is no such prompt")
    with db.transaction():
        db.execute(
            "INSERT OR REPLACE INTO prompt_rest(id, until) VALUES (?, ?)",
            (prompt_id, ident.microseconds(until)[0]),
        )


def first_saved(db: Database) -> datetime | None:
    """When the first words were written here; what was imported does not count."""
    row = db.one("SELECT saved_at FROM version WHERE origin <> 'import' ORDER BY no LIMIT 1")
    return None if row is None else ident.moment(row[0])


def newest_low(db: Database) -> datetime | None:
    """When the newest mood was given, if it is a very low one."""
    row = db.one(
        "SELECT e.mood, v.saved_at FROM entry e JOIN version v ON v.no = e.head"
        " WHERE e.mood IS NOT NULL AND e.binned_at IS NULL ORDER BY e.slot DESC LIMIT 1"
    )
    if row is None or row[0] > VERY_LOW:
        return None
    return ident.moment(row[1])
