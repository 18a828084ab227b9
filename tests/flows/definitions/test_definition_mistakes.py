"""Every mistake is named with its file, its path, what came, what was expected and the nearest right name."""

import pytest

from shopkeeper.flows.definitions import DefinitionErrors, load_definitions

SHOP = """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers: {user_id: {limit: 1}}
purposes: {personalization: {basis: consent}}
"""
TRAITS = """
orders_90d: {count: Order Completed, window: 90 days}
last_order: {last: timestamp, of: Order Completed}
spend: {sum: total, of: Order Completed}
city: {stated: text}
wine_lover: {stated: boolean, sensitive: true}
email: {stated: text, personal: true}
"""
GOOD = {"shop.yaml": SHOP, "traits.yaml": TRAITS}


def mistakes(**texts: str) -> list[str]:
    """Load the good files with some replaced; `traits=` stands for traits.yaml, `more=` adds to its good text."""
    more = texts.pop("more", "")
    files = GOOD | {"traits.yaml": TRAITS + more} | {f"{name}.yaml": text for name, text in texts.items()}
    with pytest.raises(DefinitionErrors) as caught:
        load_definitions(files)
    assert str(caught.value) == "\n".join(map(str, caught.value.mistakes))
    return str(caught.value).splitlines()


TABLE = [
    # segments: what a marketer types wrong
    (
        {"segments": "lapsing: {where: order_90d > 3}"},
        "segments.yaml: lapsing.where: unknown trait 'order_90d', did you mean 'orders_90d'? (line 1:18)",
    ),
    ({"segments": "a: {where: orders_90d > 'x'}"}, "segments.yaml: a.where: type mismatch: "),
    ({"segments": "a: {where: city > 3}"}, "segments.yaml: a.where: type mismatch: "),
    ({"segments": 'a: {where: "city = \'Wien"}'}, "segments.yaml: a.where: a quote is opened here and not closed"),
    ({"segments": "a: {where: orders_90d >}"}, "segments.yaml: a.where: not an SQL condition: "),
    ({"segments": "a: {where: sqrt(orders_90d) > 1}"}, "segments.yaml: a.where: unknown function 'sqrt'; there are "),
    ({"segments": "a: {where: orders_90d}"}, "segments.yaml: a.where: "),
    (
        {"segments": "a: {wehre: orders_90d > 1}"},
        "segments.yaml: a: the field 'where' is missing, must be a text (line 1:4)",
    ),
    ({"segments": "a: {where: 5}"}, "segments.yaml: a.where: the number 5, must be a text (line 1:12)"),
    (
        {"segments": "a: orders_90d > 1"},
        "segments.yaml: a: the text 'orders_90d > 1', must be a mapping of fields (line 1:4)",
    ),
    (
        {"segments": "A b: {where: orders_90d > 1}"},
        "segments.yaml: A b: the name 'A b', must be lower-case letters, digits and _, a letter first (line 1:6)",
    ),
    (
        {"segments": "wine: {where: wine_lover}"},
        "segments.yaml: wine.where: trait 'wine_lover' is sensitive: it stays out of segments, offers and slots "
        "without the customer's explicit consent (line 1:15)",
    ),
    (
        {"segments": "known: {where: email is not null}"},
        "segments.yaml: known.where: trait 'email' is personal: it names a person and stays out of predicates "
        "(line 1:16)",
    ),
    ({"segments": "a: {where: context.place = '7'}"}, "segments.yaml: a.where: unknown trait 'context.place'"),
    # traits
    (
        {"more": "x: {count: Order Completed, window: -3 days}"},
        "traits.yaml: x.window: '-3 days', must be from '1 minute' to '10 years' (line 8:37)",
    ),
    (
        {"more": "x: {count: A, window: 11 years}"},
        "traits.yaml: x.window: '11 years', must be from '1 minute' to '10 years' (line 8:23)",
    ),
    (
        {"more": "x: {count: A, window: 3 months}"},
        "traits.yaml: x.window: '3 months', must be in days, since months differ in length",
    ),
    (
        {"more": "x: {count: A, window: 3 dais}"},
        "traits.yaml: x.window: unknown unit 'dai', did you mean 'day'? (line 8:23)",
    ),
    ({"more": "x: {count: A, window: 90}"}, "traits.yaml: x.window: the number 90, must be a text (line 8:23)"),
    (
        {"more": "x: {count: A, window: soon}"},
        "traits.yaml: x.window: 'soon', must be a number and a unit such as '90 days' (line 8:23)",
    ),
    (
        {"more": "x: {sum: total}"},
        "traits.yaml: x: 'sum' without 'of', must be the name of an event: 'of: Order Completed' (line 8:4)",
    ),
    (
        {"more": "x: {description: y}"},
        "traits.yaml: x: no source, must be exactly one of stated, imported, predicted, count, sum",
    ),
    (
        {"more": "x: {count: A, stated: text}"},
        "traits.yaml: x: more than one source: stated, count, must be exactly one of",
    ),
    ({"more": "x: {stated: txt}"}, "traits.yaml: x.stated: the text 'txt', did you mean 'text'? (line 8:13)"),
    (
        {"more": "x: {stated: text, window: 3 days}"},
        "traits.yaml: x.window: 'window' on a stated trait, must be left out (line 8:27)",
    ),
    (
        {"more": "x: {predicted: number}"},
        "traits.yaml: x: a predicted trait without 'model', must be the name of a model (line 8:4)",
    ),
    (
        {"more": "x: {stated: number, personal: true}"},
        "traits.yaml: x.stated: a personal trait of this type, must be 'text' (line 8:13)",
    ),
    (
        {"more": "x: {count: A, personal: true}"},
        "traits.yaml: x.personal: a computed trait that is personal, must be false (line 8:25)",
    ),
    ({"more": "x: {sum: totl, of: A}"}, "traits.yaml: x.sum: unknown field 'totl', did you mean 'total'? (line 8:10)"),
    (
        {"more": "x: {sum: category, of: A, each: products}"},
        "traits.yaml: x.sum: sum of 'category', which is of type 'text'",
    ),
    (
        {"more": "x: {sum: total, of: A, type: text}"},
        "traits.yaml: x.type: type == 'text', but sum of 'total' is of type 'money'",
    ),
    (
        {"more": "x: {count: A, each: products, where: departmnt = 'DELI'}"},
        "traits.yaml: x.where: unknown field 'departmnt', did you mean 'department'? (line 8:38)",
    ),
    ({"more": "x: {count: A, where: total > now()}"}, "traits.yaml: x.where: "),
    (
        {"more": "x: {count: A, purpose: ads}"},
        "traits.yaml: x.purpose: unknown purpose 'ads', must be 'personalization' (line 8:24)",
    ),
    (
        {"more": "x: {stated: text, retention: 3 hours}"},
        "traits.yaml: x.retention: '3 hours', must be whole days, from '1 days' to '36600 days'",
    ),
    (
        {"more": "true: {stated: text}"},
        "traits.yaml: true: the name 'true', a word of the predicate language, must be another name (line 8:7)",
    ),
    ({"more": "context.x: {stated: text}"}, "traits.yaml: context.x: the name 'context.x', must be lower-case letters"),
    (
        {"more": "spend: {stated: text}"},
        "traits.yaml: spend: named twice, first on line 4; give each a name of its own (line 8:1)",
    ),
    (
        {"more": "x: {most_frequent: place, of: A, at_least: 0}"},
        "traits.yaml: x.at_least: 'at_least', must be 1 or more",
    ),
    # offers
    (
        {"offers": "offers:\n  bread: {title: One}\n  bread: {title: Two}"},
        "offers.yaml: offers.bread: named twice, first on line 2; give each a name of its own (line 3:3)",
    ),
    (
        {"offers": "bread: {title: One}"},
        "offers.yaml: bread: unknown field 'bread', must be one of 'offers', 'rules' (line 1:8)",
    ),
    (
        {"offers": "offers: {a: {face_value: -1}}"},
        "offers.yaml: offers.a.face_value: the number -1, must be an amount of EUR from 0 to",
    ),
    (
        {"offers": "offers: {a: {face_value: .nan}}"},
        "offers.yaml: offers.a.face_value: the text '.nan', must be a number (line 1:26)",
    ),
    (
        {"offers": "offers: {a: {kind: cupon}}"},
        "offers.yaml: offers.a.kind: unknown kind of offer 'cupon', did you mean 'coupon'? (line 1:20)",
    ),
    (
        {"offers": "offers: {a: {starts: tomorrow}}"},
        "offers.yaml: offers.a.starts: the text 'tomorrow', must be a day '2017-12-24'",
    ),
    ({"offers": "offers: {a: {ends: 2017-02-30}}"}, "offers.yaml: offers.a.ends: the text '2017-02-30', must be a day"),
    ({"offers": "offers: {a: {ends: 9999-12-31}}"}, "offers.yaml: offers.a.ends: the text '9999-12-31', must be a day"),
    (
        {"offers": "offers: {a: {starts: 2018-01-01, ends: 2017-01-01}}"},
        "offers.yaml: offers.a.ends: an end that is not after the start",
    ),
    ({"offers": "offers: {a: {pause: 3 hours}}"}, "offers.yaml: offers.a.pause: '3 hours', must be whole days"),
    (
        {"offers": "offers: {a: {per_customer: 0}}"},
        "offers.yaml: offers.a.per_customer: the number 0, must be 1 or more, or null for no limit",
    ),
    (
        {"offers": "offers: {a: {items: milk}}"},
        "offers.yaml: offers.a.items: the text 'milk', must be a list (line 1:21)",
    ),
    (
        {"offers": "offers: {a: {items: [7]}}"},
        "offers.yaml: offers.a.items[0]: the number 7, must be a text (line 1:22)",
    ),
    ({"offers": "offers: {a: {where: wine_lover}}"}, "offers.yaml: offers.a.where: trait 'wine_lover' is sensitive"),
    (
        {"offers": "rules: {a: {where: spend > 1}}"},
        "offers.yaml: rules.a: the field 'group' is missing, must be a text (line 1:12)",
    ),
    # slots
    ({"slots": "s: {n: 5}"}, "slots.yaml: s: the field 'kind' is missing, must be a text (line 1:4)"),
    (
        {"slots": "s: {kind: coupons}"},
        "slots.yaml: s.kind: unknown kind of slot 'coupons', did you mean 'coupon'? (line 1:11)",
    ),
    ({"slots": "s: {kind: product, n: 0}"}, "slots.yaml: s.n: the number 0, must be from 1 to 200 (line 1:23)"),
    ({"slots": "s: {kind: product, n: ten}"}, "slots.yaml: s.n: the text 'ten', must be a whole number (line 1:23)"),
    (
        {"slots": "s: {kind: product, policy: bets}"},
        "slots.yaml: s.policy: the text 'bets', did you mean 'best'? (line 1:28)",
    ),
    (
        {"slots": "s: {kind: product, max_per: {categry: 2}}"},
        "slots.yaml: s.max_per.categry: unknown field 'categry', did you mean 'category'?",
    ),
    (
        {"slots": "s: {kind: product, purpose: ads}"},
        "slots.yaml: s.purpose: unknown purpose 'ads', must be 'personalization' (line 1:29)",
    ),
    ({"slots": "s: {kind: product, where: wine_lover}"}, "slots.yaml: s.where: trait 'wine_lover' is sensitive"),
    ({"slots": "s: {kind: product, pins: [a], exclude: [a]}"}, "slots.yaml: s.pins: items both pinned and excluded: a"),
    (
        {"slots": "a: {kind: product, context: {x: text}}\nb: {kind: product, context: {x: number}}"},
        "slots.yaml: b.context.x: the text 'number', must be 'text', as declared before",
    ),
    # shop
    (
        {"shop": SHOP.replace("EUR", "EURO")},
        "shop.yaml: currency: 'EURO', must be an ISO 4217 code such as 'EUR' (line 3:11)",
    ),
    (
        {"shop": SHOP.replace("Vienna", "Wien")},
        "shop.yaml: time_zone: 'Europe/Wien', must be an IANA zone such as 'Europe/Vienna' (line 4:12)",
    ),
    (
        {"shop": SHOP.replace("consent", "hope")},
        "shop.yaml: purposes.personalization.basis: the text 'hope', must be one of 'consent'",
    ),
    (
        {"shop": SHOP + "holdout: {share: 0.9}"},
        "shop.yaml: holdout.share: the number 0.9, must be from 0 to 0.5 (line 7:18)",
    ),
    (
        {"shop": SHOP + "holdout: {shares: 0.1}"},
        "shop.yaml: holdout.shares: unknown field 'shares', did you mean 'share'? (line 7:19)",
    ),
    (
        {"shop": SHOP.replace("{user_id: {limit: 1}}", "{}")},
        "shop.yaml: identifiers: no identifier, must be at least one",
    ),
    (
        {"shop": SHOP.replace("user_id", "User-Id")},
        "shop.yaml: identifiers.User-Id: identifier kind == 'User-Id', must be lower-case",
    ),
    (
        {"shop": SHOP.replace("limit: 1", "limit: 0")},
        "shop.yaml: identifiers.user_id.limit: the number 0, must be 1 or more (line 5:32)",
    ),
    (
        {"shop": SHOP.replace("name: Corner shop", "name: 7")},
        "shop.yaml: name: the number 7, must be a text (line 2:7)",
    ),
    # YAML itself
    ({"segments": "a:\n\twhere: x"}, "segments.yaml: line 2: a tab; YAML indents with spaces (line 2:1)"),
    ({"segments": "a: {where: x"}, "segments.yaml: not YAML: "),
    ({"segments": "a: 'x"}, "segments.yaml: not YAML: found unexpected end of stream"),
    ({"segments": "- a\n- b"}, "segments.yaml: a list, must be a mapping of names, such as 'name: …' (line 1:1)"),
    ({"segments": "a: !!python/object:os.system {}"}, "segments.yaml: a: a tag "),
    (
        {"segments": "? [a]\n: {where: x}"},
        "segments.yaml: a name that is no text, must be a name, then a colon (line 1:3)",
    ),
    ({"segments": "a: 1\n---\nb: 2"}, "segments.yaml: not YAML: but found another document (line 2:1)"),
    ({"segments": "a: \x07"}, "segments.yaml: a character that YAML does not allow, must be printable text in UTF-8"),
    ({"segments": "[" * 1000}, "segments.yaml: lists or mappings inside one another, must be at most 12 deep"),
    ({"segments": "a: " + "[" * 20 + "]" * 20}, "segments.yaml: a[0][0][0]"),
    ({"segments": "a: &a [*a]"}, "segments.yaml: a[0][0][0]"),
    ({"segments": "#" * 600_000}, "segments.yaml: 600000 characters, must be at most 524288; import large tables"),
    (
        {"segment": "a: {where: x}"},
        "segment.yaml: a file that is not a definition, must be one of shop.yaml, traits.yaml",
    ),
]


