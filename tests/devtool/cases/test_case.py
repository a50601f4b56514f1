import pytest

from devtool.cases.kept import detail
from micro.errors import ConfigError, MicroError
from micro_devtool.cases.case import Case, case_of
from micro_devtool.cases.matchers import Matcher

UUID = "5f0c2c4e-8a4b-4c1a-9b1e-0d6b6f1c2a3d"


def test_a_call_becomes_a_case_without_what_is_as_always():
    kept = detail('{"item": "tea"}', f'{{"id": "{UUID}", "total": 3}}')
    assert case_of(kept) == {
        "tool": "shop.order",
        "arguments": {"item": "tea"},
        "result": {"id": Matcher("uuid"), "total": 3},
    }


def test_who_called_with_which_scopes_is_part_of_a_case():
    kept = detail("{}", '"hi"', subject="eve", scopes_held=("shop:read",))
    assert case_of(kept) == {
        "tool": "shop.order",
        "arguments": {},
        "as": "eve",
        "scopes": ["shop:read"],
        "result": "hi",
    }


def test_what_mcp_puts_around_a_result_is_taken_off():
    assert case_of(detail("{}", '{"result": [1]}'))["result"] == [1]
    assert Case.model_validate({"tool": "a.b", "result": {"result": 3}}).expected == 3


def test_a_failure_and_a_refusal_are_cases():
    failed = detail("{}", '[{"type": "text", "text": "no tea"}]', outcome="error")
    assert case_of(failed)["error"] == "no tea"
    refused = detail("{}", "", outcome="refused")
    assert case_of(refused) == {
        "tool": "shop.order",
        "arguments": {},
        "scopes": [],
        "refused": Matcher("any"),
    }


@pytest.mark.parametrize("outcome", ["cancelled", None])
def test_a_call_that_did_not_end_by_itself_is_no_case(outcome: str | None):
    with pytest.raises(MicroError, match="is no case"):
        case_of(detail("{}", "", outcome=outcome))


@pytest.mark.parametrize(
    ("arguments", "error"), [('{"key": "[redacted]"}', MicroError), ("", ConfigError)]
)
def test_a_call_whose_arguments_are_not_kept_is_no_case(arguments: str, error: type[Exception]):
    with pytest.raises(error, match=r"what is kept|not kept"):
        case_of(detail(arguments, "1"))


def test_a_case_expects_one_thing_and_null_is_a_thing():
    assert Case.model_validate({"tool": "a.b", "result": None}).expected is None
    assert Case.model_validate({"tool": "a.b"}).expected == Matcher("any")
    assert Case.model_validate({"tool": "a.b", "error": "no"}).outcome == "error"
    with pytest.raises(ValueError, match="takes one of result, error, refused"):
        Case.model_validate({"tool": "a.b", "result": 1, "error": "no"})
