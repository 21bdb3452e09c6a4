"""Damaged diagrams and tables: random edits of sound files, as hostile or careless people would make them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from lxml import etree

TEXTS = [
    "", "true", "false", "None", "1/0", "decision('x')", "x" * 3000, "((((((((((1))))))))))", "__import__('os')", "[1]*9", "9" * 50, "P1D",
    "R9999/PT1S", "days(-1)", "count(parties('joint'))", "1e999", "'a' in 3", "\u202e", "?" * 400, "30 <= ? < 400", "\t\n",
]  # fmt: skip
TAGS = [
    "userTask", "serviceTask", "scriptTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "endEvent",
    "subProcess", "callActivity", "intermediateCatchEvent", "boundaryEvent", "receiveTask", "transaction", "task", "businessRuleTask",
]  # fmt: skip
Edit = Callable[[etree._Element, list[etree._Element], random.Random], None]


def _drop(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one = rng.choice(every[1:])
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _double(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one = rng.choice(every[1:])
    parent = one.getparent()
    if parent is not None:
        parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(one))


def _move(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one, place = rng.choice(every[1:]), rng.choice(every)
    if one is not place and one not in place.iterancestors():
        place.append(one)


def _swap(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    """Give one attribute the value of another element's, so that references go astray."""
    one, other = rng.choice(every), rng.choice(every)
    if one.attrib and other.attrib:
        one.set(rng.choice(sorted(map(str, one.attrib))), str(other.attrib[rng.choice(sorted(map(str, other.attrib)))]))


def _forget(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one = rng.choice(every)
    if one.attrib:
        del one.attrib[rng.choice(sorted(map(str, one.attrib)))]


def _rename(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one = rng.choice(every[1:])
    one.tag = f"{{{etree.QName(one).namespace}}}{rng.choice(TAGS)}"


def _text(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    worded = [one for one in every if (one.text or "").strip()] or every
    rng.choice(worded).text = rng.choice(TEXTS)


def _attribute(root: etree._Element, every: list[etree._Element], rng: random.Random) -> None:
    one = rng.choice(every)
    names = [*map(str, one.attrib), "id", "default", "cancelActivity", "triggeredByEvent", "isSequential", "loopMaximum", "calledElement"]
    one.set(rng.choice(names), rng.choice([text for text in TEXTS if text.isprintable()]))


EDITS: list[Edit] = [_drop, _double, _move, _swap, _swap, _forget, _rename, _text, _text, _attribute]


def mutant(data: bytes, seed: int) -> bytes:
    """The file after one to four random edits; now and then damaged as bytes."""
    rng = random.Random(seed)
    root = etree.fromstring(data)
    for _ in range(rng.randint(1, 4)):
        every = list(root.iter())
        if len(every) > 1:
            rng.choice(EDITS)(root, every, rng)
    out: bytes = etree.tostring(root, encoding="UTF-8")
    if rng.random() < 0.03:
        cut = rng.randrange(len(out))
        out = out[:cut] + bytes([rng.randrange(256)]) + out[cut + rng.randrange(40) :]
    return out
