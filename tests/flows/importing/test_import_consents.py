"""Importing consents and suppressions: words with their evidence, and who could be reached before and after."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.core.consent import ConsentRecord, wording_of
from shopkeeper.core.errors import BadInput
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import collect
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.importing import Import, ImportReport, read_mapping, run_import
from shopkeeper.flows.importing.guessing import guess
from shopkeeper.flows.importing.reach import PurposeReach, reach_of
from shopkeeper.flows.importing.trial import try_rows
from shopkeeper.testing.shop import DEFINITIONS, track

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
SHOP = load_definitions(
    FILES
    | {
        "shop.yaml": FILES["shop.yaml"].replace(
            "advertising: {basis: consent}",
            "advertising: {basis: consent, expires_after: 13 months, least_grade: single_opt_in}\n"
            "  newsletter: {basis: consent}",
        )
    }
)
SHOWN = "Yes, send me offers that fit me."
LONG = f"""
kind: consents
source: crm
customer: {{user_id: member}}
purpose: purpose
state: state
timestamp: said_at
grade: proof
shown: {SHOWN}
policy_version: version
expires_at: ends
constants: {{jurisdiction: AT, channel: email}}
"""
WIDE = """
kind: consents
source: crm
customer: {user_id: member}
states: {advertising: ads, newsletter: mails}
as_of: 2026-04-01T00:00:00Z
evidence: double_opt_in
"""
SUPPRESSED = """
kind: consents
source: suppressions
customer: {user_id: member}
purposes: [personalization, advertising, newsletter]
said: withdrawn
as_of: 2026-04-20T00:00:00Z
"""


def write(folder: Path, mapping: str, table: str) -> tuple[Path, Path]:
    file, path = folder / "consents.csv", folder / "consents.yaml"
    file.write_text(table)
    path.write_text(mapping)
    return file, path


async def load(store: Store, folder: Path, mapping: str, table: str, **rest: Any) -> ImportReport:
    file, path = write(folder, mapping, table)
    return await run_import(store, SHOP, Import(file, path, folder / "scratch", **rest), now=NOW)


async def ledger(store: Store, member: str) -> list[ConsentRecord]:
    found = await store.find_customers([Identifier("user_id", member)])
    return [one for who in found.values() for one in (await store.consent_records([who])).get(who, [])]


async def test_a_row_becomes_a_word_with_all_that_proves_it(store: Store, tmp_path: Path) -> None:
    table = """member,purpose,state,said_at,proof,version,ends
