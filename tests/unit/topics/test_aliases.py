"""Names that may mean the same are suggested, each for a reason; what is different is left alone."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serendipity.domain.model import Record, RecordKind
from serendipity.topics.aliases import AliasReason, AliasSuggestion, suggest_aliases
from serendipity.topics.usage import Likeness, Usage, rarities, usage_of
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import NOW, tell, vocabulary_of

Said = tuple[str, str, tuple[str, ...]]  # member, language, phrases


def understood(position: int, said: Said, vocabulary: Vocabulary, *, use: bool = True) -> Record:
    """Return the record of an understanding."""
    member, language, phrases = said
    mentions = [[phrase, vocabulary.find(phrase), 1.0, 0, 1, "interest"] for phrase in phrases]
    return Record(
        position=position,
        kind=RecordKind.UNDERSTOOD,
        source="understanding",
        id=str(position),
        at=NOW,
        received_at=NOW,
        member=member,
        data={"language": language, "extractor": "test", "mentions": mentions, "use": use},
        about=position,
    )


def used(said: Iterable[Said], vocabulary: Vocabulary) -> dict[str, Usage]:
    """Return the use that texts make of names."""
    return usage_of([understood(i, one, vocabulary) for i, one in enumerate(said, 1)], vocabulary)


def told(*phrases: str, members: str = "abc", beside: tuple[str, ...] = ()) -> list[Said]:
    """Return a text in English of each member for each phrase."""
    return [(member, "en", (phrase, *beside)) for phrase in phrases for member in members]


def pairs(suggestions: Iterable[AliasSuggestion]) -> set[tuple[str, str, str]]:
    """Return what is suggested, in short."""
    return {(s.kept_phrase, s.gone_phrase, s.reason.value) for s in suggestions}


@pytest.mark.parametrize(
    ("known", "said", "reason"),
    [
        ("Coworking", "co working", AliasReason.SPACING),
        ("Webshop", "web shop", AliasReason.SPACING),
        ("3D scanning", "3d scanner", AliasReason.INFLECTION),
        ("3D scanning", "3d scan", AliasReason.INFLECTION),
        ("Process optimization", "process optimisation", AliasReason.COUNTRY),
        ("Kubernetes", "kubernets", AliasReason.SPELLING),
        ("Fotografie", "fotogrefie", AliasReason.SPELLING),
    ],
)
def test_another_way_to_write_a_topic_is_suggested_with_its_reason(known: str, said: str, reason: AliasReason) -> None:
    """Even where its use tells nothing yet."""
    vocabulary = vocabulary_of(known)
    suggestions = suggest_aliases(vocabulary, used(told(said), vocabulary))

    assert pairs(suggestions) == {(known.lower(), said, reason.value)}
    assert suggestions[0].kept.startswith("topic:")
    assert suggestions[0].gone == f"phrase:{said}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("creative", "creatine"),
        ("market", "marketing"),
        ("test", "testing"),
        ("account", "accounting"),
        ("web2", "web3"),
        ("video", "vimeo"),
        ("contract", "contact"),
        ("data science", "data sciences lab"),
        ("python 2", "python 3"),
    ],
)
def test_what_only_looks_alike_is_not_suggested(one: str, other: str) -> None:
    """Different members use them, beside different things."""
    said = [*told(one, members="abc", beside=("loom",)), *told(other, members="def", beside=("drone",))]

    assert not pairs(suggest_aliases(Vocabulary(), used(said, Vocabulary())))


def test_what_is_much_used_for_different_things_is_kept_apart_for_all_its_spelling() -> None:
    """Ten texts each, by other members, beside other topics."""
    said = [
        *told("nordik stack", members="abcdefghij", beside=("loom",)),
        *told("nordick stack", members="klmnopqrst", beside=("drone",)),
    ]

    assert not suggest_aliases(Vocabulary(), used(said, Vocabulary()))
    assert suggest_aliases(Vocabulary(), used([*said[:3], *said[10:13]], Vocabulary()))


def bilingual() -> list[Said]:
    """Return what three members say of pottery in two languages, and others of other crafts."""
    said: list[Said] = []
    for member in "abc":
        said += [(member, "en", ("pottery", "kiln")), (member, "nl", ("keramiek", "kiln"))]
    for member in "def":
        said += [(member, "en", ("drone", "mapping")), (member, "nl", ("moestuin", "compost"))]
    return said


def test_a_dutch_and_an_english_word_of_the_same_members_in_the_same_company_are_suggested() -> None:
    """Pottery is keramiek here; a vegetable garden is no drone, though the same members have both."""
    suggestions = suggest_aliases(Vocabulary(), used(bilingual(), Vocabulary()))

    best = suggestions[0]
    assert {best.kept_phrase, best.gone_phrase} == {"pottery", "keramiek"}
    assert (best.reason, best.both) == (AliasReason.LANGUAGE, 3)
    assert best.likeness > 0.9


def test_words_of_two_languages_that_are_said_together_name_two_things() -> None:
    """What stands beside a word does not stand in for it."""
    said: list[Said] = [("ab"[i % 2], "en" if i < 6 else "nl", ("felt", "wol")) for i in range(6)]
    said += [("a", "nl", ("wol",)), ("b", "nl", ("wol",))] * 6

    assert not suggest_aliases(Vocabulary(), used(said, Vocabulary()))


def test_a_topic_is_kept_and_a_proposal_becomes_its_alias_whoever_is_said_more() -> None:
    """Of two proposals the one of more members is kept."""
    vocabulary = vocabulary_of("Webshop")
    over_topic = suggest_aliases(vocabulary, used(told("web shop", members="abcdef"), vocabulary))
    said = [*told("tiny house", members="abcd"), *told("tinyhouse", members="ab")]
    of_two = suggest_aliases(Vocabulary(), used(said, Vocabulary()))

    assert (over_topic[0].kept, over_topic[0].gone) == ("topic:webshop", "phrase:web shop")
    assert (of_two[0].kept, of_two[0].gone) == ("phrase:tiny house", "phrase:tinyhouse")


def test_two_topics_can_be_suggested_to_be_merged() -> None:
    """Also when nobody has said either yet."""
    vocabulary = vocabulary_of("Web shop", "Webshop")

    assert pairs(suggest_aliases(vocabulary, {})) == {("webshop", "web shop", "spacing")}


def test_what_a_manager_kept_apart_or_blocked_and_what_one_member_or_nobody_may_see_is_left_out() -> None:
    """A pair kept apart in any order, a blocked phrase, a proposal of one member, a member's name."""
    vocabulary = vocabulary_of("Webshop")
    said = used(told("web shop"), vocabulary)
    alone = used(told("web shop", members="a"), vocabulary)
    people = used([*told("jan tensen"), *told("jantensen")], vocabulary)

    assert suggest_aliases(vocabulary, said)
    assert not suggest_aliases(vocabulary, said, apart=[("web shop", "webshop")])
    assert not suggest_aliases(vocabulary, said, apart=[("webshop", "web shop")])
    assert not suggest_aliases(vocabulary, alone)
    assert not suggest_aliases(vocabulary, people, member_names=["Jan Tensen"])
    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="web shop")
    assert not suggest_aliases(vocabulary, said)


