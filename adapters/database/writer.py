"""The one writer of an SQLite file in this process: transactions take turns, and those that queue are made durable together.

A transaction that ends while others wait leaves the commit to them and waits for it: one trip to the disk serves all. Each is a savepoint,
so that one that fails takes back its own part only. Nobody is answered before the disk has it.
"""

from __future__ import annotations

import copy
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import PoolProxiedConnection

MOST = 16  #: transactions of one commit


class Batch:
    """Transactions that are made durable together."""

    __slots__ = ("connection", "done", "error", "members")

    def __init__(self, connection: PoolProxiedConnection) -> None:
        self.connection = connection
        self.members = 0
        self.done = threading.Event()
        self.error: BaseException | None = None

    @property
    def driver(self) -> Any:
        """The driver's own connection."""
        return self.connection.dbapi_connection

    def settled(self, error: BaseException | None = None) -> None:
        """All members go on: with success, or each with this error."""
        self.error = error
        self.connection.close()
        self.done.set()


class Writer:
    """Whose turn it is. SQLite's own waiting sleeps and is unfair."""

    def __init__(self, *, begin: str, most: int = MOST, patience: float) -> None:
        self._begin = begin
        self._most = most
        self._patience = patience  #: seconds one waits for a turn
        self._turn = threading.Lock()
        self._gate = threading.Lock()
        self._queue = 0
        self._owner: int | None = None
        self._batch: Batch | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A turn that writes nothing. Raises TimeoutError."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def writing(self, connect: Callable[[], PoolProxiedConnection]) -> Iterator[PoolProxiedConnection]:
        """A turn in which everything is kept together, or not at all; over when it is durable. Raises TimeoutError."""
        self._take()
        try:
            batch, joined = self._batch, self._batch is not None
            try:
                if batch is None:
                    batch = self._batch = Batch(connect())
                batch.driver.execute("SAVEPOINT act" if joined else self._begin)
                yield batch.connection
                if joined:
                    batch.driver.execute("RELEASE act")
                batch.members += 1
            except BaseException as error:
                self._undo(joined, error)
                raise
        finally:
            self._end()
        batch.done.wait()
        if batch.error is not None:
            raise copy.copy(batch.error)

    def _take(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a transaction within a transaction: pass `db` on instead")
        with self._gate:
            self._queue += 1
        taken = self._turn.acquire(timeout=self._patience)
        with self._gate:
            self._queue -= 1
            if not taken and self._batch is not None and self._turn.acquire(blocking=False):
                taken = True  # freed this very moment, and for us: those who left the commit to us wait for it
        if not taken:
            raise TimeoutError
        self._owner = threading.get_ident()

    def _undo(self, joined: bool, error: BaseException) -> None:
        """Take back what this turn wrote."""
        batch = self._batch
        if batch is None:
            return
        try:
            if joined and batch.driver.in_transaction:
                batch.driver.execute("ROLLBACK TO act")
                batch.driver.execute("RELEASE act")
                return
        except sqlite3.Error as worse:
            error = worse
        self._batch = None
        batch.driver.rollback()
        batch.settled(error)  # the database gave up the transaction of all (a full disk, say), or this one was alone

    def _end(self) -> None:
        """Leave the commit to those who wait, or do it; the turn is over."""
        with self._gate:
            if self._batch is not None and self._queue and self._batch.members < self._most:
                self._give_back()
                return
        try:
            self._commit()
        finally:
            self._give_back()

    def _commit(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            batch.driver.commit()
        except BaseException as error:  # told to every member, this one too
            batch.driver.rollback()
            batch.settled(error)
        else:
            batch.settled()

    def _give_back(self) -> None:
        self._owner = None
        self._turn.release()
