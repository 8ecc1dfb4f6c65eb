"""What somebody meets who sets up a relay for the first time, and gets one thing wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from havenclient.errors import InUse, UsageError
from havenclient.relay import commands  # noqa: F401 - registers the commands
from havenclient.relay.cli import relay as cli
from havenclient.relay.days import today
from havenclient.relay.operate import data as place
from havenclient.relay.operate.backup import backup, restore
from havenclient.relay.operate.tls import require_pair
from havenclient.relay.rules import Birth
from havenclient.relay.sqlite.store import SqliteStore

from .harness import Relay

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as the commands beside a service")


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.output


# --- without the extra ----------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["uvloop", "starlette"])
def test_without_the_extra_serve_says_what_to_install(missing: str, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from havenclient.relay.cli import main; main()"
    )
    words = [sys.executable, "-c", program, "serve", "--data", str(tmp_path / "data")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "pip install 'havenclient[relay]'" in done.stderr
    assert "Error" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_relay_that_is_told_to_stop_while_it_starts_stops(tmp_path: Path) -> None:
    """As a container's first process it would not even be ended (seen with podman)."""
    program = (
        "import os, signal\n"
        "from havenclient.relay import settings\n"
        "settings.load = lambda *a, **k: os.kill(os.getpid(), signal.SIGTERM)\n"
        "from havenclient.relay.cli import main; main()"
    )
    words = [sys.executable, "-c", program, "serve", "--data", str(tmp_path / "data")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- its own certificate --------------------------------------------------------------------------


def key_file(path: Path, passphrase: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    seal: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        seal = serialization.BestAvailableEncryption(passphrase)
    kind = serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, seal))
    return key


def certificate_file(path: Path, key: ec.EllipticCurvePrivateKey, days: int) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(end - timedelta(days=100))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    certificate_file(certificate, key_file(key), 90)
    return certificate, key


def test_a_certificate_that_cannot_be_used_is_said_in_words(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    certificate, key = pair
    require_pair(certificate, key)
    other, sealed, letter = tmp_path / "other", tmp_path / "sealed", tmp_path / "letter"
    key_file(other)
    key_file(sealed, b"lantern")
    letter.write_text("no key")
    said = {
        (certificate, other): "is not the key of",
        (certificate, sealed): "has a passphrase",
        (certificate, letter): "not a PEM certificate and its key",
        (letter, key): "not a PEM certificate and its key",
        (certificate, tmp_path / "nothing"): "net.tls_key can't be read: No such file",
        (tmp_path, key): "net.tls_certificate can't be read: Is a directory",
    }
    for files, words in said.items():
        with pytest.raises(UsageError, match=words):
            require_pair(*files)


def test_serve_and_doctor_ask_before_the_first_client_does(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    certificate, key = pair
    key_file(key, b"lantern")  # OpenSSL would ask for it, and a service wait for ever
    net = {
        "HAVEN_RELAY_NET_TLS_CERTIFICATE": str(certificate),
        "HAVEN_RELAY_NET_TLS_KEY": str(key),
    }
    with pytest.raises(AssertionError, match="has a passphrase"):
        Relay(tmp_path / "relay", env=net).start()
    answer = CliRunner().invoke(cli, ["doctor", "--data", str(tmp_path)], env=net)
    assert "LOOK  net.tls_key has a passphrase" in answer.output
    certificate_file(certificate, key_file(key), -1)
    answer = CliRunner().invoke(cli, ["doctor", "--data", str(tmp_path)], env=net)
    assert "LOOK  the certificate has run out" in answer.output


# --- root's commands beside a service under its own user ------------------------------------------


@pytest.fixture
def service_data(tmp_path: Path) -> Path:
    """A data directory as systemd's DynamicUser leaves it: nobody else's, one database in it."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    SqliteStore(data / "relay.db").close()
    for each in (data, *data.iterdir()):
        os.chown(each, 12345, 12345)
    return data


@root
def test_what_root_makes_in_a_services_directory_is_the_services(service_data: Path) -> None:
    """Else the relay can't open its settings or its database at the next start."""
    data = service_data
    run("init", "--data", data)
    run("admit", "--data", data)
    run("prune", "--data", data)
    backup(data, data.parent / "copy.db")
    restore(data.parent / "copy.db", data)
    files = {each.name: each.stat() for each in data.iterdir()}
    assert {"relay.toml", "relay.db", "relay.lock", "before-restore-1-relay.db"} <= files.keys()
    assert {(each.st_uid, each.st_mode & 0o777) for each in files.values()} == {(12345, 0o600)}


def test_a_link_in_the_data_directory_leads_no_command_astray(tmp_path: Path) -> None:
    """Who has taken over the relay's user must not make root write elsewhere."""
    data, precious = tmp_path / "data", tmp_path / "precious"
    SqliteStore(data / "relay.db").close()
    precious.write_text("precious")
    backup(data, tmp_path / "copy.db")
    for name in (".sync-probe", "relay.db.part", "relay.toml"):
        (data / name).symlink_to(precious)
    assert "the disk syncs in" in run("doctor", "--data", data)
    restore(tmp_path / "copy.db", data)
    assert isinstance(CliRunner().invoke(cli, ["init", "--data", str(data)]).exception, UsageError)
    assert precious.read_text() == "precious"


def test_no_relay_starts_while_a_backup_is_put_back(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        relay.stop()
        with (
            place.lying_still(tmp_path / "data"),
            pytest.raises(AssertionError, match="another relay runs on this data"),
        ):
            relay.start()
        relay.start()
        with pytest.raises(InUse), place.lying_still(tmp_path / "data"):
            pass


def test_doctor_sees_a_clock_that_is_behind(tmp_path: Path) -> None:
    """A small board without a battery starts in 1970, or where it was switched off."""
    store = SqliteStore(tmp_path / "relay.db")
    birth = Birth(bytes(32), (), retention_days=30, closing_retention_days=400)
    store.create(bytes(16), birth, today(), None)
    assert "ok    the clock is not behind" in run("doctor", "--data", tmp_path)
    store.create(bytes([1]) * 16, replace(birth, door=bytes([1]) * 32), today() + 2, None)
    assert "LOOK  the clock is behind" in run("doctor", "--data", tmp_path)
    store.close()


# --- codes ----------------------------------------------------------------------------------------


def test_a_code_for_ever_and_a_day_is_refused_before_it_is_made(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "relay.db").close()
    for words in (("--days", "36501"), ("--days", "0"), ("--revoke", "9" * 30), ("--logs", "0")):
        refused = CliRunner().invoke(cli, ["admit", "--data", str(tmp_path), *words])
        assert refused.exit_code != 0
        assert not isinstance(refused.exception, OverflowError)
    run("admit", "--data", tmp_path, "--days", "36500", "--label", "a\x1b]0;b\nc")
    listed = run("admit", "--data", tmp_path, "--list")
    assert listed.count("\n") == 1
    assert "\x1b" not in listed
