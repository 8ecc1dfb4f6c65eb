"""The ways between the screens of a circle: how each is opened, wherever it is opened from.

A mixin of the screens that lead on. Which keys lead where is in each screen's bindings.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from havenclient.ui.screens.circles.base import Answer, CircleScreen


class CircleWays(CircleScreen[Answer]):
    circle: str

    def which_circle(self) -> str | None:
        """Id of the circle that a key is about now; None: of none, and the key does nothing."""
        return self.circle

    def _lead_to(self, screen: Callable[[str], Screen[None]]) -> None:
        if (circle := self.which_circle()) is not None:
            self.app.push_screen(screen(circle))

    def action_people(self) -> None:
        from havenclient.ui.screens.circles.people import PeopleScreen

        self._lead_to(PeopleScreen)

    def action_verify(self) -> None:
        from havenclient.ui.screens.circles.verify import verify_somebody

        if (circle := self.which_circle()) is not None:
            verify_somebody(self, circle)

    def action_invite(self) -> None:
        from havenclient.ui.screens.circles.invites import InvitesScreen

        self._lead_to(InvitesScreen)

    def action_door(self) -> None:
        from havenclient.ui.screens.circles.knocks import KnocksScreen

        self._lead_to(KnocksScreen)

    def action_manage(self) -> None:
        from havenclient.ui.screens.circles.manage import ManageScreen

        self._lead_to(ManageScreen)

    def action_relay(self) -> None:
        from havenclient.ui.screens.circles.relay import RelayScreen

        self.app.push_screen(RelayScreen())

    # --- its order --------------------------------------------------------------------------------

    def action_ladder(self) -> None:
        from havenclient.ui.screens.circles.ladder import LadderScreen

        self._lead_to(LadderScreen)

    def action_reports(self) -> None:
        from havenclient.ui.screens.circles.reports import ReportsScreen

        self._lead_to(ReportsScreen)

    def action_unnamed(self) -> None:
        from havenclient.ui.screens.circles.unnamed import UnnamedScreen

        self._lead_to(UnnamedScreen)
