import pytest

from micro_devtool.cases.matchers import Matcher, with_matchers

UUID = "5f0c2c4e-8a4b-4c1a-9b1e-0d6b6f1c2a3d"
NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("anything", UUID, "uuid"),
        ("at", "2026-11-22T10:00:00Z", "time"),
        ("at", "2026-11-22 10:00:00+01:00", "time"),
        ("now", NOW + 60, "time"),
        ("now_ms", int(NOW * 1000), "time"),
        ("order_id", 17, "id"),
        ("userId", "u-1", "id"),
        ("ids", [1, 2], "id"),
        ("order", "ord_4fK2mX81bQzP", "id"),
        ("digest", "9e107d9d372bb6826bd81d3542a419d6", "id"),
        ("said", "the password is [redacted]", "any"),
    ],
)
def test_what_is_another_each_time_becomes_a_matcher(key: str, value: object, kind: str):
    changed = with_matchers({key: value}, given={}, moment=NOW)
    assert changed == {key: [Matcher(kind)] * 2 if isinstance(value, list) else Matcher(kind)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("item", "tea"),
        ("day", "2026-11-22"),
        ("total", 17),
        ("total", 1.5e9),
        ("valid", True),
        ("id", None),
        ("id", ""),
        ("word", "deadbeef"),
        ("paid", "in full"),
    ],
)
def test_what_a_tool_computes_stays_as_it_is(key: str, value: object):
    assert with_matchers({key: value}, given={}, moment=NOW) == {key: value}


def test_what_the_caller_gave_stays_as_it_is():
    result = [{"id": UUID, "order_id": 7}, {"order_id": 8}]
    changed = with_matchers(result, given={"users": [UUID], "n": 7}, moment=NOW)
    assert changed == [{"id": UUID, "order_id": 7}, {"order_id": Matcher("id")}]


@pytest.mark.parametrize(
    ("matcher", "fits", "fits_not"),
    [
        (Matcher("any"), [None, 1, "", {}], []),
        (Matcher("id"), [1, "u-1"], [None, "", "two words", True, 1.5, {}]),
        (Matcher("uuid"), [UUID], ["", UUID[:-1], 7]),
        (Matcher("time"), ["2026-11-22T10:00Z", NOW, NOW * 1000], ["tea", "2026-11-22", 7, True]),
        (Matcher("number"), [1, 1.5], ["1", True, None]),
        (Matcher("text"), ["", "tea"], [1, None]),
        (Matcher("match", r"T-\d+"), ["T-1"], ["T-", "a T-1", 1]),
    ],
    ids=lambda value: str(value) if isinstance(value, Matcher) else "",
)
def test_a_matcher_takes_its_kind_alone(
    matcher: Matcher, fits: list[object], fits_not: list[object]
):
    assert [value for value in fits if not matcher.fits(value)] == []
    assert [value for value in fits_not if matcher.fits(value)] == []
