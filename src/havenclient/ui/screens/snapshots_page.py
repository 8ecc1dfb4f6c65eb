"""Settings, Files: the copies that Haven keeps by itself, and a new folder made out of one."""

from __future__ import annotations

from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.flows import Flow, begin
from havenclient.ui.screens.journal import size_in_words
from havenclient.ui.screens.keys_page import PageAction
from havenclient.ui.session import Session
from havenclient.vault import SnapshotInfo

_WHY = {"daily": "of the day", "by-hand": "made by you"}


async def _snapshots(flow: Flow) -> None:
    def look(session: Session) -> tuple[SnapshotInfo, ...]:
        return session.ask_vault(lambda vault: vault.snapshots.list())

    found = await flow.work("Looking", lambda session, _: look(session))
    text = (
        "Encrypted copies beside the journal, newest first: for after a mistake, not after a lost "
        "disk (that is what a backup is for). One makes a journal of its own in a new folder."
    )
    rows = [(one.name, _row(one)) for one in found]
    if not found:
        text += "\n\nNone yet; one is taken each day of writing."
    answer = await flow.choose(
        "Snapshots", text, (*rows, ("take", "take one now"), ("no", "leave it"))
    )
    if answer == "take":
        made = await flow.work(
            "Copying",
            lambda session, work: session.ask_vault(
                lambda vault: vault.snapshots.take("by-hand", work=work)
            ),
        )
        flow.haven.say(f"Taken: {_row(made)}")
        return
    await _restore(flow, next(one for one in found if one.name == answer))


def _row(one: SnapshotInfo) -> str:
    taken = f"{one.taken_at.astimezone():%d %b %Y %H:%M}"
    return f"{taken}  {_WHY.get(one.reason, one.reason)}, {size_in_words(one.size)}"


async def _restore(flow: Flow, one: SnapshotInfo) -> None:
    from havenclient.vault import comeback

    text = (
        f"The journal as it was on {one.taken_at.astimezone():%d %b %Y %H:%M}. The open one stays "
        "as it is. Into which new folder?"
    )
    typed = await flow.line("Restore a snapshot", text, value="~/haven-from-snapshot")
    root = typed_path(typed.strip()).absolute()
    live = flow.haven.launch.paths
    await flow.aside("Copying", lambda: comeback.from_snapshot(live, one.path, root))
    text = (
        f"It is in\n{safe_line(str(root), limit=200)}\n\nIt opens with the passphrase that was "
        "right then: lock (ctrl+l), then F4 opens another folder."
    )
    await flow.choose("Restored", text, (("done", "good"),))


SNAPSHOTS = PageAction(
    "snapshots",
    "Snapshots",
    "Copies that Haven keeps by itself; one comes back into a new folder.",
    lambda screen: begin(screen, _snapshots),
)
