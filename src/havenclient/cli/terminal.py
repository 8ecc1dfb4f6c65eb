"""Asking a person: questions, typed words, and text from standard input.

Questions go to the terminal itself and never to stdin, which is content. With --no-input or
without a terminal a question is an error that says which option answers it.
"""

from __future__ import annotations

import os
import sys

from havenclient.errors import InputRejected, SafetyRefusal, UsageError
from havenclient.text import safe_text

MAX_TEXT = 16 * 1024 * 1024
"""Bytes of one entry from standard input."""


def stdin_is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def stdout_is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def ask(question: str, *, no_input: bool, instead: str = "") -> str:
    """One line from the terminal. `instead` names the option that makes the question needless."""
    hint = (instead,) if instead else ()
    if no_input:
        raise UsageError("this asks a question, and --no-input was given", *hint)
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise UsageError("this asks a question, and there is no terminal", *hint) from None
    with os.fdopen(terminal, "r+b", buffering=0) as stream:
        stream.write(safe_text(question).encode() + b" ")
        raw = b""
        while not raw.endswith(b"\n"):
            piece = stream.read(4096)
            if not piece:
                if not raw:
                    stream.write(b"\n")
                    raise KeyboardInterrupt
                break
            raw += piece
    return raw.decode("utf-8", "replace").strip()


def ask_yes(question: str, *, no_input: bool, instead: str = "--yes") -> bool:
    answer = ask(f"{question} [y/N]:", no_input=no_input, instead=instead)
    return answer.casefold() in ("y", "yes")


def ask_word(question: str, word: str, *, no_input: bool, instead: str = "--yes") -> None:
    """For what can't be undone: go on only if the person types `word`. SafetyRefusal otherwise."""
    answer = ask(f"{question}\nType {word} to go on:", no_input=no_input, instead=instead)
    if answer.casefold() != word.casefold():
        raise SafetyRefusal("nothing was changed", f"the word to type is {word}")


def text_from_stdin() -> str:
    """All of standard input as text. InputRejected if it's too long or not UTF-8."""
    if sys.stdin is None:
        raise UsageError("there is no standard input")
    raw = sys.stdin.buffer.read(MAX_TEXT + 1)
    if len(raw) > MAX_TEXT:
        raise InputRejected("the text is longer than 16 MiB", "attach it as a file instead")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRejected("standard input is not UTF-8 text") from None
    return text.replace("\r\n", "\n").rstrip("\n")


def text_from_argument(text: str) -> str:
    """A word from argv. Bytes that aren't UTF-8 arrive as surrogates, which no file can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputRejected("the text is not UTF-8") from None
    return text