1,advertising,subscribed,2026-02-01T10:00:00Z,Double opt-in,7,2026-12-31T00:00:00Z
"""
    table = table.replace("Double opt-in", "double opt in")
    await load(store, tmp_path, LONG, table)
    (word,) = await ledger(store, "1")
    assert (word.state, word.via, word.grade, word.basis) == ("given", "import", "double_opt_in", "consent")
    assert (word.policy_version, word.jurisdiction, word.channel, word.source) == ("7", "AT", "email", "crm")
    assert word.captured_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert word.expires_at == datetime(2026, 12, 31, tzinfo=UTC)
    assert word.wording == wording_of(SHOWN).hash
    assert await store.wordings([word.wording]) == {word.wording: SHOWN}
    (event,) = await store.read(after=0, limit=10)
    assert SHOWN not in str(event)


async def test_a_row_may_speak_to_several_purposes_and_to_none_it_waits(store: Store, tmp_path: Path) -> None:
    table = "member,ads,mails\n1,yes,no\n2,,ja\n3,,\n4,maybe,no\n"
    done = await load(store, tmp_path, WIDE, table)
    assert [(one.purpose, one.state) for one in await ledger(store, "1")] == [
        ("advertising", "given"),
        ("newsletter", "withdrawn"),
    ]
    assert [(one.purpose, one.state) for one in await ledger(store, "2")] == [("newsletter", "given")]
    assert (done.progress.rows, done.progress.accepted, done.progress.quarantined) == (4, 2, 2)
    waiting = await store.quarantined(limit=10)
    assert {row.position for row in waiting} == {4, 5}
    again = await load(store, tmp_path, WIDE, table, again=True)
    assert (again.progress.accepted, again.progress.duplicates) == (0, 2)
    assert len(await ledger(store, "1")) == 2


async def test_true_and_false_of_json_say_yes_and_no(store: Store, tmp_path: Path) -> None:
    file, mapping = tmp_path / "consents.jsonl", tmp_path / "consents.yaml"
    file.write_text('{"member": 1, "ads": true, "mails": false}\n{"member": 2, "ads": null, "mails": true}\n')
    mapping.write_text(WIDE)
    done = await run_import(store, SHOP, Import(file, mapping, tmp_path / "scratch"), now=NOW)
    assert (done.progress.accepted, done.progress.quarantined) == (2, 0)
    said = [(one.purpose, one.state) for who in "12" for one in await ledger(store, who)]
    assert said == [("advertising", "given"), ("newsletter", "withdrawn"), ("newsletter", "given")]
    assert {one.name: one.samples for one in guess(file, SHOP, now=NOW).columns}["mails"] == ("false", "true")


async def test_an_address_not_to_be_contacted_objects_to_every_purpose_that_the_file_names(
    store: Store, tmp_path: Path
) -> None:
    await load(store, tmp_path, SUPPRESSED, "member\n1\n")
    assert [(one.purpose, one.state, one.channel) for one in await ledger(store, "1")] == [
        ("personalization", "objected", None),
        ("advertising", "withdrawn", None),
        ("newsletter", "withdrawn", None),
    ]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (WIDE.replace("states: {advertising: ads, newsletter: mails}", ""), "one of the three"),
        (SUPPRESSED.replace("said: withdrawn", ""), "one of the two"),
        (SUPPRESSED.replace("said: withdrawn", "said: silent"), "'given'"),
        (WIDE + "said: given\n", "states"),
        (LONG + "wording: text\n", "at most one of the two"),
        (LONG.replace("policy_version: version", "channel: medium"), "either a column or a constant"),
        (WIDE.replace("as_of: 2026-04-01T00:00:00Z", ""), "'timestamp' and 'as_of'"),
        (WIDE.replace("double_opt_in", "handshake"), "double_opt_in"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_named(mapping: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_mapping("consents.yaml", mapping)


async def test_an_instant_for_all_rows_lies_no_more_than_a_day_ahead(store: Store, tmp_path: Path) -> None:
    """Planted bug: only that it can be read; a list of 2062 would outdo every withdrawal until then."""
    typo = SUPPRESSED.replace("2026-04-20", "2062-04-20")
    with pytest.raises(BadInput, match=r"consents\.yaml.*as_of.*one day from now"):
        await load(store, tmp_path, typo, "member\n1\n")
    with pytest.raises(BadInput, match="as_of"):
        read_mapping("consents.yaml", SUPPRESSED.replace("2026-04-20", "1926-04-20"), now=NOW)
    file, _ = write(tmp_path, typo, "member\n1\n")
    tried = await try_rows(store, SHOP, file, read_mapping("consents.yaml", typo), now=NOW)
    assert [one.code for one in tried.refusals] == ["bad_timestamp"]
    assert await store.head() == 0
    await load(store, tmp_path, SUPPRESSED.replace("2026-04-20", "2026-05-02"), "member\n1\n")
    assert {one.captured_at for one in await ledger(store, "1")} == {NOW}


async def test_a_purpose_that_is_not_declared_makes_its_row_wait(store: Store, tmp_path: Path) -> None:
    await load(store, tmp_path, SUPPRESSED.replace("newsletter]", "resale]"), "member\n1\n")
    (row,) = await store.quarantined(limit=10)
    assert (row.code, "shop.yaml declares" in row.reason) == ("bad_consent", True)
    assert await store.head() == 0


def pairs(found: tuple[PurposeReach, ...]) -> dict[str, tuple[int, dict[str, int], int, dict[str, int]]]:
    return {
        one.title: (one.before.reachable, one.before.others, one.after.reachable, one.after.others) for one in found
    }


async def test_reach_is_foreseen_as_it_then_comes(store: Store, tmp_path: Path) -> None:
    """Some are merged, one is expired, one is weak, one objected: what the report says before is so afterwards."""
    said = [
        track("1", "Consent Given", {"purpose": "advertising"}, key="1", at=datetime(2025, 1, 1, tzinfo=UTC)),
        track("2", "Consent Given", {"purpose": "newsletter"}, key="2", at=datetime(2026, 1, 1, tzinfo=UTC)),
        track("3", "Consent Withdrawn", {"purpose": "newsletter"}, key="3", at=datetime(2026, 1, 1, tzinfo=UTC)),
        track("4", "Looked", {}, key="4", at=datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    await collect(store, SHOP, said, origin=Origin("till"), now=NOW)
    ids = await store.find_customers([Identifier("user_id", n) for n in "1234"])
    await store.merge(ids[Identifier("user_id", "2")], ids[Identifier("user_id", "3")],
                      limits={"user_id": 5}, by="ann", now=NOW)  # fmt: skip
    file, path = write(tmp_path, WIDE, "member,ads,mails\n2,,yes\n4,no,no\n5,yes,yes\n6,maybe,\n")
    mapping = read_mapping("consents.yaml", path.read_text())
    found = await reach_of(store, SHOP, file, mapping, now=NOW)
    assert (found.rows, found.refused, found.customers, found.fresh) == (4, 1, 3, 1)
    assert pairs(found.purposes) == {
        "personalization": (3, {}, 4, {}),
        "advertising": (0, {"expired": 1, "unknown": 2}, 1, {"withdrawn": 1, "expired": 1, "unknown": 1}),
        "newsletter": (0, {"withdrawn": 1, "unknown": 2}, 2, {"withdrawn": 1, "unknown": 1}),
    }
    assert [one.words for one in found.purposes] == [
        "1 more than before.",
        "1 more than before. Out of reach: 1 said no, 1 said yes too long ago, 1 said nothing.",
        "2 more than before. Out of reach: 1 said no, 1 said nothing.",
    ]
    assert found.summary == "Of 3 customers now and 4 with this file; 1 of its 4 rows would wait in quarantine."
    assert await store.head() == 5
    await load(store, tmp_path, WIDE, file.read_text())
    later = await reach_of(store, SHOP, file, mapping, now=NOW)
    assert [one.before for one in later.purposes] == [one.after for one in found.purposes]
    assert (later.customers, later.fresh) == (4, 0)


async def test_words_on_a_channel_are_foreseen_for_that_channel_alone(store: Store, tmp_path: Path) -> None:
    table = "member,purpose,state,said_at,proof,version,ends\n"
    table += "".join(f"{n},newsletter,{said},2026-02-01T10:00:00Z,signed,7,\n" for n, said in ((1, "yes"), (2, "no")))
    file, _ = write(tmp_path, LONG, table)
    mapping = read_mapping("consents.yaml", LONG)
    found = await reach_of(store, SHOP, file, mapping, now=NOW)
    assert [(one.purpose, one.channel) for one in found.purposes if one.purpose == "newsletter"] == [
        ("newsletter", None),
        ("newsletter", "email"),
    ]
    assert pairs(found.purposes)["newsletter"] == (0, {}, 0, {"unknown": 2})
    assert pairs(found.purposes)["newsletter by email"] == (0, {}, 1, {"withdrawn": 1})
    await load(store, tmp_path, LONG, table)
    later = await reach_of(store, SHOP, file, mapping, now=NOW)
    assert [one.before for one in later.purposes] == [one.after for one in found.purposes]


async def test_of_many_channels_those_that_a_file_speaks_of_most_are_told_apart(store: Store, tmp_path: Path) -> None:
    said = LONG.replace(", channel: email", "") + "channel: by\n"
    row = "m{},newsletter,yes,2026-02-01T10:00:00Z,signed,7,,{}\n"
    table = "member,purpose,state,said_at,proof,version,ends,by\n"
    table += "".join(row.format(n, f"c{n % 8}" if n < 16 else f"c{n % 8 % 5}") for n in range(40))
    file, _ = write(tmp_path, said, table)
    found = await reach_of(store, SHOP, file, read_mapping("consents.yaml", said), now=NOW)
    told = {one.channel for one in found.purposes if one.purpose == "newsletter"}
    assert told == {None, "c0", "c1", "c2", "c3", "c4"}


async def test_weak_evidence_reaches_nobody_where_the_shop_demands_more(store: Store, tmp_path: Path) -> None:
    mapping = read_mapping("consents.yaml", WIDE.replace("evidence: double_opt_in", ""))
    file, _ = write(tmp_path, WIDE, "member,ads,mails\n1,yes,yes\n")
    found = await reach_of(store, SHOP, file, mapping, now=NOW)
    assert pairs(found.purposes)["advertising"] == (0, {}, 0, {"weak": 1})
    assert pairs(found.purposes)["newsletter"] == (0, {}, 1, {})


async def test_a_trial_says_what_the_rows_would_become(store: Store, tmp_path: Path) -> None:
    file, _ = write(tmp_path, SUPPRESSED, "member\n1\n2\n")
    found = await try_rows(store, SHOP, file, read_mapping("consents.yaml", SUPPRESSED), now=NOW)
    assert (found.rows, found.taken, found.refused) == (2, 2, 0)
    assert "newsletter" in " ".join(row.text for row in found.first)


def test_a_table_of_consents_is_known_by_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "einwilligungen.csv"
    file.write_text(
        "Kundennummer;Zweck;Einwilligung;Datum\n1;advertising;ja;2026-01-01\n2;advertising;nein;2026-01-02\n"
    )
    found = guess(file, SHOP, now=NOW)
    assert found.kind == "consents"
    assert found.mapping | {"customer": {"user_id": "Kundennummer"}, "purpose": "Zweck"} == found.mapping
    read_mapping("guess.yaml", found.yaml)
