"""Settings, Passphrase and keys: change, test, renew. The vault does it; here it is only asked.

Passphrases pass through dialogs that blank their field; a new recovery code is shown once, in a
dialog that the cover hides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from havenclient.crypto import words
from havenclient.errors import HavenError
from havenclient.ui.jobs import JobWork
from havenclient.ui.session import Session
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.ui.screens.settings import SettingsScreen
    from havenclient.vault import Vault


@dataclass(frozen=True, slots=True)
class PageAction:
    name: str
    title: str
    about: str
    act: Callable[[SettingsScreen], None]


def _change_passphrase(screen: SettingsScreen) -> None:
    session = screen.haven.session
    if session is None:
        return

    def with_old(old: str | None) -> None:
        if old is None:
            return
        _ask_new(screen, lambda new: _do_change(screen, old, new))

    if session.by_recovery:
        _ask_new(screen, lambda new: _do_change(screen, None, new))
    else:
        text = "First the present passphrase."
        screen.app.push_screen(AskLine("Change the passphrase", text, password=True), with_old)


def _ask_new(screen: SettingsScreen, then: Callable[[str], None]) -> None:
    offer = words.phrase(screen.haven.launch.random)

    def again(first: str | None) -> None:
        if not first:
            return

        def compare(second: str | None) -> None:
            if second is None:
                return
            if second != first:
                screen.haven.say("The two were not the same; nothing was changed.")
            else:
                then(first)

        text = f"{words.advice(first).sentence}\nOnce more, please:"
        screen.app.push_screen(AskLine("New passphrase", text, password=True), compare)

    text = f"The new passphrase, at least 8 characters. Six words drawn by chance:\n\n{offer}"
    screen.app.push_screen(AskLine("New passphrase", text, password=True), again)


def _do_change(screen: SettingsScreen, old: str | None, new: str) -> None:
    def change(session: Session, work: JobWork) -> None:
        if old is None:
            session.ask_vault(lambda vault: vault.set_passphrase(new))
        else:
            session.ask_vault(lambda vault: vault.change_passphrase(old, new, work=work))

    def done(_: None) -> None:
        screen.haven.say(
            "The passphrase is changed. An older copy of the folder still opens with the old one."
        )

    screen.haven.work("Making the new key", change, done)


def _test_recovery(screen: SettingsScreen) -> None:
    def given(code: str | None) -> None:
        if not code or not code.strip():
            return

        def test(session: Session, work: JobWork) -> bool:
            return session.ask_vault(lambda vault: vault.check_recovery_code(code))

        def done(right: bool) -> None:
            screen.haven.say(
                "The code is right. Keep the paper where you will find it."
                if right
                else "This code does not open this journal. A new one can be made here."
            )

        screen.haven.work("Testing the code", test, done)

    text = "Type all eight groups from your paper:"
    screen.app.push_screen(AskLine("Test the recovery code", text), given)


def _new_recovery(screen: SettingsScreen) -> None:
    def sure(answer: str | None) -> None:
        if answer != "yes":
            return

        def make(session: Session, work: JobWork) -> str:
            return session.ask_vault(lambda vault: vault.new_recovery_code())

        screen.haven.work("Making a code", make, lambda code: show_code(screen, code))

    text = "A new code is shown once, and the old paper stops working at that moment."
    answers = (("yes", "make a new code"), ("no", "keep the old one"))
    screen.app.push_screen(Ask("New recovery code", text, answers), sure)


def code_in_rows(code: str) -> str:
    """A recovery code as it is read from a screen onto paper: four groups in a row."""
    groups = code.replace("-", " ").split()
    return "\n".join("     " + "   ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))


def show_code(screen: SettingsScreen, code: str) -> None:
    text = (
        "Write this on paper now. It is not shown again and not copied anywhere.\n\n"
        + code_in_rows(code)
    )
    answers = (("done", "it is on paper"),)
    screen.app.push_screen(
        Ask("Your recovery code", text, answers), lambda _: _test_recovery(screen)
    )


def _rotate(screen: SettingsScreen) -> None:
    def given(passphrase: str | None) -> None:
        if not passphrase:
            return

        def rotate(session: Session, work: JobWork) -> str:
            return session.ask_vault(lambda vault: vault.rotate(passphrase, work=work))

        def broke(error: HavenError) -> None:
            screen.haven.say_error(error)

        screen.haven.work(
            "Making every key anew", rotate, lambda code: show_code(screen, code), failed=broke
        )

    text = (
        "For when somebody may have a copy of the journal's folder and the passphrase. Everything "
        "is encrypted again with new keys; the old recovery code stops working and you get a new "
        "one. Copies made before stay readable with the old keys: choose a new passphrase as well."
        "\n\nThe present passphrase:"
    )
    screen.app.push_screen(AskLine("Somebody may have my keys", text, password=True), given)


def _remove(uuid: str, vault: Vault) -> None:
    vault.remove_slot(uuid)


def _keyring(screen: SettingsScreen) -> None:
    def sure(answer: str | None) -> None:
        if answer == "on":

            def enable(session: Session, work: JobWork) -> None:
                session.ask_vault(lambda vault: vault.enable_keyring())

            done = "This computer's keyring can open the journal now."
            screen.haven.work("Asking the keyring", enable, lambda _: screen.haven.say(done))
        elif answer == "off":

            def remove(session: Session, work: JobWork) -> int:
                found = [slot for slot in session.slots() if slot.kind == "keyring"]
                for slot in found:
                    session.ask_vault(partial(_remove, slot.uuid))
                return len(found)

            def gone(count: int) -> None:
                screen.haven.say("The keyring's key is removed." if count else "There was none.")

            screen.haven.work("Removing the key", remove, gone)

    text = (
        "The keyring opens the journal for everybody who can use this computer as you. "
        "The passphrase itself is never put there."
    )
    answers = (("on", "allow it"), ("off", "take it away"), ("no", "leave it as it is"))
    screen.app.push_screen(Ask("This computer's keyring", text, answers), sure)


KEY_ACTIONS = (
    PageAction("change", "Change the passphrase", "Wraps the key anew; quick.", _change_passphrase),
    PageAction("test", "Test the recovery code", "Type it from your paper.", _test_recovery),
    PageAction("renew", "New recovery code", "The old paper stops working.", _new_recovery),
    PageAction(
        "rotate",
        "Somebody may have my keys",
        "Every key anew, everything encrypted again.",
        _rotate,
    ),
    PageAction("keyring", "This computer's keyring", "Off unless you allow it.", _keyring),
)
