"""Loads the example community, deterministically for an end and a seed."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Literal, cast

from serendipity.demo.cast import (
    DemoAttendance,
    DemoCheckIn,
    DemoCommunity,
    DemoEvent,
    DemoMember,
    DemoOrganisation,
    DemoPair,
    DemoPlace,
    DemoTie,
)
from serendipity.demo.dating import days_before, latest_whole_january, local_moment, on_weekday
from serendipity.demo.routine import Routine, local_day
from serendipity.demo.speech import read_storylines, read_talks, read_turns
from serendipity.domain.model import Purpose, Role, Visibility

__all__ = [
    "DemoAttendance",
    "DemoCheckIn",
    "DemoCommunity",
    "DemoEvent",
    "DemoMember",
    "DemoOrganisation",
    "DemoPair",
    "DemoPlace",
    "DemoTie",
    "load_community",
]

DEFAULT_SEED = 1


def load_community(end: datetime, seed: int = DEFAULT_SEED) -> DemoCommunity:
    """The example community as of `end`, which must carry a zone; all its times are UTC.

    >>> community = load_community(datetime(2026, 5, 13, 15, 0, tzinfo=UTC))
    >>> len(community.members), community.check_ins[-1].at <= community.end
    (152, True)
    """
    end = end.astimezone(UTC)
    members = tuple(_member(row, end) for row in _rows("members.csv"))
    places = tuple(DemoPlace(**entry) for entry in _entries("places.toml", "place"))
    events = tuple(_event(entry, end) for entry in _entries("events.toml", "event"))
    return DemoCommunity(
        end=end,
        seed=seed,
        organisations=tuple(DemoOrganisation(**row) for row in _rows("organisations.csv")),
        places=places,
        members=members,
        check_ins=_check_ins(end, seed, members, places),
        events=events,
        attendances=tuple(_attendances(events)),
        ties=tuple(_tie(row, end) for row in _rows("ties.csv")),
        pairs=tuple(_pair(entry) for entry in _entries("pairs.toml", "pair")),
    )


def _check_ins(
    end: datetime, seed: int, members: tuple[DemoMember, ...], places: tuple[DemoPlace, ...]
) -> tuple[DemoCheckIn, ...]:
    """Everything said, in order of time; a written check-in takes the place of that day's routine one."""
    written = [*_pair_check_ins(members, end), *_remarks(end), *_here_now(end), *_january(end)]
    taken: dict[str, set[date]] = defaultdict(set)
    for check_in in written:
        taken[check_in.member].add(local_day(check_in.at))
    routine = Routine(
        end=end,
        seed=seed,
        storylines=read_storylines(),
        turns=read_turns(),
        places=tuple(place.id for place in places),
        talks=read_talks(),
    )
    usual = (visit for member in members for visit in routine.visits(member, taken[member.id]))
    return _number([*written, *usual])


def _number(check_ins: Iterable[DemoCheckIn]) -> tuple[DemoCheckIn, ...]:
    ordered = sorted(check_ins, key=lambda said: (said.at, said.member))
    return tuple(replace(said, id=f"c-{number:05}") for number, said in enumerate(ordered, start=1))


def _pair_check_ins(members: tuple[DemoMember, ...], end: datetime) -> Iterator[DemoCheckIn]:
    usual_place = {member.id: member.place for member in members}
    for pair in _entries("pairs.toml", "pair"):
        for said in pair["check_ins"]:
            yield DemoCheckIn(
                id="",
                member=said["by"],
                place=usual_place[said["by"]],
                at=local_moment(on_weekday(days_before(end, said["day"])), said["at"]),
                text=said["text"],
                seeks=said.get("seeks"),
                offers=said.get("offers"),
                origin="pair",
            )