@pytest.mark.parametrize(("texts", "expected"), TABLE, ids=[text.split(" (")[0][:60] for _, text in TABLE])
def test_a_mistake_is_named(texts: dict[str, str], expected: str):
    assert any(line.startswith(expected) for line in mistakes(**texts)), "\n".join(mistakes(**texts))


def test_all_mistakes_of_all_files_come_at_once():
    found = mistakes(
        segments="a: {where: order_90d > 1}\nb: {wher: spend > 1}\nc: {where: spend > 'x'}",
        slots="s: {kind: product, n: 0, policy: bets}",
        shop=SHOP.replace("EUR", "EURO"),
    )
    places = [": ".join(line.split(": ")[:2]) for line in found if ".yaml" in line]
    assert places == [
        "segments.yaml: a.where",
        "segments.yaml: b",
        "segments.yaml: b.wher",
        "segments.yaml: c.where",
        "shop.yaml: currency",
        "slots.yaml: s.policy",
    ]


def test_a_broken_trait_is_reported_once_and_not_again_by_what_reads_it():
    [line] = mistakes(more="x: {count: Order Completed, window: 0 days}", segments="a: {where: x > 1}")
    assert line.startswith("traits.yaml: x.window: '0 days'")


def test_traits_that_cannot_be_read_at_all_do_not_make_every_segment_wrong():
    [line] = mistakes(traits="a: {", segments="a: {where: x > 1}")
    assert line.startswith("traits.yaml: not YAML")


