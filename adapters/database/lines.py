"""What a transaction says to its driver, and when: SQLite at once, PostgreSQL in as few exchanges as there are questions.

A statement whose answer nobody needs waits on PostgreSQL until the next question, or the end, and goes out with it. An error of such a
statement is raised then, and ends the transaction all the same. Prepared statements go to libpq itself: psycopg's cursors cost several
times as long as what they send.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import Error, InvalidSqlStatementName, OperationalError, error_from_result

from adapters.database.prepared import Ready
from domain.errors import Refusal

Params = Mapping[str, Any]
Question = tuple[Ready, Params]
Order = tuple[Ready, list[bytes | None], Refusal | None]  #: statement, values, what is raised when it touches no row


class SqliteLine:
    """Every statement is carried out as it is said."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._cursor: Any = None

    def ask(self, ready: Ready, params: Params) -> list[Any]:
        """The rows of the answer."""
        found: list[Any] = self._spoken().execute(ready.sql, ready.values(params)).fetchall()
        return found

    def ask_all(self, questions: Sequence[Question]) -> list[list[Any]]:
        """The rows of each answer."""
        return [self.ask(ready, params) for ready, params in questions]

    def change(self, ready: Ready, params: Params) -> int:
        """How many rows a statement touched."""
        cursor = self._spoken().execute(ready.sql, ready.values(params))
        if cursor.description is not None:
            cursor.fetchall()  # INSERT … RETURNING stands open until it is read, and SQLite refuses to commit then
        return int(cursor.rowcount)

    def later(self, ready: Ready, params: Sequence[Params], otherwise: Refusal | None = None) -> None:
        """Carry a statement out for each of `params`; its answer is not needed. `otherwise` is raised when it touched no row."""
        if len(params) == 1:
            if self.change(ready, params[0]) != 1 and otherwise is not None:
                raise otherwise
        elif params:
            self._spoken().executemany(ready.sql, [ready.values(one) for one in params])

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """The transaction is over. A statement that stays open keeps the file open behind a closed connection, its log unmerged."""
        if self._cursor is not None:
            self._cursor.close()

    def _spoken(self) -> Any:
        """One for the whole transaction: every answer is read to its end before the next statement."""
        if self._cursor is None:
            self._cursor = self.driver.cursor()
        return self._cursor


