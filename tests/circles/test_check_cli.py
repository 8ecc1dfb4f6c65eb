"""`haven message check` and `keep`: the same as the keys c and K, in real processes."""

from __future__ import annotations

from tests.circles.test_cli import CIRCLE, Someone, bring, fails
from tests.circles.test_cli import people as people  # the fixture
from tests.relay.harness import Relay


def test_from_a_messages_number_to_the_list_and_the_shelf(
    people: dict[str, Someone], shared_relay: Relay
) -> None:
    mara, idris = people["mara"], people["idris"]
    bring(mara, idris, shared_relay.url)
    mara("say", CIRCLE, "Slow breathing ends panic. Try it.", "--kind", "advice",
         "--source", "read", "--link", "https://example.org/b")  # fmt: skip
    mara("say", CIRCLE, "-", "--note", "food", "--kind", "what-helped",
         stdin="What: soup\nWhen: in winter\nWorked for: me\n")  # fmt: skip
    said = [m for m in idris("read", CIRCLE, "--json").json["messages"] if m["kind"] == "message"]
    claim, folded = (str(m["no"]) for m in said)
    looked = idris("message", "check", CIRCLE, claim, "--no-keep")
    assert "in the library: Square breathing" in looked.out
    assert "Nothing stands here yet" in idris("care", "ask").err
    kept = idris("message", "check", CIRCLE, claim, "--verdict", "for some", "--json").json
    assert kept["claim"] == "Slow breathing ends panic."
    idris("message", "check", CIRCLE, claim, "--sentence", "1")
    listed = idris("care", "ask").out
    assert listed.count("Slow breathing ends panic.") == 1
    assert "Source: read, https://example.org/b" in listed and "Found out: for some" in listed
    assert "mara" not in listed and CIRCLE not in listed
    assert fails(idris, "message", "check", CIRCLE, folded)  # unopened: nothing is taken from it
    assert "soup" not in idris("care", "ask").out
    idris("message", "check", CIRCLE, folded, "--open", "--no-keep")
    idris("message", "keep", CIRCLE, folded, "--note", "Sundays")
    shelf = idris("care", "shelf").out
    for words in ("1. soup", "When: in winter", "Worked: me", "Own remark: Sundays"):
        assert words in shelf
