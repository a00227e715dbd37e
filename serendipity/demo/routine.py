"""The ordinary visits of the example's members over ninety days: who comes when, and works on what by then."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from serendipity.demo.cast import DemoCheckIn, DemoMember
from serendipity.demo.dating import ZONE, days_before, local_moment
from serendipity.demo.speech import Storyline, Talk, Turns, pick_line, word_check_in
from serendipity.domain.model import Visibility

DAYS = 90
MAIN_SHARE = 0.65
LOCALE_SHARE = 0.7
SEEKS_CHANCE = 0.18
OFFERS_CHANCE = 0.12
ELSEWHERE_CHANCE = 0.12


@dataclass(frozen=True, kw_only=True)
class Routine:
    """Parameters that all visits of one demo share: its end, seed, words and places."""

    end: datetime
    seed: int
    storylines: Mapping[str, Storyline]
    turns: Turns
    places: tuple[str, ...]
    talks: tuple[Talk, ...] = ()

    def visits(self, member: DemoMember, taken: Collection[date]) -> Iterator[DemoCheckIn]:
        """One member's check-ins in order of time, none on the taken (local) days, before joining or after the end."""
        rng = Random(f"{self.seed}:{member.id}")
        phase = rng.uniform(-0.2, 0.2)
        leave = _leave(rng)
        said: set[str] = set()
        for days in range(DAYS - 1, -1, -1):
            day = days_before(self.end, days)
            comes = day.isoweekday() in member.days and rng.random() < member.chance
            if not comes or days in leave or day in taken:
                continue
            visit = self._visit(member, day, min(max(1 - days / DAYS + phase, 0.0), 1.0), said, rng)
            if member.joined_at < visit.at <= self.end:
                yield visit

    def _visit(self, member: DemoMember, day: date, progress: float, said: set[str], rng: Random) -> DemoCheckIn:
        storyline, other = (self.storylines[name] for name in _subjects(member, progress, rng))
        language = _language(member, rng)
        line = pick_line(storyline.lines[language], progress, said, rng)
        aside = pick_line(other.lines[language], progress, set(said), rng)
        told = DemoCheckIn(
            id="",
            member=member.id,
            place=member.place if rng.random() > ELSEWHERE_CHANCE else rng.choice(self.places),
            at=_arrival(member, day, rng),
            text=self._talking(word_check_in(line, aside, language, self.turns, rng), member, day, language),
            visibility=_visibility(rng),
        )
        seeks = rng.choice(storyline.seeks[language]) if rng.random() < SEEKS_CHANCE else None
        offers = rng.choice(storyline.offers[language]) if rng.random() < OFFERS_CHANCE else None
        return replace(told, seeks=seeks, offers=offers)

    def _talking(self, text: str, member: DemoMember, day: date, language: str) -> str:
        """The text with what the house speaks of that day; its lots are its own, so that all else stays as it was."""
        rng, days = Random(f"{self.seed}:{member.id}:{day}:talk"), (local_day(self.end) - day).days
        for talk in self.talks:
            if talk.falls_on(days) and rng.random() < talk.share:
                return f"{text} {rng.choice(self.turns.joins[language])} {rng.choice(talk.lines[language])}"
        return text


def _subjects(member: DemoMember, progress: float, rng: Random) -> tuple[str, str]:
    """The storyline of a visit and one for an aside; a drift takes over as time goes."""
    if member.drifts_to and rng.random() < progress:
        main = member.drifts_to
    elif len(member.storylines) == 1 or rng.random() < MAIN_SHARE:
        main = member.storylines[0]
    else:
        main = rng.choice(member.storylines[1:])
    others = [name for name in member.storylines if name != main]
    return main, rng.choice(others) if others else main


def _language(member: DemoMember, rng: Random) -> str:
    if len(member.languages) == 1 or rng.random() < LOCALE_SHARE:
        return member.locale
    return rng.choice(member.languages)


def _visibility(rng: Random) -> Visibility:
    choices = (Visibility.MEMBERS, Visibility.MATCHING, Visibility.PRIVATE)
    return rng.choices(choices, weights=(91, 5, 4))[0]


def _leave(rng: Random) -> range:
    """One week or two in which the member does not come, as days before the end."""
    last = rng.randrange(DAYS)
    return range(last, last + rng.choice((5, 7, 12)))


def _arrival(member: DemoMember, day: date, rng: Random) -> datetime:
    opening = local_moment(day, "07:50")
    usual = local_moment(day, member.arrives) + timedelta(minutes=round(rng.gauss(0, 18)), seconds=rng.randrange(60))
    return max(opening, usual)


def local_day(moment: datetime) -> date:
    """The date at the place at that moment.

    >>> local_day(local_moment(date(2026, 7, 2), "00:30")).isoformat()
    '2026-07-02'
    """
    return moment.astimezone(ZONE).date()
