"""Templates in Today: insert one, keep what is written as one's own, drop an own one."""

from __future__ import annotations

from collections.abc import Callable

from havenclient.journal import Journal
from havenclient.text import safe_line
from havenclient.ui.flows import Flow, GoneBack


async def templates(flow: Flow, written: str, put: Callable[[str], None]) -> None:
    """`written` is what stands in the editor; `put` adds a template's shape to it."""
    found = await flow.ask(Journal.templates)
    answers = [
        (str(at), safe_line(f"{one.name}   {one.sentence or 'your own'}", limit=100))
        for at, one in enumerate(found)
    ]
    if written.strip():
        answers.append(("keep", "keep what I wrote as a template of my own"))
    if any(not one.builtin for one in found):
        answers.append(("drop", "drop one of my own"))
    answer = await flow.choose("Template", "A shape to begin with.", tuple(answers))
    if answer == "keep":
        await _keep(flow, written)
    elif answer == "drop":
        await _drop(flow)
    else:
        put(found[int(answer)].body)


async def _keep(flow: Flow, written: str) -> None:
    name = (await flow.line("A template of your own", "Its name:")).strip()
    own = [one.name for one in await flow.ask(Journal.templates) if not one.builtin]
    if name.casefold() in (one.casefold() for one in own):
        text = f"There is one called {safe_line(name)} already."
        await flow.choose(
            "Template", text, (("yes", "put this in its place"), ("no", "leave it as it was"))
        )
    made = await flow.ask(lambda journal: journal.save_template(name, written))
    flow.haven.say(f"Kept as {safe_line(made.name)}. F7 offers it.")


async def _drop(flow: Flow) -> None:
    own = [one.name for one in await flow.ask(Journal.templates) if not one.builtin]
    answers = tuple((str(at), safe_line(name)) for at, name in enumerate(own))
    at = await flow.choose("Drop a template", "Which one? Entries keep their words.", answers)
    name = own[int(at)]
    sure = (("yes", "drop it"), ("no", "keep it"))
    if await flow.choose("Drop a template", f"Drop {safe_line(name)}?", sure) != "yes":
        raise GoneBack
    await flow.ask(lambda journal: journal.drop_template(name))
    flow.haven.say(f"{safe_line(name)} is dropped.")
