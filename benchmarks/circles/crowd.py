"""Fifty people with real vaults in one circle, brought in ten at a time."""

from __future__ import annotations

from pathlib import Path

from tests.circles.kit import AGREEMENT, CIRCLE, Person, Town

from havenclient.circles import closing, intake, joining, mailboxes, speaking, store
from havenclient.circles import content as mimi
from havenclient.circles.content import Content
from havenclient.circles.founding import Foundation
from havenclient.sync import routes
from havenclient.sync.client import RelayClient

AT_ONCE = 10
UNLIMITED = {
    "HAVEN_RELAY_LIMITS_CREATIONS_PER_MINUTE": "0",
    "HAVEN_RELAY_LIMITS_APPENDS_PER_MINUTE": "0",
    "HAVEN_RELAY_LIMITS_CLOSINGS_PER_MINUTE": "0",
    "HAVEN_RELAY_LIMITS_READERS_PER_LOG": "200",
    "HAVEN_RELAY_LIMITS_ENTRIES_PER_LOG": "100000",
}
"""The bench writes in a minute what a circle writes in a year."""


def gather(folder: Path, relay: str, count: int) -> tuple[Town, list[Person]]:
    """The host first. Everybody has joined and is in the same epoch."""
    town = Town(folder, relay)
    host = town.person("person-00")
    host.circles.found(Foundation(CIRCLE, "person-00", AGREEMENT, relay))
    host.sync()
    people = [host]
    while len(people) < count:
        guests = [
            town.person(f"person-{n:02}")
            for n in range(len(people), min(count, len(people) + AT_ONCE))
        ]
        for guest in guests:
            town.knock(host, guest)
        host.sync(commit=False)
        wish = closing.CommitWish(add=tuple(newcomers(host)))
        assert intake.stage(host.circles.book, host.row().no, wish)
        host.sync()
        host.sync()
        for guest in guests:
            guest.sync()
            assert guest.circles.all(), guest.name
        people += guests
    for person in people:
        person.sync()
    # Only hosts commit, so the tree stays as it is here for good: the host's path is filled, and a
    # Commit is sealed to most leaves one by one.
    return town, people


def newcomers(host: Person) -> list[closing.Newcomer]:
    book = host.circles.book
    found = []
    for log_id, content in book.db.execute(
        "SELECT log_id, content FROM circle_knock WHERE state='waiting'"
    ):
        made = store.load_invitation(mailboxes.get(book, bytes(log_id)).body)
        knock, package, _ = joining.read_knock(made, bytes(content))
        found.append(joining.newcomer(made, knock, package))
    book.db.execute("UPDATE circle_knock SET state='admitting' WHERE state='waiting'")
    return found


def write_many(person: Person, count: int, text: str) -> None:
    """`count` messages by one member, as fast as her ratchet and the relay go; her vault gets the
    state after all of them."""
    no = person.row().no
    circle = person.state()
    with RelayClient(routes.route(person.vault, person.row().relay, b"bench")) as client:
        for number in range(count):
            content = Content(person.random.token(mimi.SALT_SIZE), text=f"{number} {text}")
            said = speaking.say(circle, content, person.random.token)
            circle = said.circle
            one = said.outgoing
            client.append(one.log_id, one.token, one.key, one.entry)
            person.circles.book.db.execute(
                "INSERT INTO circle_own_entry(circle, digest, epoch, message) VALUES (?,?,?,NULL)",
                (no, speaking.entry_digest(one.entry), circle.epoch),
            )
    with person.circles.book.change(no):
        person.circles.book.save(no, circle)


__all__ = ["UNLIMITED", "gather", "write_many"]
