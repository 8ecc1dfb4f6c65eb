"""The rare paths, on Starlette: creating a log, what the relay is, its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import havenclient
from havenclient import wire
from havenclient.relay import rules
from havenclient.relay.http import BodyGate, Head, Refuse, problem_answer
from havenclient.relay.limits import Buckets
from havenclient.relay.metrics import Metrics
from havenclient.relay.operate.codes import code_hash
from havenclient.relay.rules import Birth, Creation
from havenclient.relay.settings import Settings
from havenclient.relay.store import CodeRefused, Store
from havenclient.relay.writer import Writer
from havenclient.wire import Problem, WireError

_ADMISSION: Final = wire.ADMISSION.lower().encode()
_FIELDS: Final = frozenset(
    {"access_hash", "committer_hashes", "retention_days", "closing_retention_days"}
)
MAX_CODE_CHARS: Final = 128


class ColdPaths:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        settings: Settings,
        metrics: Metrics,
        today: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._writer = writer
        self._settings = settings
        self._metrics = metrics
        self._today = today
        self._creations = Buckets(settings.limits.creations_per_minute, now)
        self._bodies = BodyGate(1024 * 1024)
        self.room_for_logs = True
        self.overloaded: Callable[[], bool] = lambda: False
        self.created: Callable[[bytes], None] = lambda door: None
        """Told the door of each new log (an older log of the same id may be remembered)."""

    def application(self) -> Starlette:
        application = Starlette(
            routes=[
                Route(f"{wire.API_ROOT}/logs/{{log_id}}", self.create, methods=["PUT"]),
                Route(wire.RELAY_PATH, self.relay, methods=["GET"]),
                Route(f"{wire.API_ROOT}/openapi.json", self.openapi, methods=["GET"]),
            ],
            exception_handlers={HTTPException: self._http_problem, Refuse: self._problem},
        )
        # Else a path with a slash too many gets a redirect that repeats the Host header as it came.
        application.router.redirect_slashes = False
        return application

    async def create(self, request: Request) -> Response:
        head = Head(request.scope)
        code = self._code(head)
        try:
            log_id = wire.unb64(request.path_params["log_id"], wire.LOG_ID_BYTES)
        except WireError:
            raise Refuse(Problem.BAD_REQUEST) from None
        body = await self._bodies.read(request.receive, head, wire.MAX_CREATE_BYTES)
        birth = self._birth(log_id, body)
        # Old logs before new ones: creation is refused long before appends are.
        if self.overloaded():
            raise Refuse(Problem.RELAY_BUSY, retry_after=10)
        if not self.room_for_logs:
            raise Refuse(Problem.RELAY_FULL, retry_after=3600)
        wait = self._creations.take(0)
        if wait:
            raise Refuse(Problem.SLOW_DOWN, retry_after=wait)
        try:
            result: Creation = await self._writer.run(
                lambda: self._store.create(log_id, birth, self._today(), code)
            )
        except CodeRefused:
            raise Refuse(Problem.ADMISSION_REFUSED) from None
        if result is Creation.CONFLICT:
            raise Refuse(Problem.LOG_EXISTS)
        created = result is Creation.CREATED
        self._metrics.created += created
        self.created(birth.door)
        return _json(
            201 if created else 200,
            {
                "retention_days": birth.retention_days,
                "closing_retention_days": birth.closing_retention_days,
            },
        )

    def _code(self, head: Head) -> bytes | None:
        if not self._settings.relay.admission:
            return None
        code = head.get(_ADMISSION)
        if not code:
            raise Refuse(Problem.ADMISSION_NEEDED)
        if len(code) > MAX_CODE_CHARS:
            raise Refuse(Problem.ADMISSION_REFUSED)
        return code_hash(code.decode("latin-1"))

    def _birth(self, log_id: bytes, body: bytes) -> Birth:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            raise Refuse(Problem.BAD_REQUEST) from None
        if not isinstance(asked, dict) or not asked.keys() <= _FIELDS:
            raise Refuse(Problem.BAD_REQUEST)
        committers = asked.get("committer_hashes", [])
        if not isinstance(committers, list) or len(committers) > wire.MAX_COMMITTERS:
            raise Refuse(Problem.BAD_REQUEST)
        access = _hash(asked.get("access_hash"))
        hashes = tuple(_hash(each) for each in committers)
        if len(set(hashes)) != len(hashes):
            raise Refuse(Problem.BAD_REQUEST)
        relay = self._settings.relay
        short = _days(asked.get("retention_days", relay.retention_days))
        long = _days(asked.get("closing_retention_days", relay.closing_retention_days))
        if not (
            1 <= short <= relay.retention_days_max
            and short <= long <= relay.closing_retention_days_max
        ):
            raise Refuse(Problem.RETENTION)
        return Birth(rules.door(log_id, access), hashes, short, long)

    async def relay(self, request: Request) -> Response:
        limits, relay = self._settings.limits, self._settings.relay
        return _json(
            200,
            {
                "version": havenclient.__version__,
                "api": 1,
                "admission": relay.admission,
                "card": relay.card,
                "retention": {
                    "days": relay.retention_days,
                    "days_max": relay.retention_days_max,
                    "closing_days": relay.closing_retention_days,
                    "closing_days_max": relay.closing_retention_days_max,
                },
                "limits": {
                    "entry_bytes": limits.entry_bytes,
                    "entries_per_log": limits.entries_per_log,
                    "bytes_per_log": limits.mib_per_log * 1024 * 1024,
                    "appends_per_minute": limits.appends_per_minute,
                    "closings_per_minute": limits.closings_per_minute,
                    "readers_per_log": limits.readers_per_log,
                    "page_entries": wire.MAX_PAGE_ENTRIES,
                    "committers": wire.MAX_COMMITTERS,
                    "heartbeat_seconds": limits.heartbeat_seconds,
                },
            },
        )

    async def openapi(self, request: Request) -> Response:
        from havenclient.relay.openapi import document

        return _json(200, document())

    async def _problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refuse)
        return self._answer(error)

    async def _http_problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return self._answer(Refuse(Problem.METHOD, allow="GET"))
        return self._answer(Refuse(Problem.NOT_FOUND))

    def _answer(self, refuse: Refuse) -> Response:
        self._metrics.problems[refuse.status] += 1
        status, headers, body = problem_answer(refuse)
        response = Response(body, status)
        response.raw_headers = headers
        return response


def _json(status: int, content: dict[str, Any]) -> Response:
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(body, status, {"cache-control": "no-store"}, wire.JSON_TYPE)


def _hash(value: object) -> bytes:
    if not isinstance(value, str):
        raise Refuse(Problem.BAD_REQUEST)
    try:
        return wire.unb64(value, wire.HASH_BYTES)
    except WireError:
        raise Refuse(Problem.BAD_REQUEST) from None


def _days(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refuse(Problem.BAD_REQUEST)
    return value
