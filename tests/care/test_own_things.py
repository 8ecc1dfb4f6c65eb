"""The plan, the map, the list, the shelf; what an export holds; and nothing lies in the open."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from havenclient.care.plan import headings
from havenclient.care.service import Care
from havenclient.care.sheets import Sheet
from havenclient.errors import NotFound, UsageError
from tests.care.kit import StillClock, open_care


def test_the_plan_has_seven_headings_of_its_own_and_no_examples_of_means(care: Care) -> None:
    assert len(headings()) == 7 and care.plan.empty
    care.plan.write(2, "walk\nshower ")
    care.plan.write(7, "Ida")
    assert care.plan.texts()[1] == "walk\nshower" and not care.plan.empty
    care.plan.write(7, "  ")
    assert care.plan.sheet().parts == ((headings()[1], ("walk", "shower")),)
    with pytest.raises(UsageError):
        care.plan.write(8, "x")
    assert "such as" not in headings()[5]


def test_an_empty_map_is_fine_and_an_idea_comes_only_when_asked(
    care: Care, clock: StillClock
) -> None:
    assert care.map.people() == () and care.map.sheet().parts == ()
    assert "Me" in care.map.idea(care.boundaries, clock.now())
    care.map.not_now(care.boundaries, clock.now())
    clock.forward(days=89)
    assert care.map.idea(care.boundaries, clock.now()) == ""
    clock.forward(days=1)
    assert care.map.idea(care.boundaries, clock.now())


def test_the_map_keeps_parts_in_order_and_dates_that_i_enter(care: Care) -> None:
    care.map.add("professionals", "Dr. K.")
    care.map.add("me", "swimming")
    care.map.add("near", "Dad", "phone, evenings", date(2026, 11, 3))
    assert [one.part for one in care.map.people()] == ["me", "near", "professionals"]
    assert care.map.sheet().parts[1][1] == ("Dad, phone, evenings, last contact 3 Nov 2026",)
    with pytest.raises(NotFound):
        care.map.was_in_touch(99, date(2026, 11, 4))


def test_an_export_holds_ticked_lines_only_and_none_by_default(care: Care) -> None:
    first = care.questions.add("Is 20 mg usual?")
    second = care.questions.add("Magnesium helps", kind="check", source="a post")
    care.questions.found_out(second, "maybe")
    with pytest.raises(UsageError):
        care.questions.sheet(())
    for form in ("text", "markdown", "html"):
        written = care.questions.sheet((second,)).written(form)
        assert "Magnesium" in written and "20 mg" not in written
    assert "20 mg" in care.questions.sheet((first, second)).written("text")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [name for name, _ in attrs if name in ("src", "href", "onclick")]


def test_a_sheet_of_html_loads_nothing_and_runs_nothing() -> None:
    evil = "<script src=x>alert(1)</script> \x1b]52;c;Zm9v\x07 & <b>"
    written = Sheet("Mine", (("Part <i>", (evil, "[link](http://x) *bold*")),)).written("html")
    tags = Tags()
    tags.feed(written)
    assert "script" not in tags.tags and "b" not in tags.tags and "i" not in tags.tags
    assert tags.links == [] and "\x1b" not in written
    assert "@page" in written, "made for paper"
    markdown = Sheet("Mine", (("Part", (evil, "[link](http://x)")),)).written("markdown")
    assert "\x1b" not in markdown and "\\[link\\](http" in markdown


def test_a_kept_card_has_no_name_of_its_author(care: Care) -> None:
    care.shelf.keep("walk by the river", at="evening", worked="for me", source="own")
    (card,) = care.shelf.cards()
    care.shelf.remark(card.no, "also in rain")
    assert care.shelf.cards()[0].note == "also in rain"
    assert not any("author" in field or "name" in field for field in card.__slots__)


def test_nothing_of_care_lies_readable_in_the_vaults_folder(tmp_path: Path) -> None:
    care, vault = open_care(tmp_path, StillClock())
    for number in range(1, 8):
        care.plan.write(number, "zanzibarine words")
    care.map.add("near", "zanzibarine")
    care.questions.add("zanzibarine?")
    care.boundaries.add_word("topic", "zanzibarine")
    care.boundaries.pause("zanzibarine", None)
    care.boundaries.did_not_work("gb-shout")
    vault.close()
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert files
    for one in files:
        held = one.read_bytes()
        assert b"zanzibarine" not in held and b"gb-shout" not in held


def test_all_of_it_is_there_again_after_a_restart(tmp_path: Path) -> None:
    from havenclient.vault import Passphrase, VaultPaths, unlock

    clock = StillClock()
    care, vault = open_care(tmp_path, clock)
    care.plan.write(1, "words")
    care.boundaries.set("pace", "on")
    vault.close()
    again = unlock(
        VaultPaths(tmp_path / "journal"),
        Passphrase("river lantern seven boats"),
        state_dir=tmp_path / "state",
        clock=clock,
    )
    care = Care(again.db, clock)
    assert care.plan.texts()[0] == "words" and care.boundaries.limits().pace
    again.close()
