"""The outbox: one by one, checked at the moment of sending, retried, parked, and never silently twice."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from serendipity.domain.errors import DeliveryFailed, DeliveryRefused
from serendipity.domain.model import LinkPurpose, MemberStatus, Message, MessageState, Place, Purpose
from serendipity.outreach.delivery import DeliveryReport, deliver_due
from serendipity.outreach.links import open_link
from serendipity.outreach.render import MailComposer
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import Channel, Ledger
from tests.fakes import FakeChannel, FakeClock

SETTINGS = OutreachSettings(base_url="https://example.org", jitter=0.0)


@dataclass
class Post:
    """The outbox with its clock and channel."""

    ledger: Ledger
    clock: FakeClock
    channel: FakeChannel

    def queue(self, id: str = "m-1", **fields: Any) -> None:
        now = self.clock.now()
        with self.ledger.write() as uow:
            composed = MailComposer(settings=SETTINGS).compose(
                "introduction.closed", uow.members.get("anna"), {}, id=id
            )
            standard = replace(composed, purpose=Purpose.INTRODUCTIONS, queued_at=now, next_at=now)
            uow.outbox.add(replace(standard, **fields))

    def deliver(
        self,
        *,
        settings: OutreachSettings = SETTINGS,
        channels: Mapping[str, Channel] | None = None,
        holder: str = "one",
    ) -> DeliveryReport:
        return deliver_due(
            self.ledger,
            {"email": self.channel} if channels is None else channels,
            clock=self.clock,
            holder=holder,
            settings=settings,
            rng=random.Random(1),
        )

    def message(self, id: str = "m-1") -> Message:
        with self.ledger.read() as uow:
            return uow.outbox.get(id)

    def change(self, **fields: Any) -> None:
        with self.ledger.write() as uow:
            uow.members.put(replace(uow.members.get("anna"), **fields))


@pytest.fixture
def post(ledger: Ledger, clock: FakeClock) -> Post:
    """An outbox with a channel that keeps what it gets."""
    return Post(ledger, clock, FakeChannel())


def test_what_is_due_is_sent_once(post: Post) -> None:
    """A second round finds nothing."""
    post.queue()

    assert (post.deliver(), post.deliver()) == (DeliveryReport(sent=1), DeliveryReport())
    assert post.message().state is MessageState.SENT
    assert post.message().sent_at == post.clock.now()


def test_a_stored_message_never_holds_a_token(post: Post) -> None:
    """The link is made at the moment of sending, and opens."""
    post.queue()
    post.deliver()

    (sent,) = post.channel.to("anna")
    token = sent.headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert token not in post.message().text + post.message().html + str(dict(post.message().headers))
    assert token in sent.text
    with post.ledger.read() as uow:
        assert open_link(uow, token, LinkPurpose.UNSUBSCRIBE, post.clock.now()).member == "anna"


def test_a_consent_withdrawn_after_queueing_counts(post: Post) -> None:
    """It is asked at the moment of sending."""
    post.queue()
    with post.ledger.write() as uow:
        uow.members.set_consent("anna", Purpose.INTRODUCTIONS, given=False, wording="v1", at=post.clock.now())

    assert post.deliver() == DeliveryReport(cancelled=1)
    assert post.channel.delivered == []
    assert "no consent" in (post.message().error or "")


@pytest.mark.parametrize("fields", [{"email": None}, {"status": MemberStatus.ERASED}], ids=["no address", "erased"])
def test_nobody_to_send_to_is_no_delivery(post: Post, fields: dict[str, Any]) -> None:
    """It is cancelled with its reason."""
    post.queue()
    post.change(**fields)

    assert post.deliver() == DeliveryReport(cancelled=1)
    assert "nobody to send it to" in (post.message().error or "")


def test_what_comes_too_late_is_not_sent(post: Post) -> None:
    """A stale schedule never fires late mail."""
    post.queue(not_after=post.clock.now() + timedelta(hours=1))
    post.clock.forward(hours=2)

    assert post.deliver() == DeliveryReport(cancelled=1)


def test_a_pause_puts_mail_off(post: Post) -> None:
    """Until they are back."""
    back = post.clock.now() + timedelta(hours=5)
    post.queue()
    post.change(status=MemberStatus.PAUSED, paused_until=back)

    assert post.deliver() == DeliveryReport(postponed=1)
    post.clock.time = back
    assert post.deliver() == DeliveryReport(sent=1)


def test_who_said_not_now_is_left_in_peace_as_if_they_had_paused(post: Post) -> None:
    """They are told so, whatever was queued for them already."""
    back = post.clock.now() + timedelta(hours=5)
    post.queue()
    post.change(status=MemberStatus.ACTIVE, paused_until=back)

    assert post.deliver() == DeliveryReport(postponed=1)
    post.clock.time = back
    assert post.deliver() == DeliveryReport(sent=1)


@pytest.mark.parametrize(
    ("at", "zone", "sent_at"),
    [
        (datetime(2026, 1, 5, 20, 30, tzinfo=UTC), "Europe/Amsterdam", datetime(2026, 1, 6, 7, tzinfo=UTC)),
        (datetime(2026, 1, 5, 20, 30, tzinfo=UTC), "UTC", datetime(2026, 1, 5, 20, 30, tzinfo=UTC)),
        (datetime(2026, 7, 5, 5, 30, tzinfo=UTC), "Europe/Amsterdam", datetime(2026, 7, 5, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_are_those_of_the_place(post: Post, at: datetime, zone: str, sent_at: datetime) -> None:
    """From nine to eight, summer and winter."""
    with post.ledger.write() as uow:
        uow.places.put_place(Place(id="p", name="Werkplaats", zone=zone))
    post.clock.time = at
    post.queue()
    post.deliver()
    post.clock.time = sent_at
    post.deliver()

    assert post.message().sent_at == sent_at


def test_what_a_member_waits_for_knows_no_quiet_hours(post: Post) -> None:
    """A link that they asked for just now."""
    post.clock.time = post.clock.now().replace(hour=23)
    post.queue(purpose=None)

    assert post.deliver() == DeliveryReport(sent=1)


def test_no_more_than_so_many_a_day(post: Post) -> None:
    """The third waits until a day after the first."""
    settings = replace(SETTINGS, per_day=2, quiet_from=time(8), quiet_until=time(8))
    for n in range(3):
        post.queue(f"m-{n}")

    assert post.deliver(settings=settings) == DeliveryReport(sent=2, postponed=1)
    post.clock.forward(days=1, hours=1)
    assert post.deliver(settings=settings) == DeliveryReport(sent=1)


def test_a_failure_is_tried_again_with_growing_pauses_and_then_parked(post: Post) -> None:
    """Five seconds, five minutes, half an hour, two, five, ten and ten hours."""
    settings = replace(SETTINGS, quiet_from=time(8), quiet_until=time(8))
    post.channel.faults = [DeliveryFailed("SMTP 421") for _ in range(8)]
    post.queue()
    pauses = []
    while (post.deliver(settings=settings)).failed:
        next_at = post.message().next_at
        assert next_at is not None
        pauses.append((next_at - post.clock.now()).total_seconds())
        post.clock.time = next_at

    assert pauses == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert post.message().state is MessageState.PARKED
    assert "SMTP 421" in (post.message().error or "")


def test_a_postponement_is_no_failure(post: Post) -> None:
    """After a night in the queue the first failure waits five seconds."""
    post.clock.time = post.clock.now().replace(hour=23)
    post.queue()
    post.deliver()
    post.clock.forward(hours=9)
    post.channel.faults = [DeliveryFailed("SMTP 421")]
    post.deliver()

    next_at = post.message().next_at
    assert next_at is not None
    assert next_at - post.clock.now() == timedelta(seconds=5)


def test_what_is_refused_for_good_is_parked_and_can_be_sent_again(post: Post) -> None:
    """A manager corrects the address and retries; it has the whole row of retries again."""
    post.channel.faults = [DeliveryRefused("SMTP 550"), DeliveryFailed("SMTP 421")]
    post.queue()
    assert post.deliver() == DeliveryReport(parked=1)
    with post.ledger.write() as uow:
        uow.outbox.retry("m-1", post.clock.now())

    assert post.deliver() == DeliveryReport(failed=1)
    post.clock.forward(seconds=5)
    assert post.deliver() == DeliveryReport(sent=1)


def test_a_message_for_a_channel_that_is_not_there_is_parked(post: Post) -> None:
    """A manager sees what is missing."""
    post.queue(channel="pigeon")

    assert post.deliver() == DeliveryReport(parked=1)
    assert "pigeon" in (post.message().error or "")


def test_one_that_fails_does_not_hold_up_the_others(post: Post) -> None:
    """Each message on its own."""
    post.channel.faults = [DeliveryRefused("SMTP 550")]
    post.queue("m-1")
    post.queue("m-2")

    assert post.deliver() == DeliveryReport(parked=1, sent=1)


class Unforeseen:
    """A channel that raises what no channel should."""

    def send(self, *_: object) -> None:
        raise RuntimeError("nobody thought of this")


def test_whatever_a_channel_raises_parks_that_message_and_goes_on(post: Post) -> None:
    """At the first attempt, with a reason; nothing is counted as possibly sent twice."""
    post.queue("m-1", channel="odd", purpose=None)
    post.queue("m-2", purpose=None)

    report = post.deliver(channels={"odd": Unforeseen(), "email": post.channel})

    assert (report.sent, report.parked, report.possibly_twice) == (1, 1, 0)
    assert post.message("m-1").state is MessageState.PARKED
    assert "RuntimeError" in str(post.message("m-1").error)
    assert post.deliver().possibly_twice == 0


class Died(BaseException):
    """The process died here."""


class DyingChannel(FakeChannel):
    """Delivers, and dies before it can say so."""

    def send(self, *args: Any, **kwargs: Any) -> None:
        super().send(*args, **kwargs)
        raise Died


def test_a_death_after_the_servers_yes_is_counted_as_possibly_twice(post: Post) -> None:
    """The next process sends again, and the audit says so; other processes wait for the lease first."""
    dying = DyingChannel()
    post.queue()
    with pytest.raises(Died):
        post.deliver(channels={"email": dying})
    assert post.deliver(holder="two") == DeliveryReport()

    post.clock.forward(seconds=SETTINGS.lease_seconds + 1)
    assert post.deliver(holder="two") == DeliveryReport(sent=1, possibly_twice=1)
    assert dying.delivered[0].message.id == post.channel.delivered[0].message.id
    with post.ledger.read() as uow:
        (entry,) = uow.operations.audit_entries(subject="message:m-1")
    assert entry.what == "message.possibly_sent_twice"


class CancellingChannel(FakeChannel):
    """Delivers while somebody cancels."""

    def __init__(self, ledger: Ledger, at: datetime) -> None:
        super().__init__()
        self.ledger, self.at = ledger, at

    def send(self, *args: Any, **kwargs: Any) -> None:
        super().send(*args, **kwargs)
        with self.ledger.write() as uow:
            uow.outbox.cancel(member="anna", at=self.at, why="erased")


def test_what_was_sent_while_it_was_cancelled_is_not_called_cancelled(post: Post) -> None:
    """The outbox says what happened, and the audit how."""
    post.queue()
    report = post.deliver(channels={"email": CancellingChannel(post.ledger, post.clock.now())})

    assert report == DeliveryReport(sent=1)
    assert post.message().state is MessageState.SENT
    with post.ledger.read() as uow:
        assert [entry.what for entry in uow.operations.audit_entries(subject="message:m-1")] == [
            "message.sent_while_cancelled"
        ]
