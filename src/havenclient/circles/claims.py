"""Who helps here: roles, and professional claims that say who vouches and run out.

A claim stands in the agreed terms (`extra["claims"]`), put there by a host for all to see:
[key, what, who vouches, last day, duty to report]. Haven proves none of it and says so; a claim
past its day reads "not confirmed".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.circle import DAY, Circle
from havenclient.circles.terms import Terms
from havenclient.errors import UsageError
from havenclient.text import safe_line

CLAIMS = "claims"
MAX_CLAIMS = 8
MAX_WORDS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    key: bytes
    what: str
    """The profession, in the claimant's words."""
    vouched_by: str
    until: int
    """Days since 1970-01-01; the claim holds through that day."""
    duty: bool
    """Has a legal duty to report some things."""


def of(terms: Terms) -> list[Claim]:
    """What the terms hold; rows that mean nothing are passed over."""
    found = []
    try:
        rows = cbor.as_list(terms.extra.get(CLAIMS, []))[:MAX_CLAIMS]
    except cbor.CborError:
        return []
    for row in rows:
        try:
            key, what, vouched, until, duty = cbor.as_list(row, 5)
            found.append(
                Claim(
                    cbor.as_bytes(key, limit=128),
                    safe_line(cbor.as_text(what, limit=MAX_WORDS)),
                    safe_line(cbor.as_text(vouched, limit=MAX_WORDS)),
                    cbor.as_int(until, high=1 << 20),
                    cbor.as_bool(duty),
                )
            )
        except cbor.CborError:
            continue
    return found


def with_claim(terms: Terms, key: bytes, claim: Claim | None) -> Terms:
    """Raises UsageError where words are missing or too many."""
    kept = [c for c in of(terms) if c.key != key]
    if claim is not None:
        if not claim.what.strip() or not claim.vouched_by.strip():
            raise UsageError("a claim says what it is and who vouches for it")
        if len(kept) >= MAX_CLAIMS or max(len(claim.what), len(claim.vouched_by)) > MAX_WORDS:
            raise UsageError("that claim is too long, or there are too many")
        kept.append(replace(claim, key=key))
    rows = [[c.key, c.what, c.vouched_by, c.until, c.duty] for c in kept]
    return replace(terms, extra=terms.extra | {CLAIMS: rows})


def words(claim: Claim, now: int) -> str:
    """One sentence on a claim. `now` in Unix seconds."""
    if now // DAY > claim.until:
        return f"{claim.what}: not confirmed"
    duty = "; has a duty to report some things" if claim.duty else ""
    return f"{claim.what}, says {claim.vouched_by} (not checked by Haven){duty}"


def header(circle: Circle, now: int) -> str:
    """ "Helpers: mara, tove. Professional: none." and what nobody here does."""
    terms = circle.terms
    helping = [
        safe_line(p.name) for p in circle.people if terms.is_host(p.key) or terms.is_helper(p.key)
    ]
    present = {p.key: safe_line(p.name) for p in circle.people}
    claimed = [f"{present[c.key]} ({words(c, now)})" for c in of(terms) if c.key in present]
    professional = ", ".join(claimed) or "none"
    return (
        f"Helpers: {', '.join(helping)}. Professional: {professional}."
        " Peers, not treatment; nobody watches here around the clock."
    )
