"""The agent: a small process that remembers the way in for scripts, for a few minutes.

What it holds is the key that the stretching gave, not the passphrase: commands start at once, and
the words themselves, which may open other things too, are gone. The key opens this vault only, and
nothing any more once the passphrase is changed.

Off unless locking.agent_minutes says otherwise. `haven unlock` starts it after the passphrase has
opened the vault; it answers on a socket (0600, in the session's private runtime folder) only to
processes of the same user, counts time asleep too, and forgets when the time is over or `haven
lock` says so. It is a fresh process that gets the key through a pipe, so its memory holds one copy,
in a bytearray that is kept out of swap where the system allows it and zeroed at the end. What it
can't do: protect against another program that runs as the same person while it lives; that is why
it is off.

Protocol, one exchange a connection: the client sends G (give) or F (forget); G is answered by the
key in 64 hex digits, F by nothing.
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.errors import HavenError, SafetyRefusal
from havenclient.hygiene import MAX_SECRET

if TYPE_CHECKING:
    from havenclient.cli.session import Session
    from havenclient.vault import Derived

GIVE, FORGET = b"G", b"F"
_ANSWER_SECONDS = 2.0


def socket_path(session: Session) -> Path | None:
    """Where the agent of this vault listens; None without a private runtime folder."""
    runtime = session.places.runtime
    if runtime is None:
        return None
    # The vault's folder is hashed: one agent a vault, and a path short enough for a socket.
    name = hashlib.blake2b(str(session.root.resolve()).encode(), digest_size=8).hexdigest()
    return runtime / f"agent-{name}"


def kept(session: Session) -> Derived | None:
    """What a running agent remembers, or None. Costs one failed `connect` when there is none."""
    from havenclient.vault import Derived

    path = socket_path(session)
    if path is None or not path.exists():
        return None
    answer = _exchange(path, GIVE)
    if not answer:
        return None
    try:
        return Derived(bytes.fromhex(answer.decode("ascii")))
    except ValueError:
        return None
    finally:
        answer[:] = bytes(len(answer))


def forget(session: Session) -> bool:
    """Make a running agent forget and end. False when there was none."""
    path = socket_path(session)
    if path is None or not path.exists():
        return False
    answered = _exchange(path, FORGET) is not None
    path.unlink(missing_ok=True)
    return answered


def start(session: Session, key: Derived, seconds: int) -> None:
    """Start the agent; returns when it listens."""
    from havenclient.hygiene import Secret
    from havenclient.paths import private_folder

    path = socket_path(session)
    if path is None:
        raise SafetyRefusal(
            "there is no private runtime folder for the agent's socket",
            "XDG_RUNTIME_DIR names it on most systems",
        )
    folder = private_folder(path.parent)
    if folder.stat().st_mode & 0o077 or folder.stat().st_uid != os.geteuid():
        raise SafetyRefusal("the runtime folder can be entered by others")
    forget(session)
    secret = Secret(bytearray(key.key.hex().encode()))
    reader, writer = os.pipe()
    try:
        # No secret in argv: what is there is a path, a number and a descriptor.
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "havenclient.cli.agent", str(path), str(seconds),
             str(reader)],
            pass_fds=(reader,), start_new_session=True, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        secret.write_to(writer)
    finally:
        secret.wipe()
        os.close(reader)
        os.close(writer)
    until = time.monotonic() + 10
    while not path.exists():
        if time.monotonic() > until:
            raise HavenError("the agent did not start")
        time.sleep(0.02)


def _exchange(path: Path, word: bytes) -> bytearray | None:
    """None when nobody answers."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_ANSWER_SECONDS)
        try:
            with _address(path) as address:
                line.connect(address)
            if not _same_user(line):
                return None
            line.sendall(word)
            line.shutdown(socket.SHUT_WR)
            answer = bytearray(MAX_SECRET)
            size = 0
            while size < MAX_SECRET and (got := line.recv_into(memoryview(answer)[size:])):
                size += got
        except OSError:
            with suppress(OSError):
                path.unlink()  # left by an agent that was killed
            return None
        kept = answer[:size]
        answer[:] = bytes(len(answer))
        return kept


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The path as a socket's address. The kernel takes 107 bytes; a longer one goes through a
    descriptor of its folder."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _same_user(line: socket.socket) -> bool:
    peer = getattr(socket, "SO_PEERCRED", None)
    if peer is None:
        return True  # the folder's mode is the guard there
    _pid, user, _group = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, peer, 12))
    return bool(user == os.geteuid())


# --- the agent itself ----------------------------------------------------------------------------


def serve(path: Path, seconds: int, descriptor: int) -> None:
    """Remember what comes through `descriptor` until the time is over."""
    from havenclient import hygiene

    secret = hygiene.secret_from_descriptor(descriptor)
    secret.keep_out_of_swap()
    os.close(descriptor)
    # Time asleep counts: a lid closed for the night must not keep a passphrase.
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    end = time.clock_gettime(kind) + seconds
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with socket.socket(socket.AF_UNIX) as listener:
        with _address(part) as address:
            listener.bind(address)
        part.chmod(0o600)
        listener.listen(4)
        part.replace(path)  # the name appears when somebody listens behind it
        try:
            while (left := end - time.clock_gettime(kind)) > 0:
                listener.settimeout(min(left, 5.0))  # short, because a timeout stops during sleep
                try:
                    line, _ = listener.accept()
                except TimeoutError:
                    continue
                with line, suppress(OSError):
                    line.settimeout(_ANSWER_SECONDS)
                    if not _same_user(line):
                        continue
                    word = line.recv(1)
                    if word == FORGET:
                        return
                    if word == GIVE and time.clock_gettime(kind) < end:
                        secret.send_to(line)
        finally:
            secret.wipe()
            with suppress(OSError):
                path.unlink()


if __name__ == "__main__":
    from havenclient import hygiene

    hygiene.harden()
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
