"""The peer itself: its hybrid KEM matches the drafts, and two of its clients can hold a group.

If these fail, the peer is wrong, and nothing it says about Haven counts.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from .members import PeerMember
from .node import Peer
from .sessions import Session

SUITES = [1, 2, 3, 5, 7, 0xF001, 0xF002]
VECTORS = Path(os.environ.get("HAVEN_MLS_VECTORS", Path(__file__).parents[3] / "shared" / "mls"))


def test_the_peer_derives_hybrid_keys_as_draft_hpke_pq_does(peer: Peer) -> None:
    file = VECTORS / "hpke-pq" / "test-vectors.json"
    if not file.exists():
        pytest.skip("the hpke-pq vectors are not here: set HAVEN_MLS_VECTORS to their folder")
    cases = [case for case in json.loads(file.read_text()) if case["kem_id"] == 0x647A]
    assert cases
    for case in cases:
        pair = peer("xwing", ikm=case["ikmR"])
        assert pair == {"sk": case["skRm"], "pk": case["pkRm"]}


@pytest.mark.parametrize("suite", SUITES, ids=hex)
def test_the_peer_agrees_with_itself(peer: Peer, suite: int) -> None:
    session = Session(random.Random(suite), [lambda name: PeerMember(peer, suite, name)], most=5)
    session.start(session.kinds[0])
    for _ in range(4):
        session.step()
