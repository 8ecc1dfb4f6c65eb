"""Stub."""

from __future__ import annotations

from havenclient.ui.screens.base import HavenScreen


class InsightsScreen(HavenScreen):
    ROOM = "insights"
