"""What later steps ask of earlier ones (后面要问的): results that nobody will state any more once a project stands beyond them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters import engine
from tasks.importing.asking import Question, meant, told
from tasks.importing.columns import Layout
from tasks.importing.rows import Past
from tasks.stations import Station

_ASKED = re.compile(r"""\b(answer|done_on|decision)\(\s*\\?["']([\w/]+)\\?["'](?:\s*,\s*\\?["'](\w+)\\?["'])?""")


@dataclass(frozen=True, slots=True)
class Later:
    """A question about `step`, with the words that say where in the ledger its answer belongs."""

    question: Question
    step: Station
    words: str

    def stated(self, past: Mapping[str, Past]) -> bool:
        """Whether a ledger answers it."""
        known = past.get(self.step.path)
        return known is not None and (self.question[0] != "answer" or self.question[1][1] in known.answers)


def of(layout: Layout, spec: engine.Spec, station: Station) -> tuple[Later, ...]:
    """Everything that conditions, offices, deadlines and forms ahead of a step ask of steps that lie behind it for good."""
    coming = list(engine.ahead(spec, station.scope, station.element.id))
    ahead = {f"{scope}/{element}".lstrip("/") for scope, element, _ in coming} | {station.path}
    found: dict[str, Later] = {}
    for scope, texts in _texts(layout, station, coming):
        for name, path, field in _ASKED.findall(texts):
            step = meant(path, layout, station.procedure.id, scope)
            if step is None or step.path in ahead:
                continue
            question = (name, (path, field) if name == "answer" else (path,))
            words = told(question, layout, station.procedure.id, scope)
            found.setdefault(words, Later(question, step, words))
    return tuple(found.values())


def _texts(layout: Layout, station: Station, coming: list[tuple[str, str, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
    """(scope, everything that may hold expressions) of each element ahead."""
    ruleset = layout.ruleset
    for scope, name, conditions in coming:
        process = station.procedure
        for call in scope.split("/") if scope else ():
            process = ruleset.procedures[process.elements[call].called or ""]
        element = process.elements.get(name)
        if element is not None:
            form = layout.form_of(element) or {}
            yield scope, "\n".join([*conditions, element.model_dump_json(), json.dumps(form, ensure_ascii=False)])
