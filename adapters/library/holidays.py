"""The calendar of working days from the holiday notices of a library folder."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from adapters.library.faults import Faults
from adapters.library.reading import NATIONAL
from adapters.library.texts import Unreadable, from_yaml
from domain.errors import Unpublishable
from domain.workdays import HolidayYear, WorkCalendar


def calendar(root: Path, loaded: Path | None = None) -> WorkCalendar:
    """Working days by `root`/national/holidays-*.yaml and those in `loaded`, which count more; reread when a file changes.

    Raises Unpublishable with findings.
    """
    found: dict[str, tuple[str, int, int]] = {}
    for folder in (root / NATIONAL, loaded):
        if folder is None:
            continue
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("holidays-") and entry.name.endswith(".yaml"):
                    stat = entry.stat()
                    found[entry.name] = (entry.path, stat.st_mtime_ns, stat.st_size)
    return _calendar(tuple(found[name] for name in sorted(found)))


def notice(data: bytes, file: str) -> HolidayYear:
    """One notice (holidays-2027.yaml), for an administrator who loads it. Raises Unpublishable with findings."""
    faults = Faults()
    year = _year(data, file, faults)
    if year is None:
        raise _refuse(faults)
    return year


@lru_cache(maxsize=8)
def _calendar(files: tuple[tuple[str, int, int], ...]) -> WorkCalendar:
    faults = Faults()
    paths = [Path(path) for path, _, _ in files]
    years = [_year(path.read_bytes(), f"{NATIONAL}/{path.name}", faults) for path in paths]
    if faults.stop:
        raise _refuse(faults)
    return WorkCalendar.of(year for year in years if year is not None)


def _year(data: bytes, file: str, faults: Faults) -> HolidayYear | None:
    try:
        year = faults.model(HolidayYear, from_yaml(data) or {}, file)
    except Unreadable as error:
        faults.add(file, "unreadable", f"{error}。", "请改正后重新提交。")
        return None
    if year is not None and f"holidays-{year.year}.yaml" != file.rsplit("/", 1)[-1]:
        faults.add(file, "year", f"文件名与其中的年份 {year.year} 不一致。", "请改为一致。")
    return year


def _refuse(faults: Faults) -> Unpublishable:
    return Unpublishable(f"放假安排有 {len(faults.found)} 处错误，不能使用。", faults.found)
