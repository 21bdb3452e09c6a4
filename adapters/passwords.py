"""Passwords (口令): Argon2id hashes, and random first passwords that people can read out."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

#: OWASP's first choice for Argon2id: 46 MiB, one pass, one lane. About 50 ms, so that a morning's log-ins do not stop two cores.
_USUAL = Argon2Hasher(memory_cost=47_104, time_cost=1, parallelism=1)
#: For first passwords only: nobody guesses 65 random bits, so a hundred accounts need not wait for a hundred slow hashes.
_QUICK = Argon2Hasher(memory_cost=1_024, time_cost=1, parallelism=1)
_HASHER = PasswordHash((_USUAL,))
_DUMMY = _HASHER.hash(secrets.token_hex(16))
_QUICK_DUMMY = _QUICK.hash(secrets.token_hex(16))
_QUICK_KIND = _QUICK_DUMMY.rsplit("$", 2)[0]  #: without salt and digest
_AT_ONCE = BoundedSemaphore(4)  #: each check takes 46 MiB; more of them at once would only wait for the processors
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that are taken for one another
_LARGE = "ABCDEFGHJKMNPQRSTUVWXYZ"
_DIGITS = "23456789"


def hashed(password: str) -> str:
    """The hash to keep of a password that a person chose."""
    return _HASHER.hash(password)


def hashed_first(password: str) -> str:
    """The hash to keep of a password that `first` made; the first log-in replaces it by a usual one."""
    return _QUICK.hash(password)


def matches(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and a new hash to keep when the old one is of a weaker kind.

    Without a hash (no such account, none set) it answers False. What is wrong takes as long whatever is kept: one usual and one quick
    hash, so that time does not tell who exists and who has not logged in yet.
    """
    with _AT_ONCE:
        if kept is not None and kept.startswith(_QUICK_KIND):
            _USUAL.verify(password, _DUMMY)
        else:
            _QUICK.verify(password, _QUICK_DUMMY)
        try:
            right, better = _HASHER.verify_and_update(password, kept or _DUMMY)
        except UnknownHashError:
            return False, None
    return right and kept is not None, better


def first() -> str:
    """A random first password: three groups of four with small and large letters and digits, about 65 bits."""
    while True:
        groups = ["".join(secrets.choice(_LETTERS + _LARGE + _DIGITS) for _ in range(4)) for _ in range(3)]
        text = "-".join(groups)
        if all(any(one in kind for one in text) for kind in (_LETTERS, _LARGE, _DIGITS)):
            return text
