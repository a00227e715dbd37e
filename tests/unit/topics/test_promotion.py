"""A proposal becomes a topic by distinct members, and never against a manager's word or a member's privacy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.domain.model import RecordKind
from serendipity.topics.promotion import Custom, Use, filter_by_use, promotions
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import NOW, tell, vocabulary_of

YOUNG = Custom(members=100, texts=100)
SETTLED = Custom(members=100, texts=2_000)


def used(members: int, *, texts: int | None = None, voices: int | None = None) -> Use:
    """Return a use of which each text is unlike the others."""
    return Use(members=members, texts=texts or members, voices=members if voices is None else voices)


def promoted(candidates: dict[str, int], vocabulary: Vocabulary | None = None, *names: str) -> list[str]:
    """Return the phrases that are promoted in a young community, by their numbers of members."""
    known = vocabulary if vocabulary is not None else Vocabulary()
    uses = {phrase: used(members) for phrase, members in candidates.items()}
    return [new.id for new in promotions(uses, known, now=NOW, custom=YOUNG, member_names=names)]


def test_a_phrase_needs_three_members_and_a_word_five() -> None:
    """Fewer stay proposals."""
    counts = {"circular textile": 3, "tapestry dye": 2, "tapestry": 5, "batik": 4}

    assert promoted(counts) == ["circular textile", "tapestry"]


@pytest.mark.parametrize(
    "word",
    [
        "project",
        "team",
        "vergadering",
        "werk",
        "today",
        "hmm",
        "hopelijk",
        "beetje",
        "noon",
        "finger",
        "vinger",
        "honest",
        "13u",
        "enjoying",
        "nakijken",
        "duimen",
        "oude",
        "automatically",
        "scalable",
        "five",
        "vijf",
        "alweer",
        "ronde",
        "getest",
    ],
)
def test_everyday_words_are_never_promoted(word: str) -> None:
    """However many say them, in either language: common words, verbs, adjectives, adverbs, times."""
    assert promoted({word: 50}) == []


@pytest.mark.parametrize(
    "word", ["pottery", "vleermuis", "zine", "silicone", "ondertitel", "storyboard", "keramiek", "kubernetes"]
)
def test_rare_nouns_are_promoted(word: str) -> None:
    """In either language, and those that no list knows."""
    assert promoted({word: 5}) == [word]


@pytest.mark.parametrize(
    "phrase",
    [
        "vinger verbrand",
        "finger crossed",
        "babbel welkom",
        "search quiet",
        "tab open",
        "client changed",
        "bit lost",
        "file submitted",
        "dossier ingediend",
        "chose dinosaur print",
        "web based",
        "finally pottery",
        "audiodescriptie inspreekt",
        "schrap schrap",
    ],
)
def test_phrases_that_hang_loose_are_never_promoted(phrase: str) -> None:
    """A topic neither begins nor ends with a verb, an adverb or an adjective of every day."""
    assert promoted({phrase: 50}) == []


@pytest.mark.parametrize(
    "phrase",
    [
        "pitch deck",
        "flood risk",
        "risk management",
        "reclaimed material",
        "herbruikbare beker",
        "soil moisture sensor",
        "neural network",
    ],
)
def test_phrases_that_hold_together_are_promoted(phrase: str) -> None:
    """An everyday noun may end one, a participle or an adjective may begin it."""
    assert promoted({phrase: 3}) == [phrase]


def test_small_talk_is_what_members_do_not_come_back_to() -> None:
    """Spread over members as by chance; a community that has just begun gives no ground for telling."""
    uses = {"borrowed charger": used(15, texts=16), "conductive yarn": used(6, texts=11)}

    settled = promotions(uses, Vocabulary(), now=NOW, custom=SETTLED)
    young = promotions(uses, Vocabulary(), now=NOW, custom=YOUNG)

    assert [new.id for new in settled] == ["conductive yarn"]
    assert [new.id for new in young] == ["borrowed charger", "conductive yarn"]


def test_one_sentence_that_several_repeat_is_one_voice() -> None:
    """Members count only as far as their texts are unlike each other."""
    uses = {"circular textile": used(9, texts=40, voices=2)}

    assert promotions(uses, Vocabulary(), now=NOW, custom=SETTLED) == []


def test_members_names_are_never_promoted() -> None:
    """Neither whole, nor in part, nor inside a longer phrase."""
    counts = {"sanne devries": 9, "sanne": 9, "devries": 9, "sanne devries podcast": 9, "circular textile": 9}

    assert promoted(counts, None, "Sanne DeVries", "Bo") == ["circular textile"]


def test_known_blocked_and_retracted_phrases_are_left_alone() -> None:
    """A manager's word stands."""
    vocabulary = vocabulary_of("Big Data", "coffee corner")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="coffee-corner")
    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="office gossip", blocked=True)

    assert promoted({"big data": 9, "coffee corner": 9, "office gossip": 9}, vocabulary) == []


def test_a_part_of_a_longer_phrase_waits_for_a_life_of_its_own() -> None:
    """What is nearly always said inside a longer phrase is not a topic by itself."""
    assert promoted({"neural radiance field": 10, "radiance field": 11, "radiance": 30}) == [
        "neural radiance field",
        "radiance",
    ]


def test_contact_data_and_numbers_are_never_promoted() -> None:
    """Not even when they got this far."""
    assert promoted({"06 12345678": 9, "2024 2025": 9, "jan@voorbeeld.nl": 9}) == []


def test_the_record_makes_earlier_mentions_count() -> None:
    """Its id is the phrase, its refs name topic and phrase, and the vocabulary takes it."""
    (new,) = promotions({"circular textile": used(3)}, Vocabulary(), now=NOW, custom=YOUNG)

    assert (new.source, new.id, new.kind) == ("promotion", "circular textile", RecordKind.TOPIC_ADDED)
    assert new.refs == ("topic:circular-textile", "phrase:circular textile")
    assert tell(Vocabulary(), new.kind, **new.data).find("Circular textiles") == "circular-textile"


WORDS = ("tapestry", "dye", "circular", "textile", "today", "team", "working", "batik", "jan@example.org")
PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
USES = st.builds(used, st.integers(1, 8), voices=st.integers(1, 8))


@given(st.dictionaries(PHRASES, USES, max_size=12))
def test_a_phrase_whose_use_decides_nothing_need_not_be_looked_at(uses: dict[str, Use]) -> None:
    """What becomes a topic is the same without the others, also where they hold one another."""
    open = filter_by_use({phrase: use.members for phrase, use in uses.items()}, Vocabulary())
    kept = {phrase: use for phrase, use in uses.items() if phrase in open}

    assert promotions(kept, Vocabulary(), now=NOW, custom=YOUNG) == promotions(
        uses, Vocabulary(), now=NOW, custom=YOUNG
    )


def test_a_longer_phrase_is_looked_at_for_the_part_that_it_holds() -> None:
    """A part of it may be said inside it nearly every time; a phrase apart from all that is refused anyway."""
    counts = {"circular textile": 3, "today circular textile": 3, "today": 9, "batik": 4}

    assert filter_by_use(counts, Vocabulary()) == {"circular textile", "today circular textile"}
