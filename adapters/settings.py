"""Settings (运行设置): what the environment says, read once. Every one has a default that runs a demo.

Figures that a regulation leaves open are no settings of the process: they stand in region.yaml and administrators set them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from domain.notices import is_mail_address
from domain.partners import PUBLIC, obstacle

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
PREFECT_PORT = Variable("LIANSHEN_PREFECT_PORT", "4200", "定时任务控制台（Prefect）的端口，只在本机监听")
SMTP = Variable("LIANSHEN_SMTP", "", "邮件服务器：smtps://账号@主机:465、smtp+starttls://账号@主机:587 或 smtp://主机:25；不写则不发邮件")
SMTP_PASSWORD = Variable("LIANSHEN_SMTP_PASSWORD", "", "邮件账号的口令；以 @ 开头则从该文件读取，如 @smtp.key")
SMTP_FROM = Variable("LIANSHEN_SMTP_FROM", "", "发件人地址；配置邮件服务器时必须填写")
WECOM = Variable("LIANSHEN_WECOM", "", "企业微信群机器人的完整地址（含 key）；以 @ 开头则从该文件读取")
DINGTALK = Variable("LIANSHEN_DINGTALK", "", "钉钉群机器人的完整地址（含 access_token）；以 @ 开头则从该文件读取")
DINGTALK_SECRET = Variable("LIANSHEN_DINGTALK_SECRET", "", "钉钉群机器人的加签密钥；以 @ 开头则从该文件读取")
FEISHU = Variable("LIANSHEN_FEISHU", "", "飞书群机器人的完整地址；以 @ 开头则从该文件读取")
FEISHU_SECRET = Variable("LIANSHEN_FEISHU_SECRET", "", "飞书群机器人的签名密钥；以 @ 开头则从该文件读取")
SMS = Variable("LIANSHEN_SMS", "", "短信网关的地址；以 @ 开头则从该文件读取")
SMS_SECRET = Variable("LIANSHEN_SMS_SECRET", "", "短信网关的签名密钥；以 @ 开头则从该文件读取")
PARTNERS = Variable("LIANSHEN_PARTNERS", "", "除三家群机器人的公开主机外，还允许向哪些主机发送，用空格分开；不加密的写 http://主机:端口")
DIGEST = Variable("LIANSHEN_DIGEST", "08:30", "选择“每日汇总”的人每天几点收到汇总")
QUIET = Variable("LIANSHEN_QUIET", "21:30-07:30", "免打扰时段：其间写出的通知到时段结束再向外发送，系统内照常可见；写 no 则随时发送")
PROJECT_CODES = Variable(
    "LIANSHEN_PROJECT_CODES",
    "",
    "投资项目平台的项目代码：CSV 文件（列：项目代码、项目名称、项目单位）或查询接口的网址；不写则不核对",
)
PROJECT_CODES_SECRET = Variable("LIANSHEN_PROJECT_CODES_SECRET", "", "项目代码查询接口的令牌；以 @ 开头则从该文件读取")
ROBOTS = {"企业微信": (WECOM, None), "钉钉": (DINGTALK, DINGTALK_SECRET), "飞书": (FEISHU, FEISHU_SECRET), "短信": (SMS, SMS_SECRET)}
VARIABLES = (
    DATA, DATABASE_URL, BPMN, URL, PREFECT_PORT, SMTP, SMTP_PASSWORD, SMTP_FROM,
    WECOM, DINGTALK, DINGTALK_SECRET, FEISHU, FEISHU_SECRET, SMS, SMS_SECRET, PARTNERS, DIGEST, QUIET,
    PROJECT_CODES, PROJECT_CODES_SECRET,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """How mail is handed over. `security`: tls (from the first byte), starttls or none."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A partner over HTTP. Both texts are secrets: the address of a robot holds its key."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process."""

    data: Path  #: database file and uploads, unless said otherwise
    database_url: str
    bpmn: Path  #: library folder: one folder for each jurisdiction, and national
    url: str  #: how people reach the system, without a slash at the end
    prefect_port: int = 4200
    smtp: Smtp | None = None
    gateways: Mapping[str, Gateway] = field(default_factory=dict)  #: channel → where its messages go
    partners: tuple[str, ...] = PUBLIC  #: hosts that may be sent to
    digest: time = time(8, 30)
    project_codes: str = ""  #: file or address of the register of project codes
    project_codes_secret: str = field(default="", repr=False)
    quiet: tuple[time, time] | None = None  #: from, until: nothing is sent outward in between


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
    partners = (*PUBLIC, *said(PARTNERS).split())
    return Settings(
        data=data,
        database_url=said(DATABASE_URL) or f"sqlite:///{(data / 'lianshen.db').as_posix()}",
        bpmn=Path(said(BPMN)).expanduser() if said(BPMN) else SHIPPED,
        url=url,
        prefect_port=_port(PREFECT_PORT, said(PREFECT_PORT)),
        smtp=_smtp(said(SMTP), said(SMTP_PASSWORD), said(SMTP_FROM)),
        gateways={
            channel: _gateway(where, said(where), said(secret) if secret else "", partners)
            for channel, (where, secret) in ROBOTS.items()
            if said(where)
        },
        partners=partners,
        digest=_time(DIGEST, said(DIGEST)),
        quiet=_quiet(said(QUIET)),
        project_codes=said(PROJECT_CODES),
        project_codes_secret=_secret(PROJECT_CODES_SECRET, said(PROJECT_CODES_SECRET)),
    )


def _port(variable: Variable, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{variable.name} 应为 1 至 65535 的端口号，现为 {text}")
    return int(text)


def _smtp(text: str, password: str, sender: str) -> Smtp | None:
    if not text:
        return None
    kinds = {"smtps": ("tls", 465), "smtp+starttls": ("starttls", 587), "smtp": ("none", 25)}
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in kinds or parts.password is not None or parts.path.strip("/") or parts.query:
        raise ValueError(
            f"{SMTP.name} 应写成 smtps://账号@主机:465、smtp+starttls://账号@主机:587 或 smtp://主机:25；口令写在 {SMTP_PASSWORD.name}"
        )
    if not is_mail_address(sender):
        raise ValueError(f"配置了 {SMTP.name}，就要在 {SMTP_FROM.name} 中填写发件人邮箱")
    password = _secret(SMTP_PASSWORD, password)
    security, usual = kinds[parts.scheme]
    user = unquote(parts.username or "")
    return Smtp(host=host, port=port or usual, security=security, sender=sender, user=user, password=password)


def _secret(variable: Variable, text: str) -> str:
    """The text itself, or what the file says that it names."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{variable.name} 所指的文件读不出来") from error


def _gateway(variable: Variable, text: str, secret: str, allowed: tuple[str, ...]) -> Gateway:
    url = _secret(variable, text)
    if why := obstacle(url, allowed):
        raise ValueError(f"{variable.name} 不能使用：{why}；允许的主机在 {PARTNERS.name} 中增加")
    return Gateway(url, _secret(variable, secret))


def _time(variable: Variable, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{variable.name} 应写成 08:30，现为 {text}") from error


def _quiet(text: str) -> tuple[time, time] | None:
    if text == "no":
        return None
    try:
        first, last = (time.fromisoformat(one) for one in text.split("-"))
    except ValueError as error:
        raise ValueError(f"{QUIET.name} 应写成 21:30-07:30 或 no，现为 {text}") from error
    return first, last


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return read(os.environ)
