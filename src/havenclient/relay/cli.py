"""The operator's commands. Each imports only what it needs; the server only `serve`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from havenclient.errors import ExitCode, HavenError, UsageError

DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("haven-relay-data"),
    show_default=True,
    envvar="HAVEN_RELAY_DATA",
    help="The relay's data directory.",
)
SETTINGS = click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HAVEN_RELAY_SETTINGS",
    help="Settings file; without it, relay.toml in the data directory if there is one.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="havenclient")
def relay() -> None:
    """A relay of opaque, append-only logs for Haven's circles."""


@relay.command()
@DATA
@SETTINGS
@click.option("--listen", help="Public address, host:port (port 0: a free one).")
@click.option("--operator", help="Address of /healthz and /metrics; '' switches it off.")
def serve(data: Path, settings: Path | None, listen: str | None, operator: str | None) -> None:
    """Run the relay until it is told to stop."""
    # The kernel keeps a signal that nobody handles from a container's first process: told to stop
    # while it is still starting, it would go on, and be killed when patience ends.
    signal.signal(signal.SIGTERM, _stop)
    try:
        import uvloop  # noqa: F401 - the server's own import comes too late for these words

        from havenclient.relay import server
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("havenclient"):
            raise
        raise UsageError(
            "the parts of the relay that serve are not installed",
            "pip install 'havenclient[relay]'",
        ) from None
    from havenclient.relay.operate.tls import require_pair
    from havenclient.relay.settings import load

    loaded = load(
        settings_file(data, settings), overrides={"net.listen": listen, "net.operator": operator}
    )
    if loaded.net.tls_certificate:
        require_pair(Path(loaded.net.tls_certificate), Path(loaded.net.tls_key))
    server.start_logging()
    server.serve(data, loaded)


def _stop(number: int, frame: FrameType | None) -> None:
    """Until the server's own handler is there (which finishes what it has begun)."""
    sys.exit(0)


def settings_file(data: Path, named: Path | None) -> Path | None:
    """The file that was named, else `relay.toml` in the data directory if there is one."""
    usual = data / "relay.toml"
    return usual if named is None and usual.is_file() else named


def main() -> None:
    """Entry point: errors become one sentence and an exit code, never a traceback."""
    import havenclient.relay.commands  # noqa: F401 - registers the commands on the group

    try:
        relay.main(standalone_mode=False)
    except HavenError as error:
        click.echo(f"haven-relay: error: {error.message}", err=True)
        for hint in error.hints:
            click.echo(f"  {hint}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except OSError as error:
        click.echo(f"haven-relay: error: the system refused: {error.strerror}", err=True)
        sys.exit(ExitCode.STORAGE)
    except Exception as error:
        click.echo(f"haven-relay: error: an unexpected {type(error).__name__}", err=True)
        sys.exit(ExitCode.FAILED)
