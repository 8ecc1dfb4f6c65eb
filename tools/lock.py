"""Writes lock/run.txt and lock/dev.txt: universal, hashed, without hosts (uv resolves)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header",
    "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet",
]  # fmt: skip


def compile_lock(target: str, *more: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "compile", "pyproject.toml", *COMMON, *more, "-o", f"lock/{target}"]
    subprocess.run(command, cwd=ROOT, check=True)
    text = (ROOT / "lock" / target).read_text(encoding="utf-8")
    if "://" in text:
        raise SystemExit(f"lock/{target} names a host; it must not")


if __name__ == "__main__":
    everyday = ["--extra", "relay", "--extra", "keyring", "--group", "build"]
    compile_lock("run.txt", *everyday)
    compile_lock("dev.txt", *everyday, "--group", "dev", "-c", "lock/run.txt")
