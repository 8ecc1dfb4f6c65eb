"""`haven key …`: the ways into a vault. Secrets come from the terminal, a private file or a
descriptor; recovery codes go to standard output once and are stored nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from havenclient.cli.options import json_option, pass_session, yes_option
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word
from havenclient.errors import ExitCode, UsageError
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from havenclient.hygiene import Secret

new_file_option = click.option(
    "--new-passphrase-file", metavar="FILE", help="The new one, as --passphrase-file."
)
new_fd_option = click.option(
    "--new-passphrase-fd", type=click.IntRange(0, 99999), metavar="N", help="Or a descriptor."
)
code_file_option = click.option(
    "--code-file", metavar="FILE", help="The recovery code: first line of a file with mode 0600."
)


@click.group()
def key() -> None:
    """Passphrase, recovery code and other ways in."""


def _present(session: Session) -> Secret:
    given = session.given_secret()
    return given if given is not None else session.ask_secret("Present passphrase: ")


def new_secret(session: Session, file: str | None, descriptor: int | None) -> Secret:
    """A new passphrase: from a file, a descriptor, or typed twice."""
    from havenclient import hygiene
    from havenclient.cli.commands.init import new_passphrase

    if file is not None and descriptor is not None:
        raise UsageError("give --new-passphrase-file or --new-passphrase-fd, not both")
    if file is not None:
        return hygiene.secret_from_file(typed_path(file))
    if descriptor is not None:
        return hygiene.secret_from_descriptor(descriptor)
    return new_passphrase(session, "New passphrase: ")


def _code(session: Session, file: str | None) -> Secret:
    from havenclient import hygiene

    if file is not None:
        return hygiene.secret_from_file(typed_path(file))
    return session.ask_secret("Recovery code: ")


def _strength(session: Session, recalibrate: bool) -> Any:
    if not recalibrate:
        return None
    from havenclient.crypto import kdf
    from havenclient.vault.opening import available_memory

    return kdf.calibrate(session.clock, session.random, available=available_memory())


def _tell_code(session: Session, code: str, *, as_json: bool = False) -> None:
    if as_json:
        session.out.json("recovery", recovery_code=code)
    else:
        session.out.line(f"recovery code: {code}")
    session.out.say("Write it on paper; it is not shown again. The old code no longer works.")


@key.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """The ways in that exist; never a secret."""
    slots = session.unlocked(reading=True, quiet=True).slots()
    if as_json:
        rows = [
            {
                "kind": one.kind,
                "id": one.uuid,
                "created": one.created.isoformat(),
                "parameters": one.parameters,
            }
            for one in slots
        ]
        session.out.json("keys", keys=rows)
        return
    for one in slots:
        line = f"{one.kind}: since {one.created.astimezone():%d %B %Y}"
        line += f", {one.parameters}" if one.parameters else ""
        session.out.line(f"{line}, id {one.uuid}")


@key.command()
@new_file_option
@new_fd_option
@click.option("--recalibrate", is_flag=True, help="Measure this computer for the stretching anew.")
@pass_session
def change(
    session: Session,
    new_passphrase_file: str | None,
    new_passphrase_fd: int | None,
    recalibrate: bool,
) -> None:
    """Change the passphrase.

    It does not lock out somebody who copied the vault before and knows the old passphrase; `haven
    key rotate` is for that.
    """
    from havenclient import vault as vaults

    old = _present(session)
    try:
        vault = session.open_with(vaults.Passphrase(old.text()))
        new = new_secret(session, new_passphrase_file, new_passphrase_fd)
        try:
            strength = _strength(session, recalibrate)
            work = session.work("Changing")
            vault.change_passphrase(old.text(), new.text(), kdf=strength, work=work)
        finally:
            new.wipe()
    finally:
        old.wipe()
    _agent_forgets(session)
    session.out.say("haven: the passphrase is changed; the recovery code still works")


@key.command()
@new_file_option
@new_fd_option
@yes_option
@json_option
@pass_session
def rotate(
    session: Session,
    new_passphrase_file: str | None,
    new_passphrase_fd: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """New keys for everything, when somebody may have the old ones. Prints a new recovery code.

    Everything is encrypted anew. Without a new passphrase the present one stays.
    """
    from havenclient import vault as vaults

    secret = _present(session)
    new: Secret | None = None
    try:
        vault = session.open_with(vaults.Passphrase(secret.text()))
        if new_passphrase_file is not None or new_passphrase_fd is not None:
            new = new_secret(session, new_passphrase_file, new_passphrase_fd)
        if not yes:
            ask_word(
                "Every key is made anew and the present recovery code stops working.\n"
                "Copies of the vault that somebody has already can't be changed.",
                "rotate",
                no_input=session.options.no_input,
            )
        code = vault.rotate(
            secret.text(),
            new=new.text() if new is not None else None,
            work=session.work("Encrypting anew"),
        )
    finally:
        secret.wipe()
        if new is not None:
            new.wipe()
    _agent_forgets(session)
    _tell_code(session, code, as_json=as_json)


@key.command()
@click.option("--check", is_flag=True, help="Type the code to see that it is right.")
@click.option("--new", "make_new", is_flag=True, help="Make another code; the old one ends.")
@code_file_option
@yes_option
@json_option
@pass_session
def recovery(
    session: Session,
    check: bool,
    make_new: bool,
    code_file: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Check the recovery code, or make a new one."""
    if check == make_new:
        raise UsageError("say --check or --new")
    vault = session.unlocked()
    if check:
        code = _code(session, code_file)
        try:
            right = vault.check_recovery_code(code.text())
        finally:
            code.wipe()
        if not right:
            session.out.say("haven: that is not the code")
            raise click.exceptions.Exit(ExitCode.FAILED)
        session.out.say("haven: that is the code")
        return
    if not yes:
        ask_word(
            "The present recovery code stops working.", "new", no_input=session.options.no_input
        )
    _tell_code(session, vault.new_recovery_code(), as_json=as_json)


