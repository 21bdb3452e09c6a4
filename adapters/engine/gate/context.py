"""What the gate knows of the rule set besides diagrams and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.rulesets import Ruleset

NATIONAL = "national"


@dataclass(frozen=True)
class Context:
    """Names that diagrams may refer to. Empty mappings refuse every reference of that kind."""

    code: str
    offices: Mapping[str, str] = field(default_factory=dict)  #: id → name
    clauses: frozenset[str] = frozenset()
    materials: frozenset[str] = frozenset()
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)  #: id → default value
    bans: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)  #: sent by a recorded exception (原则上): name → outcome
    rounds: Mapping[str, str] = field(default_factory=dict)  #: round id → procedure code it opens

    @classmethod
    def of(cls, ruleset: Ruleset) -> Context:
        """The context of a rule set that was read."""
        overrides = [clause.override for clause in ruleset.catalogue if clause.override and clause.override.message]
        return cls(
            code=ruleset.code,
            offices={key: office.name for key, office in ruleset.offices.items()},
            clauses=frozenset(clause.id for clause in ruleset.catalogue),
            materials=frozenset(ruleset.materials),
            forms=ruleset.forms,
            settings={key: setting.value for key, setting in ruleset.settings.items()},
            bans=frozenset(ruleset.bans),
            choices=ruleset.choices,
            messages={str(override.message): override.outcome or "" for override in overrides},
            rounds={key: one.procedure for key, one in ruleset.rounds.items() if one.procedure},
        )

    def form_fields(self, form: str | None) -> frozenset[str]:
        """Names of the fields of a form, also those of rows as `entries.rank`."""
        found: set[str] = set()
        for name, prop in self.properties(form).items():
            found.add(name)
            rows = prop.get("items", prop) if isinstance(prop, Mapping) else {}
            inner = rows.get("properties") if isinstance(rows, Mapping) else None
            found.update(f"{name}.{key}" for key in (inner if isinstance(inner, Mapping) else {}))
        return frozenset(found)

    def properties(self, form: str | None) -> Mapping[str, Any]:
        """Properties of a form; empty when there is none."""
        schema = self.forms.get(form or "")
        found = schema.get("properties") if isinstance(schema, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def values(self, form: str | None, name: str) -> tuple[str, ...]:
        """What a field can be, when it is a list of words: its `enum`, or the jurisdiction's `x-choices`."""
        prop = self.properties(form).get(name)
        if not isinstance(prop, Mapping):
            return ()
        if isinstance(prop.get("x-choices"), str):
            return tuple(self.choices.get(prop["x-choices"], ()))
        words = prop.get("enum") or ([prop["const"]] if "const" in prop else [])
        return tuple(str(word) for word in words) if isinstance(words, list) else ()

    def outcomes(self, form: str | None) -> tuple[str, ...]:
        """The conclusions a form offers."""
        return self.values(form, "outcome")

    def marked(self, mark: str) -> Mapping[str, list[tuple[str, str]]]:
        """Value of an `x-…` mark → the (form, field) pairs that carry it."""
        found: dict[str, list[tuple[str, str]]] = {}
        for form in self.forms:
            for name, prop in self.properties(form).items():
                rows = [(name, prop)]
                items = prop.get("items") if isinstance(prop, Mapping) else None
                if isinstance(items, Mapping) and isinstance(items.get("properties"), Mapping):
                    rows += list(items["properties"].items())
                for key, one in rows:
                    if isinstance(one, Mapping) and isinstance(one.get(mark), str):
                        found.setdefault(one[mark], []).append((form, key))
        return found
