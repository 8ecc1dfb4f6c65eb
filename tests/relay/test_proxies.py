"""Behind nginx and Caddy, with the very files of deploy/, with and without their buffering."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from havenclient import wire

from .harness import Log, Relay, wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def proxy(command: list[str], port: int, env: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, "the proxy did not start"
        try:
            return httpx.get(url + wire.RELAY_PATH, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_until(answers)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx(folder: Path, upstream: int, *, buffering: bool) -> Iterator[str]:
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(binary).exists():
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    port = free_port()
    site = (DEPLOY / "nginx.conf").read_text()
    site = site.replace("127.0.0.1:8765", f"127.0.0.1:{upstream}")
    site = re.sub(r"    listen \[::\]:443 ssl;\n|    ssl_.*\n", "", site)
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    assert "proxy_buffering off;" in site
    if buffering:
        site = site.replace("proxy_buffering off;", "proxy_buffering on;")
    else:
        site = site.replace(
            "proxy_buffering off;", "proxy_buffering off; proxy_request_buffering off;"
        )
    temps = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""  # so that it may use the test's folder
    conf = folder / "nginx.conf"
    conf.write_text(
        f"{user}pid {folder}/pid; daemon off; worker_processes 1; error_log /dev/null;\n"
        f"events {{}}\nhttp {{ {temps}\n{site} }}\n"
    )
    with proxy([binary, "-c", str(conf), "-p", str(folder)], port, dict(os.environ)) as url:
        yield url


@contextmanager
def caddy(folder: Path, upstream: int, *, buffering: bool) -> Iterator[str]:
    binary = shutil.which("caddy")
    if binary is None:
        pytest.skip("caddy is not installed (Debian: apt install caddy)")
    port = free_port()
    site = (DEPLOY / "Caddyfile").read_text()
    site = site.replace("relay.example {", f"http://127.0.0.1:{port} {{", 1)
    site = site.replace("127.0.0.1:8765", f"127.0.0.1:{upstream}")
    assert "flush_interval -1" in site
    if buffering:
        site = site.replace("flush_interval -1", "")
    conf = folder / "Caddyfile"
    conf.write_text("{\n\tadmin off\n}\n" + site)
    env = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    command = [binary, "run", "--config", str(conf), "--adapter", "caddyfile"]
    with proxy(command, port, env) as url:
        yield url


@pytest.mark.parametrize("buffering", [False, True], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("front", [nginx, caddy], ids=["nginx", "caddy"])
def test_everything_works_behind_a_proxy(
    relay: Relay, tmp_path: Path, front: object, buffering: bool
) -> None:
    assert callable(front)
    with front(tmp_path, relay.port, buffering=buffering) as url:
        log = Log(url)
        assert log.create().status_code == 201
        largest = os.urandom(wire.MAX_ENTRY_BYTES)
        assert log.append(largest).status_code == 201
        assert log.append(bytes(wire.MAX_ENTRY_BYTES + 1)).status_code == 413
        assert log.entries() == [(1, largest)]

        stream = log.events(after=1)
        writer = Log(url, log.log_id, log.tokens, log.committer)
        writer.append(b"warm up")
        assert next(stream)[1] == "2"
        delays = []
        for n in range(20):
            began = time.monotonic()
            writer.append(b"live")
            assert next(stream)[1] == str(n + 3)
            delays.append(time.monotonic() - began)
        # What waits in a buffer comes with the next heartbeat, 25 s later.
        assert sorted(delays)[10] < 0.5
        writer.close_slice()
        assert [event for event, _, _ in stream] == ["entry", "closed"]


def test_own_tls_certificate(tmp_path: Path) -> None:
    """The relay without a proxy, with a certificate of its own."""
    import ssl

    certificate, key = self_signed(tmp_path)
    env = {
        "HAVEN_RELAY_NET_TLS_CERTIFICATE": str(certificate),
        "HAVEN_RELAY_NET_TLS_KEY": str(key),
    }
    with Relay(tmp_path, env=env) as relay:
        assert relay.url.startswith("https://")
        context = ssl.create_default_context(cafile=str(certificate))
        log = Log(relay.url, http=httpx.Client(verify=context, trust_env=False))
        assert log.create().status_code == 201
        assert log.append(b"x" * 100_000).status_code == 201
        assert [size for _, size in [(s, len(b)) for s, b in log.entries()]] == [100_000]
        with pytest.raises(httpx.HTTPError):
            httpx.get(relay.url.replace("https", "http") + "/v1/relay", trust_env=False)


def self_signed(folder: Path) -> tuple[Path, Path]:
    import ipaddress
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    where = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(where, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


def test_systemd_is_told_when_the_relay_is_ready_and_when_it_stops(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(path)
        supervisor.settimeout(10)
        with Relay(tmp_path, env={"NOTIFY_SOCKET": path}) as relay:
            assert supervisor.recv(1000).startswith(b"READY=1")
            assert relay.stop() == 0
            assert supervisor.recv(1000) == b"STOPPING=1"
