"""What stands for a customer: order of events, merges, unmerges, expiry, evidence and Global Privacy Control."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.core.consent import GRADES, Grade, Said, Via
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.instant import micros
from shopkeeper.protect import consent
from shopkeeper.protect.consent import MOST, Join, Stand, Standing, Terms, forbids, is_news, stand, take, terms_of

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
TERMS = Terms(micros(NOW))
RESTRICTED = {"withdrawn", "gpc"}


def said(part: str, at: int, given: bool, *, seq: int | None = None, via: Via = "event", proven: bool = False) -> Said:
    return Said(part, at, at if seq is None else seq, given, via, "staff" if via == "staff" else "single_opt_in",
                proven=proven)  # fmt: skip


def standing(words: Sequence[Said], joins: Sequence[Join] = (), terms: Terms = TERMS) -> Standing:
    return stand(words, joins, terms).standing


@st.composite
def words(draw: st.DrawFn, parts: str = "abc") -> list[Said]:
    """Words with numbers of their own; late arrivals and equal instants included."""
    n = draw(st.integers(0, 8))
    found = []
    for seq in draw(st.permutations(range(1, 2 * n + 1)))[:n]:
        via: Via = draw(st.sampled_from(["event", "carried", "carried", "gpc", "staff", "import"]))
        grade: Grade = draw(st.sampled_from(GRADES))
        at, gives = draw(st.integers(1, 6)), via != "gpc" and draw(st.booleans())
        ends = draw(st.sampled_from([None, None, TERMS.now - 1, TERMS.now + 1]))
        found.append(
            Said(
                draw(st.sampled_from(parts)),
                at,
                seq,
                gives,
                via,
                grade,
                draw(st.sampled_from([None, None, "email"])),
                ends,
                draw(st.booleans()),
            )
        )
    return found


joined = st.lists(
    st.builds(Join, st.sampled_from("abc"), st.sampled_from("bcd"), st.integers(0, 16)).filter(lambda j: j.a != j.b),
    max_size=4,
)
demands = st.builds(Terms, st.just(TERMS.now), st.sampled_from([None, 2]), st.integers(0, len(GRADES) - 1))


@given(words(), joined, demands, st.randoms())
def test_the_order_in_which_words_are_read_does_not_matter(
    heard: list[Said], joins: list[Join], terms: Terms, rng: object
) -> None:
    expected = stand(heard, joins, terms)
    rng.shuffle(heard)  # type: ignore[attr-defined]  # a Random that Hypothesis controls
    rng.shuffle(joins)  # type: ignore[attr-defined]  # as above
    assert stand(heard, joins, terms) == expected


@given(words(), joined, demands, st.sampled_from([None, "email"]))
def test_what_a_fold_keeps_stands_as_all_words_do(
    heard: list[Said], joins: list[Join], terms: Terms, channel: str | None
) -> None:
    kept: list[Said] = []
    for word in sorted(heard, key=lambda word: word.seq):
        take(kept, word)
    assert stand(kept, joins, terms, channel=channel) == stand(heard, joins, terms, channel=channel)


@given(words("a"), words("b"), demands)
def test_a_merge_restricts_wherever_one_of_the_two_was_restricted(
    first: list[Said], second: list[Said], terms: Terms
) -> None:
    """Planted bugs: the least restrictive of two, the later of two whatever it covers."""
    merged = standing([*first, *second], [Join("a", "b", 100)], terms)
    alone = {standing(first, (), terms), standing(second, (), terms)}
    assert (merged in RESTRICTED) == bool(alone & RESTRICTED)
    if not alone & RESTRICTED:
        assert (merged == "given") == ("given" in alone)


@given(words(), joined, demands)
def test_a_merge_and_its_undoing_leave_what_stood(heard: list[Said], joins: list[Join], terms: Terms) -> None:
    def apart(links: list[Join]) -> list[Stand]:
        return [stand([word for word in heard if word.part == part], links, terms) for part in "abc"]

    assert apart([]) == apart(joins)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], "unknown"),
        ([said("a", 1, True)], "given"),
        ([said("a", 1, True), said("b", 2, False)], "withdrawn"),
        ([said("a", 1, False), said("b", 2, True)], "withdrawn"),
        ([said("a", 1, False), said("b", 20, True)], "given"),
        ([said("a", 1, False), said("b", 20, True), said("a", 30, False)], "withdrawn"),
        ([said("a", 1, False), said("b", 5, True, seq=20)], "given"),
        ([said("a", 6, False), said("b", 5, True, seq=20)], "withdrawn"),
    ],
)
def test_a_word_covers_the_parts_that_were_joined_when_it_came(heard: list[Said], expected: Standing) -> None:
    link = Join("a", "b", 10)
    assert {standing(list(order), [link]) for order in permutations(heard)} == {expected}


def test_a_word_reaches_over_parts_that_said_nothing() -> None:
    joins = [Join("a", "s", 3), Join("s", "b", 4)]
    assert standing([said("a", 1, False), said("b", 5, True)], joins) == "given"
    assert standing([said("a", 1, False), said("b", 5, True, seq=3)], joins) == "withdrawn"


def test_a_consent_expires_on_its_day() -> None:
    """Planted bug: `>` for `>=` keeps it for an instant too long."""
    purpose = Purpose(basis="consent", expires_after="13 months")
    word = said("a", micros(datetime(2025, 2, 28, 12, tzinfo=UTC)), True)
    moments = {timedelta(microseconds=-1): "given", timedelta(): "expired", timedelta(days=1): "expired"}
    due = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert {late: standing([word], (), terms_of(purpose, due + late)) for late in moments} == moments


def test_a_stated_end_counts_where_the_shop_sets_none() -> None:
    word = Said("a", 1, 1, True, expires_at=TERMS.now)
    assert standing([word]) == "expired"
    assert standing([word], (), Terms(TERMS.now - 1)) == "given"


def test_an_ended_consent_undoes_no_other_part_and_lifts_no_withdrawal() -> None:
    ended = Said("a", 5, 5, True, expires_at=6)
    assert standing([ended, said("b", 1, True)], [Join("a", "b", 9)]) == "given"
    assert standing([ended, said("b", 1, False)], [Join("a", "b", 9)]) == "withdrawn"


def test_weak_evidence_gives_nothing_and_takes_back_all_the_same() -> None:
    terms = terms_of(Purpose(basis="consent", least_grade="double_opt_in"), NOW)
    assert standing([said("a", 1, True)], (), terms) == "weak"
    assert standing([said("a", 1, False)], (), terms) == "withdrawn"
    assert standing([said("a", 1, False), said("a", 2, True)], (), terms) == "withdrawn"
    assert standing([Said("a", 1, 1, True, "event", "signed"), said("a", 2, True)], (), terms) == "given"


def test_privacy_control_overrides_an_opt_in_also_a_later_one_until_staff_show_evidence() -> None:
    """Planted bug: the later of the two counts."""
    signal = said("a", 5, False, via="gpc")
    assert standing([said("a", 1, True), signal]) == "gpc"
    assert standing([signal, said("a", 9, True)]) == "gpc"
    assert standing([signal, said("a", 9, True, via="staff")]) == "gpc"
    assert standing([signal, said("a", 9, True, via="staff", proven=True)]) == "given"
    assert standing([signal, said("a", 4, True, via="staff", proven=True)]) == "gpc"
    assert standing([signal, said("a", 9, True, via="staff", proven=True), said("a", 11, False)]) == "withdrawn"


def test_privacy_control_of_a_browser_reaches_the_known_profile() -> None:
    heard = [said("known", 1, True), said("browser", 5, False, via="gpc")]
    assert standing(heard, [Join("browser", "known", 9)]) == "gpc"
    lifted = said("known", 12, True, via="staff", proven=True)
    assert standing([*heard, lifted], [Join("browser", "known", 9)]) == "given"
    assert standing([*heard, lifted], [Join("browser", "known", 20)]) == "gpc"


def test_a_word_on_a_channel_counts_there_alone_and_a_word_on_all_everywhere() -> None:
    mail = Said("a", 1, 1, True, channel="email")
    assert stand([mail], (), TERMS, channel="email").standing == "given"
    assert stand([mail], (), TERMS, channel="sms").standing == "unknown"
    assert standing([mail]) == "unknown"
    assert stand([mail, said("a", 2, False)], (), TERMS, channel="email").standing == "withdrawn"


def test_a_clock_that_runs_backwards_fills_no_memory_and_loses_no_withdrawal() -> None:
    kept: list[Said] = []
    for n in range(1, 1000):
        take(kept, said("a", 2000 - n, n % 2 == 0, seq=n))
    assert len(kept) <= 2 * MOST
    assert standing(kept) == "withdrawn"
    assert standing([*kept, said("b", 1, True)], [Join("a", "b", 998)]) == "withdrawn"


def test_a_late_arrival_is_kept_for_the_parts_that_it_alone_covers() -> None:
    """Planted bug: keep the latest word of a part alone; it was said before the merge and covers nobody else."""
    heard = [said("a", 1, False), said("b", 6, True, seq=5), said("b", 5, True, seq=20)]
    kept: list[Said] = []
    for word in heard:
        take(kept, word)
    assert standing(heard, [Join("a", "b", 10)]) == "given"
    assert standing(kept, [Join("a", "b", 10)]) == "given"


EXPRESS: list[Via] = ["event", "staff", "import"]


@pytest.mark.parametrize("via", EXPRESS)
def test_what_is_merely_carried_lifts_no_refusal_that_was_said_as_such(via: Via) -> None:
    """By itself, of a part that the carried word covers, and where the same carried yes stood before."""
    no, carried = said("a", 3, False, via=via), said("a", 5, True, via="carried")
    assert standing([no, carried]) == "withdrawn"
    assert standing([said("a", 1, True, via="carried"), no, carried]) == "withdrawn"
    assert standing([no, said("b", 5, True, via="carried")], [Join("a", "b", 1)]) == "withdrawn"
    assert standing([no, said("a", 4, False, via="carried"), carried]) == "withdrawn"
    for express in EXPRESS:
        assert standing([no, carried, said("a", 6, True, via=express)]) == "given"


def test_what_is_carried_takes_back_and_gives_again_what_was_carried() -> None:
    first, no, again = (said("a", n, n != 2, via="carried") for n in (1, 2, 3))
    assert standing([first, no]) == "withdrawn"
    assert standing([first, no, again]) == "given"
    assert standing([said("a", 1, True), no]) == "withdrawn"
    assert standing([no, said("a", 3, True)]) == "given"


def test_a_fold_that_takes_what_is_carried_for_what_was_said_forgets_the_withdrawal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted bug: one kind for both, so that the later carried no takes the place of the withdrawal."""
    heard = [said("a", 1, False), said("a", 2, False, via="carried"), said("a", 3, True, via="carried")]
    for kind, expected in ((consent._kind, "withdrawn"), (lambda word: (word.part, word.given), "given")):
        monkeypatch.setattr(consent, "_kind", kind)
        kept: list[Said] = []
        for word in heard:
            take(kept, word)
        assert standing(kept) == expected


