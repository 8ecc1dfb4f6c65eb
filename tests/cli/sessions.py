"""Reads and runs a session: commands with what goes in and what has to come out.

    # words about the session
    $ haven new - -m 4          a command (no shell; <name> is what an earlier line caught)
    < text for standard input
    > expected line of standard output
    ! expected line of standard error
    = 1                         expected exit code; 0 when nothing is said

`...` stands for any number of lines. In expected lines {id} {short} {date} {time} {code} {hex} {n}
{any} stand for what differs from run to run; {id:first} also remembers it, for <first>. Before the
first command: `vault: no` starts without a vault, `with: OPTIONS` gives global options to all
commands, `file: NAME MODE TEXT` makes a file in the current folder (\\n is a line feed), `plain:
NAME` names what holds plain text on purpose.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.homes import Home

PATTERNS = {
    "id": r"[0-9A-HJKMNP-TV-Z]{26}",
    "short": r"[0-9A-HJKMNP-TV-Z]{8,26}",
    "date": r"\d{4}-\d{2}-\d{2}",
    "time": r"\d{2}:\d{2}",
    "code": r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){7}",
    "hex": r"[0-9a-f]{8,64}",
    "n": r"\d+",
    "any": r".*",
}


@dataclass
class Step:
    line: int
    command: str
    stdin: list[str] = field(default_factory=list)
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    code: int = 0


@dataclass
class Script:
    path: Path
    with_vault: bool = True
    options: list[str] = field(default_factory=list)
    files: list[tuple[str, int, str]] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> Script:
    script = Script(path)
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        sign, _, rest = raw.partition(" ")
        match sign:
            case "" | "#":
                continue
            case "vault:":
                script.with_vault = rest != "no"
            case "with:":
                script.options = shlex.split(rest)
            case "plain:":
                script.plain.append(rest)
            case "file:":
                name, mode, text = rest.split(" ", 2)
                script.files.append((name, int(mode, 8), text.replace("\\n", "\n")))
            case "$":
                script.steps.append(Step(number, rest))
            case "<":
                script.steps[-1].stdin.append(rest)
            case ">":
                script.steps[-1].stdout.append(rest)
            case "!":
                script.steps[-1].stderr.append(rest)
            case "=":
                script.steps[-1].code = int(rest)
            case _:
                raise ValueError(f"{path.name}:{number}: not a line of a session")
    return script


def run(script: Script, home: Home) -> None:
    for name, mode, text in script.files:
        file = home.work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        file.chmod(mode)
    caught: dict[str, str] = {}
    for step in script.steps:
        program, *words = [_filled(word, caught) for word in shlex.split(step.command)]
        assert program == "haven"
        done = subprocess.run(
            ["haven", *script.options, *words],
            input="".join(f"{line}\n" for line in step.stdin).encode(),
            capture_output=True,
            env=home.environment,
            cwd=home.work,
            timeout=60,
            # No terminal: what would ask has to fail and say how to go on.
            start_new_session=True,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        where = f"{script.path.name}:{step.line}: $ {step.command}\n{out}{err}"
        assert done.returncode == step.code, f"exit code {done.returncode}\n{where}"
        for expected, actual, name in ((step.stdout, out, ">"), (step.stderr, err, "!")):
            assert "Traceback" not in actual, where
            missing = mismatch(expected, actual.splitlines(), caught, home)
            assert missing is None, f"{name} {missing}\n{where}"


def _filled(text: str, caught: dict[str, str]) -> str:
    return re.sub(r"<([a-z]+)>", lambda found: caught.get(found[1], found[0]), text)


def mismatch(
    expected: Sequence[str], actual: Sequence[str], caught: dict[str, str], home: Home
) -> str | None:
    """None if the lines agree (what {id:name} found is then in `caught`), else what is wrong."""
    names: list[str] = []
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "..." else _pattern(_filled(line, caught), names, home) + r"\n"
        for line in expected
    )
    found = re.fullmatch(pattern, "".join(f"{line}\n" for line in actual))
    if found is None:
        return "expected:\n" + "\n".join(expected)
    caught.update({name: found[name] for name in names})
    return None


def _pattern(line: str, names: list[str], home: Home) -> str:
    parts = []
    for piece in re.split(r"(\{[a-z]+(?::[a-z]+)?\})", line.replace("{home}", str(home.root))):
        placeholder = re.fullmatch(r"\{([a-z]+)(?::([a-z]+))?\}", piece)
        if placeholder is None or placeholder[1] not in PATTERNS:
            parts.append(re.escape(piece))
        elif placeholder[2]:
            names.append(placeholder[2])
            parts.append(f"(?P<{placeholder[2]}>{PATTERNS[placeholder[1]]})")
        else:
            parts.append(f"(?:{PATTERNS[placeholder[1]]})")
    return "".join(parts)
