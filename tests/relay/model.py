"""The nine rules once more, as plainly as possible: dictionaries, lists, tokens, no hashes.

This is the executable model that the real relay is held against. It shares no code with it: it
answers (status, detail) the way docs/relay-api.md says, and knows nothing of batches or storage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Answer = tuple[int, object]


@dataclass
class Slice:
    token: bytes
    committers: frozenset[bytes]
    seqs: list[int] = field(default_factory=list)


@dataclass
class ModelLog:
    birth: tuple[object, ...]
    slices: list[Slice]
    retention: int
    closing_retention: int
    entries: dict[int, bytes] = field(default_factory=dict)
    """Entries still kept, by seq."""
    days: dict[int, int] = field(default_factory=dict)
    closings: set[int] = field(default_factory=set)
    keys: dict[bytes, tuple[object, int, int]] = field(default_factory=dict)
    last: int = 0
    newest_day: int = 0


class Model:
    def __init__(self, most_entries: int = 10**9, reserve_percent: int = 10) -> None:
        self.logs: dict[bytes, ModelLog] = {}
        self.today = 0
        self.most = most_entries
        self.soft = most_entries * (100 - reserve_percent) // 100

    def create(
        self, log_id: bytes, token: bytes, committers: tuple[bytes, ...], days: tuple[int, int]
    ) -> int:
        birth = (token, committers, days)
        if log_id in self.logs:
            return 200 if self.logs[log_id].birth == birth else 409
        self.logs[log_id] = ModelLog(
            birth, [Slice(token, frozenset(committers))], *days, newest_day=self.today
        )
        return 201

    def _open(self, log_id: bytes, token: bytes) -> tuple[ModelLog, int] | None:
        log = self.logs.get(log_id)
        if log is None:
            return None
        for number, each in enumerate(log.slices):
            if each.token == token:
                return log, number
        return None

    def append(self, log_id: bytes, token: bytes, key: bytes, body: bytes) -> Answer:
        opened = self._open(log_id, token)
        if opened is None:
            return 404, None
        log, number = opened
        if key in log.keys:
            return self._repeat(log, key, body)
        if number != len(log.slices) - 1:
            return 409, None
        if len(log.entries) >= self.soft:
            return 507, None
        return self._store(log, number, key, body, body, closing=False)

    def close(
        self,
        log_id: bytes,
        token: bytes,
        key: bytes,
        body: bytes,
        names: int,
        committer: bytes,
        next_token: bytes,
        next_committers: tuple[bytes, ...],
    ) -> Answer:
        opened = self._open(log_id, token)
        if opened is None or committer not in opened[0].slices[opened[1]].committers:
            return 404, None
        log, number = opened
        wish = (body, names, next_token, next_committers)
        if key in log.keys:
            return self._repeat(log, key, wish)
        current = len(log.slices) - 1
        if names != number or number != current:
            return 412, current
        if any(each.token == next_token for each in log.slices):
            return 422, "access"
        if len(log.entries) >= self.most:
            return 507, None
        answer = self._store(log, number, key, wish, body, closing=True)
        log.slices.append(Slice(next_token, frozenset(next_committers)))
        return answer

    def _repeat(self, log: ModelLog, key: bytes, wish: object) -> Answer:
        first, seq, number = log.keys[key]
        return (200, (seq, number)) if first == wish else (422, "key")

    def _store(
        self, log: ModelLog, number: int, key: bytes, wish: object, body: bytes, *, closing: bool
    ) -> Answer:
        log.last += 1
        log.newest_day = max(log.newest_day, self.today)
        log.entries[log.last] = body
        log.days[log.last] = log.newest_day
        log.slices[number].seqs.append(log.last)
        log.keys[key] = (wish, log.last, number)
        if closing:
            log.closings.add(log.last)
        return 201, (log.last, number)

    def read(self, log_id: bytes, token: bytes, after: int, limit: int) -> Answer:
        opened = self._open(log_id, token)
        if opened is None:
            return 404, None
        log, number = opened
        wanted = [seq for seq in log.slices[number].seqs if seq > after]
        if wanted and wanted[0] not in log.entries:
            left = [seq for seq in wanted if seq in log.entries]
            if left:
                return 410, left[0]
            return 410, log.last + 1 if number == len(log.slices) - 1 else None
        state = "open" if number == len(log.slices) - 1 else "closed"
        return 200, (state, [(seq, log.entries[seq]) for seq in wanted[:limit]])

    def delete(self, log_id: bytes, token: bytes, committer: bytes) -> int:
        opened = self._open(log_id, token)
        if opened is None:
            return 404
        log, number = opened
        if number != len(log.slices) - 1 or committer not in log.slices[number].committers:
            return 404
        del self.logs[log_id]
        return 204

    def prune(self) -> None:
        for log_id, log in list(self.logs.items()):
            for seq in list(log.entries):
                span = log.closing_retention if seq in log.closings else log.retention
                if log.days[seq] + span < self.today:
                    del log.entries[seq]
            for seq in log.closings - log.entries.keys():
                log.keys = {k: v for k, v in log.keys.items() if v[1] > seq}
            if not log.entries and log.newest_day + log.closing_retention < self.today:
                del self.logs[log_id]
