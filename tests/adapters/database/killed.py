"""A writer to be killed: completes items one after another and says so only after the commit. Started by `test_kills`."""

from __future__ import annotations

import sys

from adapters.database import audit, cases, items, notices, open_database, records, requests
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW


def work(url: str, writer: str, start: int) -> None:
    database = open_database(url)
    number = start
    while True:
        key = f"{writer}-{number}"
        with database.transaction() as db:
            assert requests.begin(db, key, key, at=NOW) is None
            case = cases.lock(db, f"case-{writer}")
            given.open_items(db, given.item(key, case.id))
            items.close(db, key, at=NOW, by=writer)
            records.add_submissions(db, [given.submission(key, case.id, item=key)])
            records.add_decisions(db, [given.decision("通过", case.id, activation=key)])
            records.add_history(db, [given.line(key, case.id)])
            notices.add(db, given.notice(key, case=case.id))
            audit.append(db, at=NOW, actor=writer, act="complete", target=key)
            cases.save(db, case, state=key.encode())
            requests.answer(db, key, {"done": key})
        print(key, flush=True)
        number += 1


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
