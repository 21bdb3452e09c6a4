"""Metrics (指标) that a regulation wants shown: differences between the amounts of a project's item of one year, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapters import forms
from adapters.database import Db, cases, exporting, people, projects, records, sight
from adapters.database.tables import Amount, Project, Submission
from domain.money import shown, to_wan
from domain.offices import Official
from domain.rulesets import Metric, Ruleset
from tasks import casefile, versions
from tasks import sight as views
from tasks.projects import amount_titles

MOST = 100_000  #: projects
YEAR = "plan_year"  #: form field that says for which year an item is


@dataclass(frozen=True, slots=True)
class Item:
    """What one case of a project recorded: the item of one year. A metric whose amounts are not both known is None, never zero."""

    project: str
    name: str
    unit: str
    case: str
    year: int
    values: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over the items of a unit in a year; None where no item has the metric."""

    year: int
    unit: str
    count: int
    values: Mapping[str, Decimal | None]


def difference(metric: Metric, amounts: Mapping[str, Decimal]) -> Decimal | None:
    """The later amount minus the earlier one, negative for a saving (省减); None while one of them is missing."""
    if metric.later not in amounts or metric.earlier not in amounts:
        return None
    return amounts[metric.later] - amounts[metric.earlier]


def words(value: Decimal | None) -> str:
    """A metric as people read it.

    >>> words(Decimal("-50")), words(Decimal("20.5")), words(Decimal("0")), words(None)
    ('省减 50.00 万元', '增加 20.50 万元', '省减 0.00 万元', '')
    """
    if value is None:
        return ""
    return f"{'增加' if value > 0 else '省减'} {shown(abs(value))}"


def of_project(db: Db, ruleset: Ruleset, project: Project) -> list[Item]:
    """One item for each case of the project that recorded amounts, oldest first."""
    recorded = projects.amount_history(db, project.id)
    years = {one.id: one.opened_at.year for one in cases.of_project(db, project.id)}
    for case in years:
        years |= _told(records.submissions(db, case))
    return _of(ruleset, project, _unit_names(db, ruleset), recorded, years)


def _of(ruleset: Ruleset, project: Project, units: Mapping[str, str], recorded: Iterable[Amount], years: Mapping[str, int]) -> list[Item]:
    amounts: dict[str, dict[str, Decimal]] = {}
    for one in recorded:
        amounts.setdefault(one.case or "", {})[one.kind] = to_wan(one.fen)
    return [
        Item(
            project=project.id,
            name=project.name,
            unit=units.get(project.unit, project.unit),
            case=case,
            year=years.get(case, project.created_at.year),
            values={metric.id: difference(metric, known) for metric in ruleset.metrics},
        )
        for case, known in amounts.items()
    ]


def _told(submitted: Iterable[Submission]) -> dict[str, int]:
    """Case → the year that was said last for it."""
    return {one.case: int(one.answers[YEAR]) for one in submitted if one.answers.get(YEAR) is not None}


def _unit_names(db: Db, ruleset: Ruleset) -> dict[str, str]:
    return {one.id: one.name for one in people.units(db, ruleset.code, all=True)}


def items(db: Db, jurisdiction: str, *, year: int | None = None, unit: str | None = None, reader: Official | None = None) -> list[Item]:
    """Items of all projects, or of those that the reader may see; of one year or one unit (by name) when asked.

    A handful of queries, however many projects there are.
    """
    _, ruleset = versions.current(db, jurisdiction)
    if not ruleset.metrics:
        return []
    if reader is None:
        known = projects.listing(db, [jurisdiction], limit=MOST)
    else:
        known = sight.projects(db, views.of(ruleset, reader), limit=MOST)
    recorded = exporting.amount_history(db, jurisdiction)
    asking = [form for form, schema in ruleset.forms.items() if YEAR in dict(forms.fields(schema))]
    years = {case: at.year for case, at in exporting.opened(db, jurisdiction).items()}
    years |= _told(exporting.submissions(db, jurisdiction, asking))
    units = _unit_names(db, ruleset)
    found = [one for project in known for one in _of(ruleset, project, units, recorded.get(project.id, ()), years)]
    return [one for one in found if year in (None, one.year) and unit in (None, one.unit)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one reader sees of the metrics of a year: the newest year with an item unless another was asked for."""

    metrics: Sequence[Metric]
    articles: Mapping[str, str]  #: clause → article
    kinds: Mapping[str, str]  #: kind of amount → its title
    years: Sequence[int]
    year: int | None
    items: Sequence[Item]
    totals: Sequence[Total]


def sheet(db: Db, reader: Official, jurisdiction: str, *, year: int | None = None) -> Sheet:
    """The metrics of the projects that a reader may see."""
    _, ruleset = versions.current(db, jurisdiction)
    listed = items(db, jurisdiction, reader=reader)
    years = sorted({one.year for one in listed}, reverse=True)
    chosen = year if year in years else next(iter(years), None)
    shown = [one for one in listed if one.year == chosen]
    articles = {one.id: one.article for one in casefile.clauses(ruleset, [one.clause for one in ruleset.metrics])}
    return Sheet(ruleset.metrics, articles, amount_titles(ruleset), years, chosen, shown, totals(shown))


def totals(listed: Iterable[Item]) -> Sequence[Total]:
    """Sums per year and unit, in that order."""
    groups: dict[tuple[int, str], list[Item]] = {}
    for one in listed:
        groups.setdefault((one.year, one.unit), []).append(one)
    return [
        Total(year, unit, len(group), {name: _sum(one.values[name] for one in group) for name in group[0].values})
        for (year, unit), group in sorted(groups.items())
    ]


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [one for one in values if one is not None]
    return sum(known, Decimal(0)) if known else None
