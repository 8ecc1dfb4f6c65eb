"""Kinds of talk and sources of advice: their words, and the hints that a composer shows.

A hint is one calm line; nothing here ever keeps somebody from writing, except that advice read
somewhere says where (agreement, point 5).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from havenclient.circles.content import Kind, Source
from havenclient.circles.views import MessageView
from havenclient.errors import UsageError

KIND_WORDS = {
    Kind.EXPERIENCE: "experience",
    Kind.QUESTION: "question",
    Kind.WHAT_HELPED: "what helped me",
    Kind.JUST_LISTEN: "just listen, please",
    Kind.ADVICE: "advice",
}
SOURCE_WORDS = {
    Source.MINE: "my own experience",
    Source.READ: "read",
    Source.PROFESSIONAL: "from a professional",
    Source.NOT_SURE: "not sure",
}
_REPLY_HINTS = {
    Kind.EXPERIENCE: "They tell of their own life. You could say what it is like to read it.",
    Kind.QUESTION: "They ask. Your own experience is an answer; say where a fact is from.",
    Kind.WHAT_HELPED: "They tell what helped them. It may be different for you.",
    Kind.JUST_LISTEN: "They asked for listening, not advice.",
    Kind.ADVICE: "People react differently. Check before changing anything.",
}


def reply_hint(asked: MessageView | None, mine: Kind | None = None) -> str:
    """The line beside a reply box. Empty where there is nothing to say."""
    if asked is None or asked.talk is None:
        return ""
    kind = Kind(asked.talk)
    if kind is Kind.JUST_LISTEN and mine is Kind.ADVICE:
        return "They asked for listening, not advice. Would you keep this, or say it as listening?"
    return _REPLY_HINTS[kind]


def compose_hint(kind: Kind | None) -> str:
    """The line beside a new message."""
    match kind:
        case Kind.ADVICE:
            return "Where is it from: my own experience, read, from a professional, not sure?"
        case Kind.JUST_LISTEN:
            return "Others see that you would like listening, not advice."
        case Kind.WHAT_HELPED:
            return "What, when, and for whom. Others can keep it as a card, without your name."
        case _:
            return ""


def check(kind: Kind | None, source: Source | None, link: str | None) -> None:
    """Raises UsageError where advice does not say where it is from."""
    if kind is Kind.ADVICE and source is None:
        raise UsageError(
            "advice says where it is from", "mine, read (with a link), professional or not-sure"
        )
    if source is Source.READ and not link:
        raise UsageError("say where you read it", "a link, or the title of the book or page")
    if link is not None and (len(link) > 2048 or "\n" in link):
        raise UsageError("a link is one line of up to 2,048 letters")


def source_words(source: str | None, link: str | None) -> str:
    """ "read, https://…", as it stands below advice and below whatever quotes it."""
    if source is None:
        return ""
    words = SOURCE_WORDS[Source(source)]
    return f"{words}, {link}" if link else words


def quote(view: MessageView) -> str:
    """A message as a quotation to share elsewhere: its kind and source stay with the words.

    Of a folded message the view holds no words, so the quotation has none either.
    """
    said = view.folded_because if view.folded else view.text
    lines = [f"> {line}" for line in said.splitlines()]
    marks = [KIND_WORDS[Kind(view.talk)]] if view.talk else []
    if words := source_words(view.source, view.source_link):
        marks.append(f"source: {words}")
    if marks:
        lines.append(f"> ({'; '.join(marks)})")
    return "\n".join(lines)


def is_web_link(link: str) -> bool:
    """Whether a front end may offer to copy it as an address."""
    try:
        return urlsplit(link).scheme in ("http", "https")
    except ValueError:
        return False
