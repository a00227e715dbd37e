"""Made-up communities for benchmarks: check-ins with understandings made beforehand, so that no text has to be read."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice

from serendipity.domain.model import Mention, NewRecord, Purpose, RecordKind, Understanding
from serendipity.intake.inputs import MemberInput
from serendipity.intake.members import join_all
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import SqlLedger
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.topics.seed import seed_records
from serendipity.usecases.topics.reading import understood_record

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE = "bench"
BATCH = 1000


def settle_community(ledger: SqlLedger, *, members: int) -> list[str]:
    """Migrate a fresh ledger, seed its topics and let members join who agree to matching; returns the topics' ids."""
    ledger.migrate()
    topics = seed_records(NOW)
    joining = [
        MemberInput(id=member(number), name=f"Member {number}", purposes=frozenset({Purpose.MATCHING}))
        for number in range(members)
    ]
    with ledger.write() as uow:
        uow.records.append(topics)
        join_all(uow, joining, source=SOURCE, now=NOW, scrub=scrub_for_ledger)
    return [str(topic.data["topic"]) for topic in topics]


def member(number: int) -> str:
    """Return the id of a made-up member."""
    return f"m-{number:05d}"


def check_in(ledger: Ledger, topics: list[str], *, count: int, members: list[str], seed: int = 1) -> None:
    """Append check-ins over half a year with what was made of them: one to five topics, common ones more often."""
    said = _said(topics, members, random.Random(seed), seed)
    done = 0
    while done < count:
        batch = list(islice(said, min(BATCH, count - done)))
        with ledger.write() as uow:
            texts = uow.records.append([text for text, _ in batch])
            uow.records.append(
                [understood_record(text.record, meant) for text, (_, meant) in zip(texts, batch, strict=True)]
            )
        done += len(batch)


def _said(
    topics: list[str], members: list[str], rng: random.Random, seed: int
) -> Iterator[tuple[NewRecord, Understanding]]:
    common = list(accumulate(1.0 / rank for rank in range(1, len(topics) + 1)))
    number = 0
    while True:
        number += 1
        named = dict.fromkeys(rng.choices(topics, cum_weights=common, k=rng.randint(1, 5)))
        text = NewRecord(
            kind=RecordKind.CHECK_IN,
            source=SOURCE,
            id=f"{seed}-{number}",
            at=NOW - timedelta(minutes=rng.randrange(180 * 24 * 60)),
            member=rng.choice(members),
            data={"text": f"Working on {', '.join(named)}", "visibility": "members"},
        )
        yield text, Understanding(mentions=tuple(Mention(phrase=topic, topic=topic) for topic in named))
