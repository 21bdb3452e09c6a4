"""The register of project codes: a file, and a platform that may answer badly or not at all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters import project_codes
from adapters.project_codes import FileRegister, HttpRegister, Registration, Unreachable

CODE = "2020-330800-65-03-123456"
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def platform(answer: Answer) -> Iterator[str]:
    """A platform on the loopback interface. Answers its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/codes"
    finally:
        server.shutdown()
        server.server_close()


def says(body: bytes, status: int = 200) -> Answer:
    def answer(one: BaseHTTPRequestHandler) -> None:
        one.send_response(status)
        one.send_header("content-length", str(len(body)))
        one.end_headers()
        one.wfile.write(body)

    return answer


def drips(one: BaseHTTPRequestHandler) -> None:
    one.send_response(200)
    one.send_header("content-length", "100000")
    one.end_headers()
    try:
        for _ in range(200):
            one.wfile.write(b" ")
            one.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # the caller has hung up, as it should


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_as_spreadsheets_write_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "codes.csv"
    path.write_bytes(f"项目代码,项目名称,项目单位\r\n{CODE},智慧校园,教育局\r\n".encode(encoding))
    register = FileRegister(path)

    assert register.find(f" {CODE} ") == Registration(CODE, "智慧校园", "教育局")
    assert register.find("2020-000000-00-00-000000") is None


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="无法读取"):
        FileRegister(tmp_path / "none.csv").find(CODE)
    path = tmp_path / "wrong.csv"
    path.write_text("代码,名称\n1,2\n", "utf-8")
    with pytest.raises(Unreachable, match="没有“项目代码”"):
        FileRegister(path).find(CODE)


def test_a_platform_that_knows_and_one_that_does_not() -> None:
    seen = []

    def answer(one: BaseHTTPRequestHandler) -> None:
        seen.append((one.path, one.headers["authorization"]))
        says(json.dumps({"code": CODE, "name": "智慧校园"}).encode())(one)

    with platform(answer) as url:
        assert HttpRegister(url, "geheim").find(CODE) == Registration(CODE, "智慧校园", "")
    assert seen == [(f"/codes?code={CODE}", "Bearer geheim")]
    with platform(says(b"{}", 404)) as url:
        assert HttpRegister(url).find(CODE) is None


@pytest.mark.parametrize(
    "answer", [says(b"<html>"), says(b"[1]"), says(b'{"code": 5}'), says(b"{}", 500), says(b"{}", 302), says(b" " * 70_000), drips],
    ids=["garbage", "list", "no code", "error", "elsewhere", "endless", "dripping"],
)  # fmt: skip
def test_a_platform_that_answers_badly(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_codes, "SECONDS", 1.0)
    with platform(answer) as url, pytest.raises(Unreachable):
        HttpRegister(url).find(CODE)


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match="没有正常回答"):
        HttpRegister("http://127.0.0.1:9/codes").find(CODE)
