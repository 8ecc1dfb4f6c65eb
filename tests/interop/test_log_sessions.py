"""Long random sessions of Haven's own members over one log, 2 to 32 of them (`log_session`)."""

from __future__ import annotations

import os
import random

import pytest

from .log_session import LogSession


@pytest.mark.parametrize(
    ("suite", "start", "most", "steps"),
    [(1, 2, 6, 300), (1, 20, 32, 120), (3, 3, 8, 120), (2, 3, 8, 60), (0xF002, 2, 9, 120)],
    ids=["a few", "many", "chacha", "p256", "hybrid"],
)
def test_members_who_follow_the_log_agree(suite: int, start: int, most: int, steps: int) -> None:
    seed = int(os.environ.get("HAVEN_MLS_SEED") or random.SystemRandom().randrange(1 << 32))
    steps = int(os.environ.get("HAVEN_MLS_STEPS") or steps)
    print(f"seed {seed}: repeat with HAVEN_MLS_SEED={seed} HAVEN_MLS_STEPS={steps}")
    session = LogSession(random.Random(seed), suite, most)
    session.start(start)
    for number in range(steps):
        try:
            name = session.step()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {number}: {error!r}") from error
        assert name
    session.finish()
    print(f"{session.counts}, {len(session.epochs)} epochs, at most {session.largest} members")
