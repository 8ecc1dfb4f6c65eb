"""What the parts of `Circles` share: the book, and how a wish finds a person."""

from __future__ import annotations

from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import Circle
from havenclient.circles.policy import Person
from havenclient.errors import NotFound


class Facade:
    """Everything below works on one book of circles."""

    book: Book

    def _person(self, what: str, name: str) -> tuple[CircleRow, Circle, Person]:
        row = self.book.find(what)
        circle = self.book.state(row.no)
        wanted = name.strip().casefold()
        for person in circle.people:
            if person.name.casefold() == wanted:
                return row, circle, person
        raise NotFound("nobody in this circle has that name", "`haven circle show` lists people")


def role_of(circle: Circle, person: Person) -> str:
    if circle.terms.is_host(person.key):
        return "host"
    return "helper" if circle.terms.is_helper(person.key) else "member"