def _remarks(end: datetime) -> Iterator[DemoCheckIn]:
    for row in _rows("remarks.csv"):
        yield DemoCheckIn(
            id="",
            member=row["member"],
            place=row["place"],
            at=local_moment(on_weekday(days_before(end, int(row["day"]))), row["at"]),
            text=row["text"],
            visibility=Visibility(row["visibility"]),
            origin="remark",
        )


def _here_now(end: datetime) -> Iterator[DemoCheckIn]:
    """Said in the last three hours, whatever the hour, so that somebody is here when the demo starts."""
    for row in _rows("here-now.csv"):
        yield DemoCheckIn(
            id="",
            member=row["member"],
            place=row["place"],
            at=end - timedelta(minutes=int(row["minutes_before_end"])),
            text=row["text"],
            seeks=row["seeks"] or None,
            offers=row["offers"] or None,
            origin="here_now",
        )


def _january(end: datetime) -> Iterator[DemoCheckIn]:
    year = latest_whole_january(end)
    for row in _rows("january.csv"):
        yield DemoCheckIn(
            id="",
            member=row["member"],
            place=row["place"],
            at=local_moment(date(year, 1, int(row["day"])), row["at"]),
            text=row["text"],
            origin="january",
        )


def _member(row: dict[str, str], end: datetime) -> DemoMember:
    return DemoMember(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        organisation=row["organisation"] or None,
        guest=row["kind"] == "guest",
        locale=_locale(row["locale"]),
        languages=_several(row["languages"]),
        joined_at=local_moment(days_before(end, int(row["joined_days_before_end"])), "08:00"),
        purposes=frozenset(Purpose(name) for name in _several(row["consents"])),
        paused=row["paused"] == "yes",
        about=row["about"],
        skills=_several(row["skills"]),
        seeks=_several(row["seeks"]),
        offers=_several(row["offers"]),
        place=row["place"],
        days=tuple(int(digit) for digit in row["days"]),
        chance=float(row["chance"]),
        arrives=row["arrives"],
        storylines=_several(row["storylines"]),
        drifts_to=row["drifts_to"] or None,
    )


def _event(entry: dict[str, Any], end: datetime) -> DemoEvent:
    day = on_weekday(days_before(end, entry["day"]), forward=entry["day"] < 0)
    return DemoEvent(
        id=entry["id"],
        title=entry["title"],
        description=entry["description"],
        language=_locale(entry["language"]),
        starts_at=local_moment(day, entry["starts"]),
        ends_at=local_moment(day, entry["ends"]),
        place=entry["place"],
        host=entry["host"],
        speakers=tuple(entry["speakers"]),
    )


def _attendances(events: tuple[DemoEvent, ...]) -> Iterator[DemoAttendance]:
    by_id = {event.id: event for event in events}
    for row in _rows("attendance.csv"):
        event = by_id[row["event"]]
        ahead = row["registered_days_before"]
        yield DemoAttendance(
            event=event.id,
            member=row["member"],
            role=Role(row["role"]),
            registered_at=event.starts_at - timedelta(days=int(ahead)) if ahead else None,
            attended_at=event.starts_at if row["attended"] == "yes" else None,
        )


def _tie(row: dict[str, str], end: datetime) -> DemoTie:
    return DemoTie(
        member_a=row["member_a"],
        member_b=row["member_b"],
        why="worked_together" if row["why"] == "worked_together" else "said_so",
        at=local_moment(days_before(end, int(row["days_before_end"])), "12:00"),
        note=row["note"],
    )


def _pair(entry: dict[str, Any]) -> DemoPair:
    return DemoPair(
        member_a=entry["member_a"], member_b=entry["member_b"], topics=tuple(entry["topics"]), why=entry["why"]
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


def _locale(name: str) -> Literal["en", "nl"]:
    return "nl" if name == "nl" else "en"


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("serendipity.demo") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _entries(name: str, kind: str) -> list[dict[str, Any]]:
    text = (files("serendipity.demo") / "data" / name).read_text(encoding="utf-8")
    return cast("list[dict[str, Any]]", tomllib.loads(text)[kind])
