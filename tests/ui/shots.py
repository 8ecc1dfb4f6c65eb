"""`make shots`: every screen at both sizes as a PNG in ./shots, from a made-up journal.

Run as a program. The pictures are the same every time (fixed clock, seeded chance), so that two
versions of a screen can be laid side by side.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

import cairosvg
from house import NARROW, WIDE, fill, launch, make_vault, open_app, settle
from scenes import SCENES, Scene


def picture(svg: str, target: Path) -> None:
    """Textual's SVG names a web font; a local monospace font draws the same cells."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    # That font has no braille: draw such pieces in its sister, as a terminal would.
    svg = re.sub(
        r"<text ([^>]*>[^<]*[\u2800-\u28ff])", r'<text style="font-family: DejaVu Sans" \1', svg
    )
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(target), output_width=1440)


async def shoot(scene: Scene, size: tuple[int, int], target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        where = launch(Path(folder), settings=scene.settings)
        if scene.vault:
            opened = make_vault(where)
            if scene.filled:
                fill(where, opened)
            opened.close()
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
