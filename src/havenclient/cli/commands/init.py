"""`haven init`: make a vault, with or without a terminal.

The recovery code is shown once, on standard output. With a terminal it has to be typed back; a
person may skip that, and is told what it means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask
from havenclient.errors import HavenError

if TYPE_CHECKING:
    from havenclient.hygiene import Secret
    from havenclient.vault import Vault


@click.command()
@json_option
@pass_session
def init(session: Session, as_json: bool) -> None:
    """Make a vault: one encrypted folder that only your passphrase opens.

    The recovery code on standard output is the only other way in. It is shown once.
    """
    from havenclient import vault as vaults

    if vaults.exists(session.paths):
        raise HavenError("there is a vault here already", "--journal PATH names another folder")
    given = session.given_secret()
    asked = given is None
    secret = given if given is not None else new_passphrase(session)
    try:
        text = secret.text()
        vault, code = vaults.create(
            session.paths,
            text,
            state_dir=session.places.state,
            clock=session.clock,
            random=session.random,
            work=session.work("Making the key"),
        )
    finally:
        secret.wipe()
    try:
        if as_json:
            session.out.json("vault", path=str(session.root), recovery_code=code)
        else:
            session.out.line(f"recovery code: {code}")
        session.out.say(
            "Write this code on paper. If the passphrase is forgotten, it is the only way back\n"
            "in; nobody can reset it. It is not shown again."
        )
        if asked and not session.options.no_input:
            confirm_code(session, vault)
    finally:
        vault.close()
    session.out.say(f"haven: the vault is ready in {session.root}")
    session.out.say("`haven` opens it, `haven new` writes, `haven safety` shows where help is.")


def new_passphrase(session: Session, prompt: str = "Passphrase: ") -> Secret:
    """A new passphrase from the terminal, typed twice."""
    from havenclient.crypto.kdf import require_length
    from havenclient.crypto.words import advice
    from havenclient.hygiene import has_terminal

    if has_terminal() and not session.options.no_input:
        session.out.say("A passphrase of six words is easy to keep. For example:")
        session.out.say(f"\n    {offered_words(session)}\n")
    while True:
        first = session.ask_secret(prompt)
        try:
            require_length(first.text())
        except HavenError as short:
            first.wipe()
            session.out.say(f"haven: {short.message}; try again, or Ctrl-C")
            continue
        session.out.say(advice(first.text()).sentence)
        second = session.ask_secret("The same again: ")
        if first.same_as(second):
            second.wipe()
            return first
        first.wipe()
        second.wipe()
        session.out.say("haven: the two were different; try again, or Ctrl-C")


def offered_words(session: Session) -> str:
    """A passphrase of six words, made now."""
    from havenclient.crypto.words import phrase

    return phrase(session.random)


def confirm_code(session: Session, vault: Vault) -> None:
    while True:
        answer = ask("Type the code to show that it is on paper (or skip):", no_input=False)
        if answer.casefold() == "skip":
            session.out.warn("without the code a forgotten passphrase means a lost journal")
            return
        try:
            right = vault.check_recovery_code(answer)
        except HavenError as slip:
            session.out.say(f"haven: {slip.message}")
            continue
        if right:
            session.out.say("That is right.")
            return
        session.out.say("That is not the code; look again.")