class PostgresqlLine:
    """One transaction over libpq's pipeline. `known` are the names of the statements that this connection has prepared."""

    def __init__(self, driver: Any, opening: bytes, known: set[bytes]) -> None:
        self.driver = driver
        self._pg = driver.pgconn
        self._opening = opening
        self._known = known
        self._begun = False
        self._waiting: list[Order] = []
        self._poll: Any = None

    def ask(self, ready: Ready, params: Params) -> list[Any]:
        """The rows of the answer, after everything that waited was carried out."""
        return self._rows(self._exchange([(ready, encoded(ready, params), None)])[-1])

    def ask_all(self, questions: Sequence[Question]) -> list[list[Any]]:
        """The rows of each answer, in one exchange."""
        answers = self._exchange([(ready, encoded(ready, params), None) for ready, params in questions])
        return [self._rows(one) for one in answers[-len(questions) :]]

    def change(self, ready: Ready, params: Params) -> int:
        """How many rows a statement touched."""
        return int(self._exchange([(ready, encoded(ready, params), None)])[-1].command_tuples or 0)

    def later(self, ready: Ready, params: Sequence[Params], otherwise: Refusal | None = None) -> None:
        """Carry a statement out for each of `params`, with the next exchange. `otherwise` is raised then when it touched no row."""
        self._waiting += [(ready, encoded(ready, one), otherwise) for one in params]

    def flush(self) -> None:
        """Carry out what waits, and open the transaction: others are about to speak on this connection."""
        if self._waiting or not self._begun:
            self._exchange([])

    def commit(self) -> None:
        """Carry out what waits and keep everything, in one exchange; in two where a row may be missed: that must be known before."""
        if any(otherwise is not None for _, _, otherwise in self._waiting):
            self._exchange([])
        if self._begun or self._waiting:
            self._exchange([], b"COMMIT")
            self._begun = False

    def rollback(self) -> None:
        """Keep nothing. A connection that is lost, or was left in the middle of an exchange, is broken (see `broken`)."""
        self._waiting.clear()
        if self._begun and not self.broken:
            self._pg.exec_(b"ROLLBACK")
        self._begun = False

    @property
    def broken(self) -> bool:
        """Whether this connection is of no use any more."""
        return bool(self._pg.status != pq.ConnStatus.OK or self._pg.pipeline_status != pq.PipelineStatus.OFF)

    def close(self) -> None:
        """Nothing stays open here."""

    def _exchange(self, asked: Sequence[Order], ending: bytes = b"") -> list[Any]:
        """Send what waits and what is asked; the answers of both, in order. Raises the error of the first that failed."""
        orders, self._waiting = [*self._waiting, *asked], []
        sent: list[bytes] = []  #: what each answer will be of: a name that is prepared by it, or nothing
        opening = b"" if self._begun else self._opening
        self._begun = True
        self._pg.enter_pipeline_mode()
        if opening:
            self._pg.send_query_params(opening, None)
            sent.append(b"")
        new: set[bytes] = set()
        for ready, values, _ in orders:
            if ready.name not in self._known and ready.name not in new:
                self._pg.send_prepare(ready.name, ready.text)
                sent.append(ready.name)
                new.add(ready.name)
            self._pg.send_query_prepared(ready.name, values)
            sent.append(b"*")
        if ending:
            self._pg.send_query_params(ending, None)
            sent.append(b"")
        self._pg.pipeline_sync()
        answers, failed = self._answers(), None
        self._pg.exit_pipeline_mode()
        found = []
        for name, answer in zip(sent, answers, strict=True):
            if answer.status == pq.ExecStatus.FATAL_ERROR and failed is None:
                failed = error_from_result(answer)
            elif answer.status in _WELL and name == b"*":
                found.append(answer)
            elif answer.status in _WELL and name:
                self._known.add(name)
        if failed is not None:
            raise self._told(failed)
        for (_, _, otherwise), answer in zip(orders, found, strict=True):
            if otherwise is not None and answer.command_tuples != 1:
                raise otherwise
        return found

    def _answers(self) -> list[Any]:
        """Every answer until the end of the exchange. Other threads work on while we wait."""
        found: list[Any] = []
        while True:
            waits_to_send = self._pg.flush()
            while waits_to_send or self._pg.is_busy():
                self._wait(waits_to_send)
                self._pg.consume_input()
                waits_to_send = waits_to_send and self._pg.flush()
            answer = self._pg.get_result()
            if answer is None:
                continue
            if answer.status == pq.ExecStatus.PIPELINE_SYNC:
                return found
            found.append(answer)
            if self._pg.status != pq.ConnStatus.OK:
                raise error_from_result(answer) if answer.status == pq.ExecStatus.FATAL_ERROR else OperationalError("connection is lost")

    def _wait(self, to_send: int) -> None:
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._pg.socket, select.POLLIN)
        if to_send:
            self._poll.modify(self._pg.socket, select.POLLIN | select.POLLOUT)
        self._poll.poll()
        if to_send:
            self._poll.modify(self._pg.socket, select.POLLIN)

    def _told(self, error: Error) -> Error:
        if isinstance(error, InvalidSqlStatementName):
            self._known.clear()  # somebody dropped them; the next transaction prepares them anew
        return error

    def _rows(self, answer: Any) -> list[Any]:
        reader = Transformer(self.driver)
        reader.set_pgresult(answer)
        return list(reader.load_rows(0, answer.ntuples, tuple))


_WELL = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


def encoded(ready: Ready, params: Params) -> list[bytes | None]:
    """The values of a statement as PostgreSQL reads them."""
    return [None if value is None else (_ENCODE.get(type(value)) or _other(value))(value) for value in ready.values(params)]


def _text(value: str) -> bytes:
    return value.encode()


def _moment(value: date) -> bytes:
    return value.isoformat().encode()


_ENCODE: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    bytes: lambda value: b"\\x" + value.hex().encode(),
    datetime: _moment,
    date: _moment,
}


def _other(value: Any) -> Callable[[Any], bytes]:
    """For subclasses, such as the members of an enumeration. Raises TypeError for what no column of ours holds."""
    for kind in (str, int):
        if isinstance(value, kind):
            return _ENCODE[kind]
    raise TypeError(f"no column holds {type(value).__name__}")
