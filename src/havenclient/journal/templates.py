"""Shapes to begin an entry with: a few that come with Haven, and the person's own."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from havenclient.errors import NotFound, UsageError
from havenclient.journal.clean import clean_body, clean_name, name_key
from havenclient.journal.offers import Template
from havenclient.journal.seams import Database


@lru_cache(maxsize=1)
def builtin() -> tuple[Template, ...]:
    text = files("havenclient.journal").joinpath("data/templates.toml").read_text("utf-8")
    return tuple(
        Template(one["name"], one["body"], builtin=True, sentence=one["sentence"])
        for one in tomllib.loads(text)["template"]
    )


def listed(db: Database) -> list[Template]:
    own = db.execute("SELECT name, body FROM template ORDER BY key")
    return [*builtin(), *(Template(name, body, builtin=False) for name, body in own)]


def save(db: Database, name: str, body: str) -> Template:
    shown = clean_name(name, "template")
    if any(name_key(one.name) == name_key(shown) for one in builtin()):
        raise UsageError("that name belongs to a template that comes with Haven")
    made = Template(shown, clean_body(body), builtin=False)
    with db.transaction():
        db.execute(
            "INSERT OR REPLACE INTO template(key, name, body) VALUES (?, ?, ?)",
            (name_key(shown), made.name, made.body),
        )
    return made


def drop(db: Database, name: str) -> None:
    with db.transaction():
        if db.one("SELECT 1 FROM template WHERE key = ?", (name_key(name),)) is None:
            raise NotFound("there is no own template of that name")
        db.execute("DELETE FROM template WHERE key = ?", (name_key(name),))