@key.command()
@code_file_option
@new_file_option
@new_fd_option
@pass_session
def recover(
    session: Session,
    code_file: str | None,
    new_passphrase_file: str | None,
    new_passphrase_fd: int | None,
) -> None:
    """Come back in with the recovery code and choose a new passphrase."""
    from havenclient import vault as vaults

    code = _code(session, code_file)
    try:
        vault = session.open_with(vaults.RecoveryCode(code.text()))
    finally:
        code.wipe()
    new = new_secret(session, new_passphrase_file, new_passphrase_fd)
    try:
        vault.set_passphrase(new.text())
    finally:
        new.wipe()
    _agent_forgets(session)
    session.out.say("haven: the new passphrase opens the vault; the recovery code stays as it is")


@key.command()
@click.option("-n", "--count", type=click.IntRange(1, 20), default=1, metavar="N")
@pass_session
def words(session: Session, count: int) -> None:
    """Passphrases of six words, made now and stored nowhere."""
    from havenclient.cli.commands.init import offered_words

    for _ in range(count):
        session.out.line(offered_words(session))


@key.command()
@click.option("--off", is_flag=True, help="Take the key out of the keyring again.")
@pass_session
def keyring(session: Session, off: bool) -> None:
    """Let this computer's keyring open the vault, or stop it.

    Whoever uses your unlocked desktop can then open the journal; that is why it is off.
    """
    from havenclient.config import set_value

    vault = session.unlocked()
    if off:
        for one in vault.slots():
            if one.kind == "keyring":
                vault.remove_slot(one.uuid)
        set_value(session.settings_file, "locking.use_keyring", "false")
        session.out.say("haven: the keyring no longer opens the vault")
        return
    vault.enable_keyring()
    set_value(session.settings_file, "locking.use_keyring", "true")
    session.out.say("haven: this computer's keyring opens the vault from now on")


@key.command()
@click.argument("key_id", metavar="ID")
@yes_option
@pass_session
def remove(session: Session, key_id: str, yes: bool) -> None:
    """Remove a way in. `haven key show` lists them; the passphrase can only be changed."""
    vault = session.unlocked()
    found = [one for one in vault.slots() if one.uuid.startswith(key_id.casefold())]
    if len(found) != 1 or len(key_id) < 4:
        raise UsageError("no single way in has that id", "`haven key show` lists them")
    if not yes:
        question = f"The way in by {found[0].kind} is removed."
        ask_word(question, "remove", no_input=session.options.no_input)
    vault.remove_slot(found[0].uuid)
    session.out.say(f"haven: the way in by {found[0].kind} is removed")


def _agent_forgets(session: Session) -> None:
    from havenclient.cli import agent

    agent.forget(session)
