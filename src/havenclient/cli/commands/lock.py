"""`haven lock` and `haven unlock`.

A Haven that is open watches the vault's folder for `lock-request`; asking needs no passphrase.
"""

from __future__ import annotations

import time

import click

from havenclient.cli.options import pass_session
from havenclient.cli.session import Session
from havenclient.errors import HavenError, InUse, NotFound, SafetyRefusal

REQUEST = "lock-request"
_WAIT = 10.0
"""Seconds for an open Haven to save its draft and go."""


@click.command()
@pass_session
def lock(session: Session) -> None:
    """Ask an open Haven to lock, and make the agent forget. Needs no passphrase."""
    from havenclient.cli import agent
    from havenclient.vault import exists

    forgotten = agent.forget(session)
    if not exists(session.paths) or not _open_elsewhere(session):
        session.out.say("haven: the agent has forgotten" if forgotten else "haven: nothing is open")
        return
    request = session.root / REQUEST
    request.touch(mode=0o600)
    until = time.monotonic() + _WAIT
    while _open_elsewhere(session):
        if time.monotonic() > until:
            request.unlink(missing_ok=True)
            raise HavenError(
                "the open Haven did not lock in time",
                "it may be busy with long work; Ctrl+L locks it there",
            )
        time.sleep(0.1)
    request.unlink(missing_ok=True)
    session.out.say("haven: locked")


def _open_elsewhere(session: Session) -> bool:
    from havenclient.vault.lock import FolderLock

    try:
        FolderLock.writer(session.paths.lock, session.clock.now()).release()
    except InUse:
        return True
    return False


@click.command()
@click.option("--minutes", type=click.IntRange(1, 60), metavar="N", help="For so long.")
@pass_session
def unlock(session: Session, minutes: int | None) -> None:
    """Let scripts in without a passphrase for a few minutes. Off until a setting allows it.

    A small process keeps the key that the passphrase gave and hands it to commands of yours only,
    so they start at once. `haven lock` ends it.
    """
    from havenclient import vault
    from havenclient.cli import agent

    allowed = session.settings.locking.agent_minutes
    if not allowed:
        raise SafetyRefusal(
            "the agent is switched off",
            "`haven config set locking.agent_minutes 5` allows five minutes",
        )
    minutes = min(minutes or allowed, allowed)
    secret = session.given_secret() or session.ask_secret("Passphrase: ")
    try:
        if not vault.exists(session.paths):
            raise NotFound("there is no vault yet", "`haven init` makes one")
        with session.stretching():
            key = vault.derive(session.paths, secret.text())
        session.open_with(key)
        session.close()
        agent.start(session, key, minutes * 60)
    finally:
        secret.wipe()
    session.out.say(f"haven: open for scripts for {minutes} min; `haven lock` ends it")
