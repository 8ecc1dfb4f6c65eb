"""The agreement that a new circle starts with, in words made for Haven (`data/agreement.md`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def default_agreement() -> str:
    return files("havenclient.circles").joinpath("data/agreement.md").read_text("utf-8").strip()
