"""Published vectors of whole groups: joining by Welcome, following Commits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import validate_leaf

from .conftest import Vectors, vectors_folder
from .test_vectors_basics import supported

un = bytes.fromhex


@pytest.fixture(autouse=True)
def _tolerate_suite_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves of suite 7 in these vectors list suites 1 to 6 only; the product refuses that."""
    monkeypatch.setattr(validate_leaf, "check_suite_listed", lambda suite, capabilities: None)


def _join(case: Any) -> tuple[mls.Group, dict[bytes, bytes]]:
    package = mls.KeyPackage.from_message(un(case["key_package"]))
    bundle = mls.KeyPackageBundle.assemble(
        package, un(case["init_priv"]), un(case["encryption_priv"]), un(case["signature_priv"])
    )
    psks = {un(item["psk_id"]): un(item["psk"]) for item in case["external_psks"]}
    tree = case["ratchet_tree"]
    group = mls.Group.join(
        un(case["welcome"]),
        bundle,
        ratchet_tree=None if tree is None else un(tree),
        psks=psks,
    )
    assert group.epoch_authenticator == un(case["initial_epoch_authenticator"])
    return mls.Group.load(group.save()), psks


def _follow(group: mls.Group, psks: dict[bytes, bytes], epochs: Any) -> mls.Group:
    for epoch in epochs:
        for proposal in epoch["proposals"]:
            group = group.process(un(proposal), psks=psks).group
        received = group.process(un(epoch["commit"]), psks=psks)
        assert isinstance(received, mls.CommitReceived)
        group = received.group
        assert group.epoch_authenticator == un(epoch["epoch_authenticator"])
    return group


def test_passive_client_welcome(vectors: Vectors) -> None:
    done = 0
    for _, case in supported(vectors("test-vectors/passive-client-welcome.json")):
        group, psks = _join(case)
        _follow(group, psks, case["epochs"])
        done += 1
    assert done == 40


def test_passive_client_handling_commit(vectors: Vectors) -> None:
    done = commits = 0
    for _, case in supported(vectors("test-vectors/passive-client-handling-commit.json")):
        group, psks = _join(case)
        _follow(group, psks, case["epochs"])
        commits += len(case["epochs"])
        done += 1
    assert done == 65
    assert commits > 100


FURTHER = {
    "test-vectors/passive-client-random.json": (1, 0, 200),
    "interop/passive/welcome_join.json": (40, 0, 0),
    "interop/passive/application.json": (30, 0, 0),
    "interop/passive/commit.json": (220, 0, 50),
    "interop/passive/branch.json": (160, 0, 0),
    "interop/passive/reinit.json": (240, 0, 0),
    "interop/passive/external_proposals.json": (40, 100, 130),
    "interop/passive/external_join.json": (10, 20, 0),
}
"""More of the working group's vectors: (followed to the end, refused, epochs). They hold a random
session of 200 epochs and handshakes in PrivateMessages. Refused is what outsiders send: external
proposals and external Commits are left out of this library."""


def test_further_passive_clients() -> None:
    """Not among the required vectors: run where somebody has put them beside the others."""
    there = [name for name in FURTHER if (vectors_folder() / name).is_file()]
    if not there:
        pytest.skip("optional vectors (in mlswg/mls-implementations): " + ", ".join(FURTHER))
    for name in there:
        followed = refused = epochs = 0
        for _, case in supported(json.loads((vectors_folder() / name).read_text())):
            group, psks = _join(case)
            for epoch in case["epochs"]:
                try:
                    group = _follow(group, psks, [epoch])
                except mls.ValidationError as error:
                    assert "outside the group" in str(error)
                    refused += 1
                    break
                epochs += 1
            else:
                followed += 1
        assert (followed, refused, epochs) == FURTHER[name], name


def test_the_key_packages_of_the_vectors_are_refused_today(vectors: Vectors) -> None:
    """They expired in March 2024: an injected clock of today must say so."""
    case = next(iter(vectors("test-vectors/passive-client-welcome.json")))
    package = mls.KeyPackage.from_message(un(case["key_package"]))
    bundle = mls.KeyPackageBundle.assemble(
        package, un(case["init_priv"]), un(case["encryption_priv"]), un(case["signature_priv"])
    )
    with pytest.raises(mls.ValidationError, match="lifetime"):
        mls.Group.join(un(case["welcome"]), bundle, now=1_795_000_000)
