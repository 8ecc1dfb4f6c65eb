"""The OpenAPI document (docs/relay-openapi.json is a copy of it, held equal by a test)."""

from __future__ import annotations

from typing import Any, Final

from havenclient import wire
from havenclient.relay.http import WORDS
from havenclient.wire import Problem

_HASH: Final = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
    "description": "32 bytes, base64url without padding",
}
_KEY: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-]{21}[AQgw]$"}
_SEQ: Final = {"type": "integer", "minimum": 1, "maximum": wire.MAX_SEQ}
_COUNT: Final = {"type": "integer", "minimum": 0, "maximum": wire.MAX_SEQ}
_LOG: Final = {"$ref": "#/components/parameters/Log"}
_ENTRY: Final = {
    "required": True,
    "content": {
        wire.ENTRY_TYPE: {
            "schema": {
                "type": "string",
                "format": "binary",
                "minLength": 1,
                "maxLength": wire.MAX_ENTRY_BYTES,
            }
        }
    },
}
_ANY_LOG_PATH: Final = (Problem.BAD_REQUEST, Problem.TOKEN_MISSING, Problem.NOT_FOUND)
_ANY: Final = (Problem.METHOD, Problem.INTERNAL, Problem.STORE_FAILED)
_BODY: Final = (Problem.TOO_LARGE, Problem.TIMEOUT, Problem.SLOW_DOWN, Problem.RELAY_FULL)


def _header(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {wire.JSON_TYPE: {"schema": schema}}}