def test_private_texts_erased_ones_denials_and_earlier_readings_do_not_count() -> None:
    """Only what was said for use, as last read."""
    vocabulary = Vocabulary()
    private = understood(1, ("a", "en", ("loom",)), vocabulary, use=False)
    first = understood(2, ("a", "en", ("felt",)), vocabulary)
    denied = understood(3, ("a", "en", ("wool",)), vocabulary)
    assert denied.data
    denied.data["mentions"][0][2] = -1.0
    again = Record(
        position=4,
        kind=RecordKind.REREAD,
        source="reread:1",
        id="2",
        at=NOW,
        received_at=NOW,
        member="a",
        data={"language": "en", "extractor": "2", "mentions": [["silk", None, 1.0, 0, 1, "interest"]], "use": True},
        about=2,
    )

    assert usage_of([private, first, denied, again], vocabulary).keys() == {"phrase:silk"}


words = st.sampled_from(
    ["web shop", "webshop", "webshops", "3d scan", "3d scanner", "keramiek", "pottery", "kiln", "felt"]
)
texts = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["en", "nl"]), st.tuples(words, words)), max_size=40
)


@settings(deadline=None, max_examples=100)
@given(texts, st.sampled_from(["Webshop", "Pottery", "3D scanning"]))
def test_any_suggestion_keeps_its_promises(said: list[Said], known: str) -> None:
    """Two names, each pair once, in order of score, whatever the order of the texts."""
    vocabulary = vocabulary_of(known)
    counted = used(said, vocabulary)

    suggestions = suggest_aliases(vocabulary, counted)

    seen = [frozenset((s.kept, s.gone)) for s in suggestions]
    assert len(seen) == len(set(seen))
    assert all(len(pair) == 2 for pair in seen)
    assert [s.score for s in suggestions] == sorted((s.score for s in suggestions), reverse=True)
    assert all(0 < s.score <= 1 and 0 <= s.likeness <= 1 for s in suggestions)
    assert suggest_aliases(vocabulary, used(list(reversed(said)), vocabulary)) == suggestions
    assert suggest_aliases(vocabulary, counted, limit=1) == suggestions[:1]


counts = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 9), max_size=5)
usages = st.builds(lambda m, b: Usage(texts=9, members=Counter(m), beside=Counter(b)), counts, counts)


@given(st.dictionaries(st.sampled_from(["phrase:x", "phrase:y", "phrase:z"]), usages, min_size=2))
def test_likeness_is_symmetric_between_nothing_and_one_and_full_with_itself(said: Mapping[str, Usage]) -> None:
    """As a cosine is."""
    rarity = rarities(said)
    one, other, *_ = said.values()

    likeness = Likeness(rarity)
    assert likeness.of(one, other) == pytest.approx(likeness.of(other, one))
    assert -1e-9 <= likeness.of(one, other) <= 1 + 1e-9
    assert not (one.members or one.beside) or likeness.of(one, one) == pytest.approx(1)