def test_an_objection_stands_again_when_the_yes_that_lifted_it_ends() -> None:
    """Planted bug: the ended yes is the last word, and an ended word is as good as none: allowed."""
    objection, lifting = said("a", 1, False), Said("a", 2, 2, True, "staff", "staff", expires_at=10)
    assert standing([objection, lifting], (), Terms(9)) == "given"
    assert standing([objection, lifting], (), Terms(10)) == "withdrawn"
    assert standing([objection, lifting, said("a", 3, True)], (), Terms(10)) == "given"
    assert standing([objection, lifting, said("a", 3, True, via="carried")], (), Terms(10)) == "withdrawn"
    assert standing([lifting], (), Terms(10)) == "expired"
    assert not forbids([objection, lifting], (), Purpose(basis="legitimate_interest"))


@given(words(), joined, demands, st.sampled_from("abc"), st.sampled_from([None, "email"]))
def test_no_carried_yes_ever_ends_a_refusal_that_was_said_as_such(
    heard: list[Said], joins: list[Join], terms: Terms, part: str, channel: str | None
) -> None:
    express = [word for word in heard if word.express]
    carried = said(part, 99, True, via="carried")
    if stand(express, joins, terms, channel=channel).standing == "withdrawn":
        assert stand([*heard, carried], joins, terms, channel=channel).standing in RESTRICTED


