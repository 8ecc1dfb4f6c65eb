"""Texts that are wrapped in the source file, in boxes of other widths."""

from __future__ import annotations

from havenclient.ui.explain import flowed

LONG = "An invite is for one person and 72 hours: a link, a QR code, or twelve words to read"


def test_a_line_end_of_the_source_file_is_no_line_end_of_the_sentence() -> None:
    assert flowed(f"{LONG}\nover the phone.") == f"{LONG} over the phone."
    assert flowed(f"{LONG}\n{LONG}\nover the phone.") == f"{LONG} {LONG} over the phone."


def test_line_ends_that_were_meant_stay() -> None:
    for meant in (
        f"{LONG}.\nNext.",
        f"{LONG}\n\nNext.",
        f"{LONG}\n  indented",
        "tag:a\nmood:3",
        "",
    ):
        assert flowed(meant) == meant
