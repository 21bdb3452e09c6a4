"""Signatures (签名) of what leaves the installation: Ed25519, with a key that is made at first use and never leaves the data folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NAME = "signing.key"


def _key(folder: Path) -> Ed25519PrivateKey:
    path = folder / NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{NAME}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        try:
            os.link(fresh, path)  # two processes at once: the first one's key stays
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def sign(folder: Path, content: bytes) -> tuple[str, str]:
    """(public key, signature) of a text by the key of this installation, in hexadecimal."""
    key = _key(folder)
    return key.public_key().public_bytes_raw().hex(), key.sign(content).hex()


def public(folder: Path) -> str:
    """The public key of this installation, in hexadecimal."""
    return _key(folder).public_key().public_bytes_raw().hex()


def genuine(content: bytes, key: str, signature: str) -> bool:
    """Whether the signature of a text is that of the holder of a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: str) -> str:
    """A public key as people read it out: eight groups of four."""
    digest = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))
