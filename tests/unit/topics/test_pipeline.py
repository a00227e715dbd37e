"""The pipeline understands short, hurried, bilingual texts, and no input upsets it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serendipity.domain.model import RecordKind, Stance, Understanding
from serendipity.topics.pipeline import Extractor, build_extractor
from serendipity.topics.understandings import understanding_data, understanding_from
from tests.unit.topics.history import seeded, tell, vocabulary_of


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """Return an extractor over the seed."""
    return build_extractor(seeded())


def topics(understanding: Understanding, stance: Stance = Stance.INTEREST) -> set[str]:
    """Return the ids of the topics that are mentioned with a stance, not denied."""
    found = (m.topic for m in understanding.mentions if m.stance is stance and m.weight > 0)
    return {topic for topic in found if topic is not None}


def proposals(understanding: Understanding) -> list[str]:
    """Return the proposals, best first."""
    return [m.phrase for m in understanding.mentions if m.topic is None]


def test_the_components_tell_the_story(extractor: Extractor) -> None:
    """One look at the pipeline says what happens to a text."""
    assert extractor.steps == [
        "community_language",
        "stances",
        "vocabulary_phrases",
        "proposals",
        "personal",
        "ranking",
    ]


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("working on big-data for marketing", {"big-data", "marketing"}, "en"),
        ("bezig met marketingautomatisering en een webshop", {"marketing-automation", "webshop"}, "nl"),
        ("Marketing Automation!!! 🎉", {"marketing-automation"}, "en"),
        ("dashboards voor het ziekenhuis", {"dashboard", "healthcare"}, "nl"),
        ("the node.js api, now in C# (legacy)", {"nodejs", "api", "c-sharp"}, "en"),
    ],
)
def test_topics_are_found_in_either_language(
    extractor: Extractor, text: str, expected: set[str], language: str
) -> None:
    """The longest phrases win, whatever the spelling."""
    understanding = extractor.understand(text)

    assert topics(understanding) == expected
    assert understanding.language == language


def test_what_is_left_becomes_proposals_of_at_most_four_words(extractor: Extractor) -> None:
    """Joining words, numbers and single letters are no proposals."""
    understanding = extractor.understand("today: recording podcasts about medieval tapestry dyes for J. in 2024")

    assert topics(understanding) == {"podcast"}
    assert "medieval tapestry dye" in proposals(understanding)
    assert not {"today", "j", "2024", "for"} & set(proposals(understanding))


@pytest.mark.parametrize(
    ("text", "stance", "topic"),
    [
        ("Looking for a React developer", Stance.SEEK, "react"),
        ("op zoek naar hulp met boekhouding", Stance.SEEK, "accounting"),
        ("ik zoek een illustrator", Stance.SEEK, "illustration"),
        ("I can help with grant applications", Stance.OFFER, "subsidy"),
        ("kan helpen met subsidieaanvragen", Stance.OFFER, "subsidy"),
        ("ik bied yoga", Stance.OFFER, "yoga"),
        ("looking for hulp met boekhouding", Stance.SEEK, "accounting"),
        ("wie kan mij helpen met a grant application", Stance.SEEK, "subsidy"),
        ("kan iemand helpen met SEO?", Stance.SEEK, "search-engine-optimisation"),
        ("ik kan iemand helpen met SEO", Stance.OFFER, "search-engine-optimisation"),
        ("ik kan wel wat hulp gebruiken met SEO", Stance.SEEK, "search-engine-optimisation"),
        ("Zoek: fotograaf", Stance.SEEK, "photography"),
        ("marketing gezocht", Stance.SEEK, "marketing"),
        ("help met websites aangeboden", Stance.OFFER, "website"),
    ],
)
def test_seeks_and_offers_are_told_apart(extractor: Extractor, text: str, stance: Stance, topic: str) -> None:
    """The cue before a topic gives its stance."""
    assert topics(extractor.understand(text), stance) == {topic}


def test_a_cue_at_the_end_of_a_clause_reaches_back_to_its_beginning_and_no_further(extractor: Extractor) -> None:
    """Nor does it where it announces a list."""
    back = extractor.understand("bezig met yoga, marketing gezocht")
    on = extractor.understand("podcast; marketing gezocht: fotograaf")

    assert (topics(back), topics(back, Stance.SEEK)) == ({"yoga"}, {"marketing"})
    assert topics(on, Stance.SEEK) == {"photography"}


def test_a_stance_ends_with_its_sentence(extractor: Extractor) -> None:
    """What follows the sentence has the stance of the whole text again."""
    understanding = extractor.understand("looking for a photographer. Working on marketing", stance=Stance.OFFER)

    assert topics(understanding, Stance.SEEK) == {"photography"}
    assert topics(understanding, Stance.OFFER) == {"marketing"}


@pytest.mark.parametrize(
    "text",
    [
        "no longer doing crypto",
        "not working on crypto",
        "geen crypto vandaag",
        "crypto doe ik niet meer",
        "gestopt met crypto",
        "not doing crypto anymore",
        "I no longer work on crypto, but on a podcast",
        "klaar met crypto",
        "crypto is niets voor mij",
        "vroeger deed ik crypto",
        "ik doe geen crypto meer, wel podcasts",
    ],
)
def test_a_denied_topic_has_a_negative_weight(extractor: Extractor, text: str) -> None:
    """A negation lowers the interest."""
    weights = [m.weight for m in extractor.understand(text).mentions if m.topic == "cryptocurrency"]

    assert len(weights) == 1
    assert weights[0] < 0


@pytest.mark.parametrize("text", ["not only crypto", "crypto and not sure about the rest", "niet alleen crypto"])
def test_what_only_looks_like_a_denial_is_none(extractor: Extractor, text: str) -> None:
    """Not only is also."""
    assert topics(extractor.understand(text)) == {"cryptocurrency"}


def test_contact_data_never_becomes_a_mention(extractor: Extractor) -> None:
    """Neither topic nor proposal holds an address or a number."""
    understanding = extractor.understand("marketing, mail piet.jansen@voorbeeld.nl of 06-12345678, @piet_98")

    assert not [m for m in understanding.mentions if "piet" in m.phrase or "voorbeeld" in m.phrase or "06" in m.phrase]


def test_a_promoted_topic_is_found_after_a_refresh() -> None:
    """New phrases are learnt, retracted ones forgotten, and the version says so."""
    vocabulary = vocabulary_of("Big Data", "Gossip")
    extractor = build_extractor(vocabulary)
    before = extractor.understand("tapestry dyeing and gossip")

    tell(vocabulary, RecordKind.TOPIC_ADDED, topic="tapestry-dyeing", label="Tapestry dyeing")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="gossip")
    changed = extractor.refresh(vocabulary)
    after = extractor.understand("tapestry dyeing and gossip")

    assert changed == 2
    assert topics(before) == {"gossip"}
    assert topics(after) == {"tapestry-dyeing"}
    assert before.extractor != after.extractor == extractor.version


def test_reading_many_gives_what_reading_each_gives(extractor: Extractor) -> None:
    """Order and content are those of single readings."""
    texts = ["big data", "", "op zoek naar een fotograaf", "big data", "👩‍👩‍👧 marketing"]

    assert extractor.understand_many(texts) == [extractor.understand(text) for text in texts]


def test_several_threads_take_turns() -> None:
    """Four threads read with one extractor, and each gets its own answer."""
    extractor = build_extractor(vocabulary_of("Big Data", "Marketing"))
    texts = [f"{'big data' if i % 2 else 'marketing'} number{i}" for i in range(200)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(extractor.understand, texts))

    assert [topics(one) for one in made] == [{"big-data"} if i % 2 else {"marketing"} for i in range(200)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from(["big data", "marketing", "zoek", "no longer", "j@x.nl", "🎉", "ﬁne"]),
        max_size=20,
    ).map(" ".join)
)
def test_mentions_lie_in_the_text_and_are_few(extractor: Extractor, text: str) -> None:
    """Offsets, weights and numbers keep their promises for any text, and survive being written down."""
    understanding = extractor.understand(text)

    assert len(understanding.mentions) <= 8
    assert len([m for m in understanding.mentions if m.topic]) <= 5
    for mention in understanding.mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert 0 < abs(mention.weight) <= 1
        assert mention.phrase
    assert understanding_from(understanding_data(understanding)) == understanding


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 10_000,
        "([{" * 3_333,
        "e" + "\u0301" * 10_000,
        "שלום עולם " * 1_000,
        "\u202eמרקטינג\u202c",
        "x" * 100_000,
        "我在做市场营销和大数据分析" * 100,
        "أعمل على تحليل البيانات " * 100,
        "a.b" * 3_000,
        "'" * 5_000,
        "\x00\ud800",
        "c++ " * 400,
        "zoek " * 400,
        "",
        " \n\t ",
    ],
)
def test_nasty_inputs_are_read_like_any_other(extractor: Extractor, text: str) -> None:
    """No input raises, and none gives an overlong phrase."""
    understanding = extractor.understand(text)

    assert all(len(mention.phrase) <= 170 for mention in understanding.mentions)


def test_importing_the_package_does_not_import_spacy() -> None:
    """Whoever does not read texts does not wait for it."""
    code = "import sys, serendipity.topics.pipeline, serendipity.topics.promotion, serendipity.topics.seed"
    check = "print([m for m in ('spacy', 'wordfreq', 'simplemma') if m in sys.modules])"

    made = subprocess.run([sys.executable, "-c", f"{code}; {check}"], capture_output=True, text=True, check=True)

    assert made.stdout.strip() == "[]"
