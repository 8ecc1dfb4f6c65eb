"""`haven relay …`: the relays that carry circles, and the way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from havenclient.cli.options import (
    json_option,
    pass_session,
)
from havenclient.cli.session import Session
from havenclient.cli.together import together

if TYPE_CHECKING:
    pass


@click.group()
def relay() -> None:
    """The relays that carry your circles. The server itself is `haven-relay`."""


@relay.command("status")
@json_option
@pass_session
def relay_status(session: Session, as_json: bool) -> None:
    """Each relay: whether it answers, what it keeps, what waits to go there."""
    from havenclient.errors import NetworkError
    from havenclient.sync import routes
    from havenclient.sync.client import RelayClient

    rows: list[dict[str, Any]] = []
    with together(session, reading=True) as both:
        vault = both.circles.book.vault
        for base in routes.known(vault):
            row: dict[str, Any] = {"relay": base}
            try:
                with RelayClient(routes.route(vault, base, b"status")) as client:
                    row |= {"answers": True, "about": client.relay()}
            except NetworkError as error:
                row |= {"answers": False, "problem": error.message}
            rows.append(row)
    if as_json:
        session.out.json("relays", relays=rows)
        return
    for row in rows:
        session.out.pair("relay", row["relay"])
        if not row["answers"]:
            session.out.line(f"   {row['problem']}")
            continue
        kept = row["about"].get("retention")
        days = kept.get("days") if isinstance(kept, dict) else None
        days = days if isinstance(days, int) else "?"  # a relay may say anything
        session.out.line(f"   answers; keeps messages {days} days")
    if not rows:
        session.out.say("No relay is in use.")


@relay.command("use")
@click.argument("base", metavar="URL")
@click.option(
    "--proxy",
    metavar="ADDRESS",
    help="socks5h://127.0.0.1:9050 goes through Tor; '' goes directly again.",
)
@click.option("--ca", metavar="FILE", help="Your own certificate authority.")
@click.option("--pin", metavar="HEX", help="SHA-256 of the relay's public key.")
@click.option("--admission", is_flag=True, help="Asks for an admission code.")
@pass_session
def relay_use(
    session: Session,
    base: str,
    proxy: str | None,
    ca: str | None,
    pin: str | None,
    admission: bool,
) -> None:
    """How to get to a relay. What you don't name stays as it is. A proxy counts for every relay
    about which you said nothing, too."""
    from havenclient.sync import routes

    code = session.ask_secret("Admission code: ").text() if admission else None
    with together(session) as both:
        routes.use(
            both.circles.book.vault,
            base.rstrip("/"),
            proxy=proxy,
            ca_file=ca,
            pinned_key=pin,
            admission=code,
        )
