"""First passwords are hashed quickly, all others as slowly as is fit; the first log-in makes the one into the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters import passwords


def test_a_first_password_is_kept_properly_from_the_first_log_in_on() -> None:
    first = passwords.first()
    quick = passwords.hashed_first(first)
    assert "m=1024," in quick
    right, better = passwords.matches(first, quick)
    assert right
    assert better is not None
    assert better.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.matches(first, better) == (True, None)


@pytest.mark.parametrize("keep", [passwords.hashed, passwords.hashed_first])
def test_a_wrong_password_is_refused_and_brings_no_new_hash(keep: Callable[[str], str]) -> None:
    kept = keep("Xunzhao-Lu-2026")
    assert passwords.matches("Xunzhao-Lu-2027", kept) == (False, None)
    assert passwords.matches("Xunzhao-Lu-2026", kept)[0]


def test_without_a_hash_nothing_is_right() -> None:
    assert passwords.matches("Xunzhao-Lu-2026", None) == (False, None)
    assert passwords.matches("Xunzhao-Lu-2026", "not a hash") == (False, None)


def test_whatever_is_kept_one_usual_and_one_quick_hash_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time would tell a stranger which accounts exist, and which of them nobody has used yet."""
    looked: list[str] = []
    honest = passwords.Argon2Hasher.verify

    def noted(self: passwords.Argon2Hasher, password: str | bytes, kept: str | bytes) -> bool:
        looked.append(str(kept).split("$")[3])
        return honest(self, password, kept)

    monkeypatch.setattr(passwords.Argon2Hasher, "verify", noted)
    for kept in (None, passwords.hashed("a"), passwords.hashed_first("a")):
        looked.clear()
        assert not passwords.matches("b", kept)[0]
        assert sorted(looked) == ["m=1024,t=1,p=1", "m=47104,t=1,p=1"]