def _problems(*problems: Problem) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for problem in (*problems, *_ANY):
        status, title = WORDS[problem]
        entry = answers.setdefault(
            str(status),
            {
                "description": "",
                "content": {
                    wire.PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            },
        )
        kind = problem.value.rpartition(":")[2]
        entry["description"] = "; ".join(filter(None, [entry["description"], f"{kind}: {title}"]))
    return answers


def _place_answers(what: str) -> dict[str, Any]:
    place = {"$ref": "#/components/schemas/Placed"}
    return {
        "200": _json(f"the same {what} was accepted before, as this", place),
        "201": _json("stored; it survives a power cut", place),
    }


_VIEW: Final = {
    wire.SLICE: {"schema": _COUNT, "description": "number of the token's slice"},
    wire.SLICE_STATE: {"schema": {"enum": [wire.STATE_OPEN, wire.STATE_CLOSED]}},
    wire.SLICE_FIRST: {"schema": _SEQ, "description": "first seq that belongs to the slice"},
    wire.SLICE_LAST: {"schema": _COUNT, "description": "last seq so far"},
}


def document() -> dict[str, Any]:
    """The document as plain data; the same for every relay."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Haven relay",
            "version": "1",
            "description": "Append-only logs of opaque entries. docs/relay-api.md is the prose.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            wire.RELAY_PATH: {"get": _relay()},
            f"{wire.API_ROOT}/logs/{{log}}": {
                "parameters": [_LOG],
                "put": _create(),
                "delete": _delete(),
            },
            f"{wire.API_ROOT}/logs/{{log}}/entries": {
                "parameters": [_LOG],
                "get": _read(),
                "post": _append(),
            },
            f"{wire.API_ROOT}/logs/{{log}}/slices": {"parameters": [_LOG], "post": _close()},
            f"{wire.API_ROOT}/logs/{{log}}/events": {"parameters": [_LOG], "get": _events()},
        },
        "components": {
            "parameters": {
                "Log": {
                    "name": "log",
                    "in": "path",
                    "required": True,
                    "schema": _KEY,
                    "description": "16 random bytes, base64url without padding",
                }
            },
            "securitySchemes": {
                "access": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "a slice's access token: 32 bytes, base64url without padding",
                },
            },
            "schemas": {
                "Placed": {
                    "type": "object",
                    "required": ["seq", "slice"],
                    "properties": {"seq": _SEQ, "slice": _COUNT},
                    "additionalProperties": False,
                },
                "Problem": {
                    "type": "object",
                    "required": ["type", "title", "status"],
                    "properties": {
                        "type": {"enum": [problem.value for problem in Problem]},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "slice": {**_COUNT, "description": "slice-moved: the open slice"},
                        "first_seq": {
                            "type": ["integer", "null"],
                            "description": "gone: the first seq still there; null if none",
                        },
                    },
                    "additionalProperties": False,
                },
            },
        },
    }


def _relay() -> dict[str, Any]:
    number = {"type": "integer", "minimum": 0}
    retention = ("days", "days_max", "closing_days", "closing_days_max")
    limits = (
        "entry_bytes",
        "entries_per_log",
        "bytes_per_log",
        "appends_per_minute",
        "closings_per_minute",
        "readers_per_log",
        "page_entries",
        "committers",
        "heartbeat_seconds",
    )
    schema = {
        "type": "object",
        "required": ["version", "api", "admission", "card", "retention", "limits"],
        "properties": {
            "version": {"type": "string"},
            "api": {"const": 1},
            "admission": {"type": "boolean"},
            "card": {"type": "string"},
            "retention": _numbers(retention, number),
            "limits": _numbers(limits, number),
        },
    }
    return {
        "operationId": "relay",
        "summary": "What this relay offers",
        "responses": {"200": _json("the relay's card", schema), **_problems()},
    }


def _numbers(names: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(names),
        "properties": dict.fromkeys(names, schema),
    }


def _create() -> dict[str, Any]:
    days = {"type": "integer", "minimum": 1, "maximum": 3650}
    wish = {
        "type": "object",
        "required": ["access_hash"],
        "properties": {
            "access_hash": _HASH,
            "committer_hashes": {
                "type": "array",
                "items": _HASH,
                "maxItems": wire.MAX_COMMITTERS,
                "uniqueItems": True,
            },
            "retention_days": days,
            "closing_retention_days": days,
        },
        "additionalProperties": False,
    }
    lives = {
        "type": "object",
        "required": ["retention_days", "closing_retention_days"],
        "properties": {"retention_days": days, "closing_retention_days": days},
    }
    code = _header(wire.ADMISSION, {"type": "string"}, "where the relay asks for admission")
    return {
        "operationId": "create",
        "summary": "Create a log",
        "parameters": [{**code, "required": False}],
        "requestBody": {"required": True, "content": {wire.JSON_TYPE: {"schema": wish}}},
        "responses": {
            "200": _json("created before with the same values", lives),
            "201": _json("created", lives),
            **_problems(
                Problem.BAD_REQUEST,
                Problem.ADMISSION_NEEDED,
                Problem.ADMISSION_REFUSED,
                Problem.LOG_EXISTS,
                Problem.RETENTION,
                *_BODY,
                Problem.RELAY_BUSY,
            ),
        },
    }


def _secured(operation: dict[str, Any]) -> dict[str, Any]:
    return {**operation, "security": [{"access": []}]}


def _delete() -> dict[str, Any]:
    return _secured(
        {
            "operationId": "forget",
            "summary": "Forget the log and its entries now",
            "parameters": [_header(wire.COMMITTER, _HASH, "a committer token of the open slice")],
            "responses": {"204": {"description": "forgotten"}, **_problems(*_ANY_LOG_PATH)},
        }
    )


def _append() -> dict[str, Any]:
    return _secured(
        {
            "operationId": "append",
            "summary": "Append an entry to the open slice",
            "parameters": [_header(wire.IDEMPOTENCY_KEY, _KEY, "16 bytes, fresh per entry")],
            "requestBody": _ENTRY,
            "responses": {
                **_place_answers("entry"),
                **_problems(
                    *_ANY_LOG_PATH,
                    Problem.SLICE_CLOSED,
                    Problem.KEY_REUSED,
                    *_BODY,
                    Problem.RELAY_BUSY,
                    Problem.LOG_FULL,
                ),
            },
        }
    )


def _close() -> dict[str, Any]:
    match = {"type": "string", "pattern": '^"[0-9]{1,10}"$'}
    hashes = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}(, ?[A-Za-z0-9_-]{43}){0,7}$"}
    return _secured(
        {
            "operationId": "close",
            "summary": "Close slice n with this entry and open n+1",
            "parameters": [
                _header(wire.IDEMPOTENCY_KEY, _KEY, "16 bytes, fresh per entry"),
                _header("If-Match", match, "the slice to be closed, in double quotes"),
                _header(wire.COMMITTER, _HASH, "a committer token of that slice"),
                _header(wire.NEXT_ACCESS, _HASH, "SHA-256 of the next access token"),
                _header(wire.NEXT_COMMITTERS, hashes, "1 to 8 SHA-256 of the next committers"),
            ],
            "requestBody": _ENTRY,
            "responses": {
                **_place_answers("closing"),
                **_problems(
                    *_ANY_LOG_PATH,
                    Problem.SLICE_MOVED,
                    Problem.KEY_REUSED,
                    Problem.ACCESS_REUSED,
                    *_BODY,
                    Problem.LOG_FULL,
                ),
            },
        }
    )


def _read() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": wire.MAX_PAGE_ENTRIES}
    page = {
        "description": "a CBOR sequence of [seq, bytes]",
        "headers": _VIEW,
        "content": {wire.ENTRIES_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
    return _secured(
        {
            "operationId": "read",
            "summary": "Read the token's slice",
            "parameters": [
                _query("after", {**_COUNT, "default": 0}, "read what comes after this seq"),
                _query("limit", {**limit, "default": wire.MAX_PAGE_ENTRIES}, "entries at most"),
            ],
            "responses": {"200": page, **_problems(*_ANY_LOG_PATH, Problem.GONE)},
        }
    )


def _events() -> dict[str, Any]:
    stream = {
        "description": "server-sent events: entry (id = seq, data = base64url), closed",
        "headers": _VIEW,
        "content": {wire.EVENTS_TYPE: {"schema": {"type": "string"}}},
    }
    last = _header("Last-Event-ID", _COUNT, "the last seq that was received; wins over after")
    return _secured(
        {
            "operationId": "events",
            "summary": "Read the token's slice live, until it is closed",
            "parameters": [
                _query("after", {**_COUNT, "default": 0}, "start after this seq"),
                {**last, "required": False},
            ],
            "responses": {
                "200": stream,
                **_problems(
                    *_ANY_LOG_PATH, Problem.GONE, Problem.TOO_MANY_READERS, Problem.RELAY_BUSY
                ),
            },
        }
    )
