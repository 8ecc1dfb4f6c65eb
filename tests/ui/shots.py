"""`make shots`: every screen at both sizes as a PNG in ./shots, from a made-up journal.

Run as a program. The pictures are the same every time (fixed clock, seeded chance), so that two
versions of a screen can be laid side by side.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
import tempfile
from pathlib import Path

import cairosvg

from tests.ui.house import NARROW, WIDE, furnish, launch, open_app, settle
from tests.ui.scenes import SCENES, Scene


def picture(svg: str, target: Path) -> None:
    """Textual's SVG names a web font; a local monospace font draws the same cells."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    svg = re.sub(r"<text ([^>]*)>([^<]*[\u2800-\u28ff][^<]*)</text>", _one_by_one, svg)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(target), output_width=1440)


def _one_by_one(found: re.Match[str]) -> str:
    """That font has no braille: its sister draws it, each piece at its own cell."""
    attributes, text = found[1], html.unescape(found[2])
    x, length = (
        float(re.search(rf'{name}="([\d.]+)"', attributes)[1])  # type: ignore[index]
        for name in (" x", "textLength")
    )
    rest = re.sub(r' (x|textLength)="[\d.]+"', "", " " + attributes)
    step = length / max(1, len(text))
    return "".join(
        f'<text style="font-family: DejaVu Sans" x="{x + step * index:.2f}" {rest}>{char}</text>'
        for index, char in enumerate(text)
        if char not in " \u00a0"
    )


async def shoot(scene: Scene, size: tuple[int, int], target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        where = launch(Path(folder), settings=scene.settings)
        if scene.vault:
            furnish(where, filled=scene.filled)
        async with open_app(where, size=size, unlocked=scene.unlocked) as (app, pilot):
            await scene.play(app, pilot)
            await settle(pilot)
            picture(app.export_screenshot(title="notes"), target)


def main(wanted: list[str]) -> None:
    folder = Path("shots")
    folder.mkdir(exist_ok=True)
    for scene in SCENES:
        if wanted and scene.name not in wanted:
            continue
        for size in (WIDE, NARROW):
            target = folder / f"{scene.name}-{size[0]}x{size[1]}.png"
            asyncio.run(shoot(scene, size, target))
            print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
