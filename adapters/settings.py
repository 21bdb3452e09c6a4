"""Settings (运行设置): what the environment says, read once. Every one has a default that runs a demo.

Figures that a regulation leaves open are no settings of the process: they stand in region.yaml and administrators set them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

#: The diagrams that come with the program, beside the packages.
SHIPPED = Path(__file__).resolve().parent.parent / "bpmn"


class Variable(NamedTuple):
    """One name of the environment. The guide for operators lists every one with its words."""

    name: str
    default: str
    words: str


DATA = Variable("LIANSHEN_DATA", "data", "数据目录：默认数据库和上传的材料放在这里")
DATABASE_URL = Variable("DATABASE_URL", "", "数据库地址；不写则用数据目录下的 lianshen.db（SQLite）。PostgreSQL 写 postgresql+psycopg://…")
BPMN = Variable("LIANSHEN_BPMN", "", "规则库目录；不写则用随程序安装的 bpmn 目录")
URL = Variable("LIANSHEN_URL", "http://127.0.0.1:8000", "用户打开系统的网址，写入通知里的链接")
VARIABLES = (DATA, DATABASE_URL, BPMN, URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process."""

    data: Path  #: database file and uploads, unless said otherwise
    database_url: str
    bpmn: Path  #: library folder: one folder for each jurisdiction, and national
    url: str  #: how people reach the system, without a slash at the end


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` says; blank means default. Raises ValueError in Chinese for one that makes no sense."""

    def said(variable: Variable) -> str:
        value = environment.get(variable.name, "").strip()
        if any(ord(one) < 32 for one in value):
            raise ValueError(f"{variable.name} 含有不可见的控制字符")
        return value or variable.default

    data = Path(said(DATA)).expanduser()
    url = said(URL).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{URL.name} 应以 http:// 或 https:// 开头，现为 {url}")
    return Settings(
        data=data,
        database_url=said(DATABASE_URL) or f"sqlite:///{(data / 'lianshen.db').as_posix()}",
        bpmn=Path(said(BPMN)).expanduser() if said(BPMN) else SHIPPED,
        url=url,
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return read(os.environ)