CARRIED: list[tuple[str, list[Said], bool, bool]] = [
    ("silence", [], True, True),
    ("the same yes", [said("a", 1, True, via="carried")], False, True),
    ("the same no", [said("a", 1, False, via="carried")], True, False),
    ("a withdrawal", [said("a", 1, True, via="carried"), said("a", 2, False)], False, False),
    ("a withdrawal of another part", [said("b", 2, False)], False, True),
    ("a yes of another part", [said("a", 1, False, via="carried"), said("b", 20, True)], True, True),
    ("a withdrawal on a channel", [Said("a", 2, 2, False, channel="sms")], True, True),
    ("a yes on a channel after a no", [said("a", 1, False, via="carried"), Said("a", 2, 2, True, channel="sms")],
     True, True),
    ("a later yes", [said("a", 60, True)], False, False),
    ("a later no", [said("a", 60, False, via="carried")], False, False),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "yes", "no"), [case[1:] for case in CARRIED], ids=[case[0] for case in CARRIED])
def test_a_carried_word_is_news_where_it_changes_what_stands(heard: list[Said], yes: bool, no: bool) -> None:
    joins = [Join("a", "b", 10)]
    assert is_news(said("a", 50, True, via="carried"), heard, joins) is yes
    assert is_news(said("a", 50, False, via="carried"), heard, joins) is no


@given(words(), joined, demands, st.sampled_from("abc"))
def test_a_carried_no_that_is_no_news_would_change_nothing(
    heard: list[Said], joins: list[Join], terms: Terms, part: str
) -> None:
    """Whatever the terms of the purpose, for the customer and for the part once it is cut off."""
    no = said(part, 99, False, via="carried")
    if not is_news(no, heard, joins):
        for some in (heard, [word for word in heard if word.part == part]):
            for channel in (None, "email"):
                assert stand([*some, no], joins, terms, channel=channel).standing in RESTRICTED
                assert stand(some, joins, terms, channel=channel).standing in RESTRICTED
