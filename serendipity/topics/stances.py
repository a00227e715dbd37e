"""Find what a text seeks, offers and denies, by cues and their reach."""

from serendipity.domain.model import Stance
from serendipity.topics.reading import WITHIN_A_SENTENCE, Reading
from serendipity.topics.words import common_anywhere, cue_table

REACH_OF_DENIAL = 4  # words; "no crypto tokens" denies both, "not sure which crypto" is a cue of its own


class StanceReader:
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
        words = reading.words
        found: dict[int, tuple[int, str]] = {}
        free = 0
        for i in [i for i, word in enumerate(words) if word in self._cues]:
            if i < free:
                continue
            for cue, kind in self._cues[words[i]]:
                if len(cue) == 1 or tuple(words[i : i + len(cue)]) == cue:
                    free = i + len(cue)
                    found[i] = (free, kind)
                    break
        return found

    def _spread(self, reading: Reading, cues: dict[int, tuple[int, str]]) -> None:
        stance, clause, denied_until = reading.stance, 0, 0
        for i, word in enumerate(reading.words):
            if reading.signs[i]:
                clause, denied_until = i + 1, 0
                if word != WITHIN_A_SENTENCE:
                    stance = reading.stance
                continue
            if i in cues:
                end, kind = cues[i]
                reading.cued[i:end] = [True] * (end - i)
                if kind in (Stance.SEEK, Stance.OFFER):
                    stance = Stance(kind)
                elif kind == "reset":
                    stance, clause, denied_until = reading.stance, end, 0
                elif kind == "deny":
                    denied_until = end + REACH_OF_DENIAL
                elif kind == "farewell":
                    denied_until = self._take_leave(reading, clause, i, end)
            reading.stances[i] = stance
            reading.denied[i] = reading.denied[i] or i < denied_until

    def _take_leave(self, reading: Reading, clause: int, start: int, end: int) -> int:
        """Deny the rest of the clause, or what came before where nothing follows; return the end of what is denied."""
        after = end
        while after < len(reading.words) and not reading.signs[after]:
            after += 1
        if any(word not in self._joining for word in reading.words[end:after]):
            return after
        reading.denied[clause:start] = [True] * (start - clause)
        return end
