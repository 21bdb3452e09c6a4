"""核对审计日志：python verify_audit.py log.jsonl [checkpoints.jsonl]

For auditors: one file, Python's standard library alone, nothing of this project. `log.jsonl` is the exported log, one record a line.
`checkpoints.jsonl` are the checkpoints that were kept outside; without them a log that was cut short or wholly written anew cannot be told.
Answers 0 when all is well, 1 when a record is wrong, 2 when a file cannot be read.
"""

import hashlib
import json
import sys
from pathlib import Path

FIRST = "0" * 64
FIELDS = ("seq", "at", "actor", "act", "target", "version", "body", "prev")


def digest(record: dict[str, object]) -> str:
    """SM3 over the canonical JSON of a record without its hash."""
    plain = {name: record[name] for name in FIELDS}
    return hashlib.new("sm3", json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check(log: Path, outside: Path | None) -> tuple[int, str | None]:
    """(records read, what is wrong first or None)."""
    held = {}
    if outside is not None:
        held = {one["seq"]: one["hash"] for one in map(json.loads, outside.read_text("utf-8").splitlines())}
    count, prev = 0, FIRST
    with log.open(encoding="utf-8") as lines:
        for seq, line in enumerate(lines, start=1):
            record = json.loads(line)
            count = seq
            if set(record) != {*FIELDS, "hash"}:
                return seq, f"第 {seq} 条：字段不全或多出字段。"
            if record["seq"] != seq:
                return seq, f"第 {seq} 条：编号为 {record['seq']}，有记录缺失、重复或次序被改动。"
            if record["prev"] != prev:
                return seq, f"第 {seq} 条：与上一条的散列值不相连。"
            if record["hash"] != digest(record):
                return seq, f"第 {seq} 条：内容与散列值不符，已被改动。"
            if held.pop(seq, record["hash"]) != record["hash"]:
                return seq, f"第 {seq} 条：与系统外保存的检查点不符，日志曾被整体改写。"
            prev = record["hash"]
    if held:
        return count, f"日志止于第 {count} 条，而检查点记到第 {max(held)} 条：末尾被截去。"
    return count, None


def say(words: str) -> None:
    """One line for the auditor."""
    sys.stdout.write(words + "\n")


def main(arguments: list[str]) -> int:
    """Read, check, say."""
    if len(arguments) not in (1, 2):
        say(__doc__ or "")
        return 2
    try:
        count, wrong = check(Path(arguments[0]), Path(arguments[1]) if len(arguments) == 2 else None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"无法读取：{error}")
        return 2
    if wrong:
        say(f"核对未通过。{wrong}")
        return 1
    say(f"核对通过：共 {count} 条记录，逐条相连。" + ("" if len(arguments) == 2 else "未提供检查点，末尾截去或整体改写无法识别。"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
