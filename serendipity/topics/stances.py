"""Find what a text seeks, offers and denies, by cues and their reach."""

from itertools import pairwise

from serendipity.domain.model import Stance
from serendipity.topics.reading import WITHIN_A_SENTENCE, Reading, Step
from serendipity.topics.words import common_anywhere, cue_table

REACH_OF_DENIAL = 4  # words; "no crypto tokens" denies both, "not sure which crypto" is a cue of its own


class StanceReader(Step):
    """Marks each word of a reading with its stance, whether it is denied, and whether it belongs to a cue."""

    def __init__(self) -> None:
        self._cues = cue_table()
        self._joining = common_anywhere()

    def mark(self, reading: Reading) -> None:
        """Fill in `stances`, `denied` and `cued`."""
        count = len(reading.words)
        reading.stances = [reading.stance] * count
        reading.denied = [False] * count
        reading.cued = [False] * count
        cues = self._find(reading)
        if cues:
            reading.marked = True
            self._spread(reading, cues)

    def _find(self, reading: Reading) -> dict[int, tuple[int, str]]:
        """Return the cues as {start: (end, kind)}, apart from each other."""
        words, known = reading.words, self._cues
        found: dict[int, tuple[int, str]] = {}
        free = 0
        for i in [i for i, word in enumerate(words) if word in known]:
            if i < free:
                continue
            for cue, kind in known[words[i]]:
                if len(cue) == 1 or words[i : i + len(cue)] == cue:
                    free = i + len(cue)
                    found[i] = (free, kind)
                    break
        return found

    def _spread(self, reading: Reading, cues: dict[int, tuple[int, str]]) -> None:
        stance, clause, denied_until = reading.stance, 0, 0
        signs = [i for i, sign in enumerate(reading.signs) if sign]
        for i, upto in pairwise([*sorted({*cues, *signs}), len(reading.words)]):
            if reading.signs[i]:
                clause, denied_until = i + 1, 0
                if reading.words[i] not in WITHIN_A_SENTENCE:
                    stance = reading.stance
            else:
                end, kind = cues[i]
                reading.cued[i:end] = [True] * (end - i)
                if kind in (Stance.SEEK, Stance.OFFER):
                    stance = Stance(kind)
                    self._look_back(reading, clause, i, end, stance)
                elif kind == "reset":
                    stance, clause, denied_until = reading.stance, end, 0
                elif kind == "deny":
                    denied_until = end + REACH_OF_DENIAL
                elif kind == "farewell":
                    denied_until = self._take_leave(reading, clause, i, end)
            reading.stances[i:upto] = [stance] * (upto - i)
            if denied_until > i:
                last = min(denied_until, upto)
                reading.denied[i:last] = [True] * (last - i)

    def _look_back(self, reading: Reading, clause: int, start: int, end: int, stance: Stance) -> None:
        """Give a clause the stance of the cue that it ends with ("marketing wanted"), unless a list follows."""
        after = self._end_of_clause(reading, end)
        listed = after < len(reading.words) and reading.words[after] == ":"
        if not listed and all(word in self._joining for word in reading.words[end:after]):
            reading.stances[clause:start] = [stance] * (start - clause)

    def _take_leave(self, reading: Reading, clause: int, start: int, end: int) -> int:
        """Deny the rest of the clause, or what came before where nothing follows; return the end of what is denied."""
        after = self._end_of_clause(reading, end)
        if any(word not in self._joining for word in reading.words[end:after]):
            return after
        reading.denied[clause:start] = [True] * (start - clause)
        return end

    @staticmethod
    def _end_of_clause(reading: Reading, start: int) -> int:
        """Return where the next sign stands, or the text ends."""
        return next((i for i in range(start, len(reading.words)) if reading.signs[i]), len(reading.words))
