"""Two looks at what I am about to post, on this device, before it goes: who am I, and is it advice.

Owns the patterns. A finding is a question to the writer and never a refusal; nothing is kept,
counted or sent, and nobody else's text is ever looked at here. Word lists miss much and find too
much: every sentence below is worded as a maybe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from havenclient.care.library import raw, said
from havenclient.letters import fold
from havenclient.topics import key

MAX_LOOK = 50_000
"""Characters looked at; a longer post is cut for the look, not for sending."""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    """mail, phone, address, name"""
    start: int
    end: int

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind]


_SENTENCES = {
    "mail": "There may be a mail address in it.",
    "phone": "There may be a phone number in it.",
    "address": "There may be a street address in it.",
    "name": "There is a name from your own list in it.",
}

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
# Seven digits or more, with the signs people put between; not glued to letters or to money.
_PHONE = re.compile(r"(?<![\w€$£%.])\+?\(?\d(?:[ \-./()]{0,2}\d){6,14}(?![\w%])")
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[ T]\d{1,2}[:.]\d{2})?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    r"|\d{4} ?[-/] ?\d{4}"
)
# Upper-case names tell "12 Elm Street" from "2 people on the same street"; so case matters here.
_STREET = (
    r"(?:[Ss]treet|St\.|[Rr]oad|Rd\.|[Aa]venue|Ave\.?|Lane|Drive|Close|Square|Court|Terrace|"
    r"Boulevard|Blvd\.?|Crescent|Gardens|Way)"
)
_ADDRESS = re.compile(
    # "12 Elm Street", "221b Baker St."
    rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:[A-Z][\w'’]+ ){{1,3}}{_STREET}(?!\w)"
    # "Lindenstraße 14"
    r"|(?<!\w)[A-ZÄÖÜ][\w]*(?:straße|strasse|str\.|gasse|weg|platz|allee) ?\d{1,4}[a-z]?(?!\w)"
    # "12, rue de la Paix", "calle Mayor 7"
    r"|(?<!\w)\d{1,4},? (?:rue|calle|rua) (?:(?:de|du|des|la|le|del|da|do) ){0,2}[A-ZÉ][\w'’]+"
    r"|(?<!\w)(?:[Cc]alle|[Vv]ia|[Rr]ua) (?:(?:de|del|la|di|da|do) ){0,2}[A-ZÉ][\w'’]+,? \d{1,4}"
    r"(?![\w:])"
)
_NOT_A_STREET = re.compile(r"via (?:Skype|Zoom|Signal|WhatsApp|Teams|Discord)", re.IGNORECASE)


def look(text: str, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What might tell people who the writer is. `names` is her own list."""
    text = text[:MAX_LOOK]
    found = [Finding("mail", *hit.span()) for hit in _MAIL.finditer(text)]
    found += [
        Finding("address", *hit.span())
        for hit in _ADDRESS.finditer(text)
        if not _NOT_A_STREET.match(hit[0])
    ]
    undated = _DATE.sub(lambda hit: "·" * len(hit[0]), text)
    for hit in _PHONE.finditer(undated):
        if not _inside(hit.span(), found):
            found.append(Finding("phone", *hit.span()))
    words = f" {fold(text)} "
    for name in names:
        # Whole words: "Ann" is not in "annoyed"; a plural ("the Smiths") is still the name.
        if (word := fold(name)) and (f" {word} " in words or f" {word}s " in words):
            start = text.casefold().find(name.casefold())
            found.append(Finding("name", max(0, start), max(0, start) + len(name)))
    return tuple(sorted(found, key=lambda one: one.start))


def _inside(span: tuple[int, int], found: Iterable[Finding]) -> bool:
    return any(one.start <= span[0] and span[1] <= one.end for one in found)


def advice_note(text: str) -> str:
    """One gentle sentence if `text` tells others what to do about medicine, dose, stopping, fasting
    or supplements; "" otherwise. Speaking of one's own life is not advice."""
    words = raw("words.toml")["advice"]
    for sentence in re.split(r"[.!?\n]+", text[:MAX_LOOK]):
        line = key(sentence.replace("’", "'"))
        if _TO_A_DOCTOR.search(line) or not any(
            re.search(rf"(?<!\w){re.escape(one)}(?!\w)", line) for one in words["telling"]
        ):
            continue
        if any(
            re.search(rf"(?<!\w)(?:\d+ ?)?{re.escape(one)}(?!\w)", line) for one in words["about"]
        ):
            return said("advice")
    return ""


# "You should ask your doctor about the dose" is what the note would say itself.
_TO_A_DOCTOR = re.compile(
    r"(?<!\w)(?:ask|talk to|talk with|speak to|speak with|call|tell|see|check with)\b[^,;]{0,40}"
    r"\b(?:doctor|gp|pharmacist|psychiatrist|nurse|prescriber|professional)s?(?!\w)"
)