def test_a_misspelt_name_of_a_broken_trait_still_finds_the_nearest():
    found = mistakes(more="baskets: {count: A, window: 0 days}", segments="a: {where: basket > 1}")
    assert "segments.yaml: a.where: unknown trait 'basket', did you mean 'baskets'? (line 1:12)" in found


def test_a_broken_slot_does_not_make_an_offer_wrong_that_reads_its_context():
    slots = "s: {kind: product, n: many, context: {weekday: text}}"
    [line] = mistakes(slots=slots, offers="offers: {a: {where: context.weekday = 'Sunday'}}")
    assert line.startswith("slots.yaml: s.n:")


def test_an_alias_bomb_ends_at_the_bound():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert any("too much, aliases counted, must be at most 100000 values" in line for line in mistakes(segments=bomb))


def test_a_shop_without_shop_yaml_is_told_how_to_begin():
    with pytest.raises(DefinitionErrors, match=r"shop.yaml: no such file; make a shop with 'shopkeeper init'"):
        load_definitions({"traits.yaml": TRAITS})


def test_a_trait_without_purpose_fails_where_the_default_is_not_declared():
    found = mistakes(shop=SHOP.replace("personalization:", "service:"), traits="city: {stated: text}")
    assert found == [
        "traits.yaml: city: no purpose, and shop.yaml declares no 'personalization', which would be taken: name one "
        "under 'purposes' there (line 1:7)"
    ]


def test_many_mistakes_are_cut_in_the_message_and_kept_in_the_list():
    with pytest.raises(DefinitionErrors) as caught:
        load_definitions(GOOD | {"segments.yaml": "".join(f"s{i}: {i}\n" for i in range(150))})
    assert len(caught.value.mistakes) == 150
    assert str(caught.value).endswith("and 50 more")
