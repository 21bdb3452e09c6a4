"""Notices are said once; deliveries are claimed, fenced, repeated and given up."""

from __future__ import annotations

from datetime import timedelta

from adapters.database import Database, notices
from adapters.database.inbox import Desk
from adapters.database.tables import Delivery
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, later, notice


def _to_send(id: str, channel: str = "mail", **changes: object) -> Delivery:
    return Delivery(**{"notice": id, "channel": channel, "next_at": NOW, **changes})


def test_the_same_key_speaks_once(database: Database) -> None:
    with database.transaction() as db:
        assert notices.add(db, notice("n1"), [_to_send("n1")])
        assert not notices.add(db, notice("n2", key="key-n1"), [_to_send("n2")])
        assert notices.known(db, ["key-n1", "key-n2"]) == {"key-n1"}
        assert notices.get(db, "n2") is None
        assert list(notices.deliveries_of(db, ["n1", "n2"])) == ["n1"]


def test_who_reads_what(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        notices.add(db, notice("office"))
        notices.add(db, notice("unit", office="owner", unit="education", at=later(hours=1), case="c1"))
        notices.add(db, notice("person", office=None, person="li", at=later(hours=2)))
        notices.add(db, notice("elsewhere", jurisdiction="there"))
        desks = [Desk("here", "data_bureau"), Desk("here", "owner", "education")]
        assert [one.id for one in notices.page(db, desks, "li")] == ["person", "unit", "office"]
        assert [one.id for one in notices.page(db, desks, "wang", after=(later(hours=1), "unit"))] == ["office"]
        assert [one.id for one in notices.page(db, [Desk("here", "owner")], "wang")] == []
        notices.read(db, ["person", "unit"], by="li", at=NOW)
        notices.read(db, ["unit"], by="wang", at=later(days=1))
        assert notices.count_unread(db, desks, "li") == 1
        assert [one.id for one in notices.page(db, desks, "li", unread=True)] == ["office"]
        assert [(one.read_by, one.read_at) for one in notices.of_case(db, "c1")] == [("li", NOW)]
        assert [(one.id, sent) for one, sent in notices.ledger(db, "here", since=later(hours=1))] == [("person", []), ("unit", [])]


def test_a_claim_is_a_lease_with_a_fence(database: Database) -> None:
    with database.transaction() as db:
        notices.add(db, notice("n1"), [_to_send("n1"), _to_send("n1", "sms", next_at=later(hours=1))])
        [first] = notices.claim(db, NOW, channels=("mail", "sms"), lease=timedelta(minutes=2))
        assert (first.notice.id, first.delivery.channel, first.delivery.fence, first.delivery.attempts) == ("n1", "mail", 1, 0)
        assert notices.claim(db, NOW, channels=("mail", "sms")) == []
        [second] = notices.claim(db, later(minutes=2), channels=("mail", "sms"))
        assert second.delivery.fence == 2
        assert not notices.sent(db, first.delivery, at=NOW)
        assert notices.failed(db, second.delivery, "503", again_at=later(minutes=10))
        assert notices.claim(db, later(minutes=9), channels=("mail", "sms")) == []
        [third] = notices.claim(db, later(minutes=10), channels=("mail", "sms"))
        assert (third.delivery.attempts, third.delivery.last_error) == (1, "503")
        assert notices.sent(db, third.delivery, at=later(minutes=10))
        assert not notices.sent(db, third.delivery, at=later(minutes=11))
        [mail, sms] = notices.deliveries_of(db, ["n1"])["n1"]
        assert (mail.status, mail.sent_at, sms.status) == ("sent", later(minutes=10), "pending")


def test_a_dead_letter_is_listed_and_can_be_tried_again(database: Database) -> None:
    with database.transaction() as db:
        notices.add(db, notice("n1"), [_to_send("n1", recipient="li")])
        [claim] = notices.claim(db, NOW, channels=("mail", "sms"))
        assert notices.failed(db, claim.delivery, "地址不存在", again_at=None)
        assert [one.last_error for one in notices.dead(db)] == ["地址不存在"]
        assert notices.claim(db, later(days=1), channels=("mail", "sms")) == []
        assert notices.revive(db, "n1", "mail", "li", at=NOW)
        assert not notices.revive(db, "n1", "mail", "li", at=NOW)
        assert len(notices.claim(db, NOW, channels=("mail", "sms"))) == 1
