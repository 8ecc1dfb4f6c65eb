"""The operator's own listener: /healthz and /metrics. Never mounted on the public one."""

from __future__ import annotations

from collections.abc import Callable

from havenclient.relay.http import Receive, Scope, Send
from havenclient.relay.metrics import OPENMETRICS_TYPE


class OperatorApp:
    def __init__(self, health: Callable[[], str | None], metrics: Callable[[], str]) -> None:
        """`health` gives the sentence about what is wrong, or None."""
        self._health = health
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, kind = 404, "text/plain; charset=utf-8"
        text = "only /healthz and /metrics live here\n"
        if scope["method"] in ("GET", "HEAD"):
            if scope["path"] == "/healthz":
                wrong = self._health()
                status, text = (200, "ok\n") if wrong is None else (503, wrong + "\n")
            elif scope["path"] == "/metrics":
                status, kind, text = 200, OPENMETRICS_TYPE, self._metrics()
        body = text.encode()
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )
