from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from micro.services.arguments import BadArguments
from services.harness import bound, parsed, refusal


class Address(pydantic.BaseModel):
    street: str
    zip: str = ""


class User(pydantic.BaseModel):
    name: str
    age: Annotated[int, Field(ge=0, le=150)] = 0
    address: Address | None = None


def add(a: int, b: int = 2) -> int:
    return a + b


def save(user: User, tags: list[str] = [], dry: bool = False, note: str | None = None) -> None: ...  # noqa: B006


def test_arguments_left_out_are_left_to_the_functions_defaults():
    assert parsed(add, {"a": 1}) == {"a": 1}
    assert parsed(add, {"a": 1, "b": 3}) == {"a": 1, "b": 3}


@pytest.mark.parametrize("sent", [b"", b" \n", b"null", b"{}"])
def test_nothing_is_an_empty_object(sent: bytes):
    def ping() -> None: ...

    assert bound(ping).arguments.parse(sent) == {}


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ({"a": "5"}, {"a": 5}),
        ({"a": "5", "b": "6"}, {"a": 5, "b": 6}),
        ('{"a": 5}', {"a": 5}),
    ],
)
def test_numbers_and_whole_objects_in_text_are_decoded(sent: Any, taken: Any):
    assert parsed(add, sent) == taken


def test_lists_objects_and_null_in_text_are_decoded():
    taken = parsed(
        save, {"user": '{"name": "Ada", "age": "36"}', "tags": '["a", "b"]', "dry": "true"}
    )

    assert taken == {"user": User(name="Ada", age=36), "tags": ["a", "b"], "dry": True}


def test_texts_inside_of_texts_are_decoded():
    inner = json.dumps({"name": "Ada", "address": json.dumps({"street": "s"})})

    assert parsed(save, {"user": inner})["user"].address == Address(street="s")


def test_text_for_a_number_or_nothing_is_decoded():
    def find(limit: int | None = 5, ids: list[int] | None = None) -> None: ...

    assert parsed(find, {"limit": "null", "ids": "[1, 2]"}) == {"limit": None, "ids": [1, 2]}


def test_text_for_a_text_is_never_decoded():
    def note(text: str, maybe: str | None = None, either: list[int] | str = "") -> None: ...

    sent = {"text": "[1, 2]", "maybe": "null", "either": "[1]"}
    assert parsed(note, sent) == sent


def test_a_text_that_fails_its_own_rule_is_reported_as_it_was_sent():
    def note(code: Annotated[str, Field(pattern="^[a-z]+$")]) -> None: ...

    assert '`code` is "123"; allowed: string matching ^[a-z]+$' in refusal(note, {"code": "123"})


def test_what_is_wrong_inside_of_a_decoded_text_is_named_exactly():
    message = refusal(save, {"user": '{"name": 5}'})

    assert "`user.name` is 5; allowed: string" in message


def test_the_message_names_field_value_allowed_and_an_example():
    message = refusal(save, {"user": {"name": "Ada", "age": 200}})

    assert message.splitlines() == [
        "demo.save: a problem with the arguments.",
        "- `user.age` is 200; allowed: integer from 0 to 150",
        'Example: {"user":{"name":"text"}}',
    ]


def test_several_problems_are_listed_at_once_missing_and_unknown_too():
    message = refusal(save, {"usr": {}, "tags": [1], "dry": "perhaps"})

    assert "4 problems" in message
    assert "- `user` is missing: object with name (string)" in message
    assert "- `usr` is unknown; did you mean `user`? Known: user, tags, dry, note" in message
    assert "- `tags[0]` is 1; allowed: string" in message
    assert '- `dry` is "perhaps"; allowed: boolean' in message


def test_more_than_five_problems_are_counted():
    def many(a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> None: ...

    message = refusal(many, {})
    assert message.count("is missing") == 5
    assert "- and 2 more" in message


def test_an_unknown_field_of_a_nested_model_says_what_was_meant():
    class Strict(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="forbid")
        colour: str = "red"

    def paint(it: list[Strict]) -> None: ...

    assert "`it[0].color` is unknown; did you mean `colour`?" in refusal(
        paint, {"it": [{"color": "blue"}]}
    )


def test_an_unknown_name_of_a_tool_without_parameters_says_that_there_are_none():
    def ping() -> None: ...

    assert "`a` is unknown; Known: there are none" in refusal(ping, {"a": 1})


def test_choices_are_listed():
    def paint(colour: Literal["red", "blue"]) -> None: ...

    assert '`colour` is "green"; allowed: one of "red", "blue"' in refusal(
        paint, {"colour": "green"}
    )


def test_a_union_is_one_problem_and_not_one_for_each_branch():
    def find(by: int | list[int] | None) -> None: ...

    message = refusal(find, {"by": {"x": 1}})
    assert "a problem with" in message
    assert '`by` is {"x":1}; allowed: integer or array of integer or null' in message


def test_inside_of_a_union_the_deepest_problem_is_told():
    def find(by: User | None) -> None: ...

    message = refusal(find, {"by": {"age": 3}})
    assert "a problem with" in message
    assert "`by.name` is missing: string" in message


def test_the_words_of_the_authors_own_validator_reach_the_model():
    def even(value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd: send an even number")
        return value

    def take(n: Annotated[int, pydantic.AfterValidator(even)]) -> None: ...

    assert "`n` is 3; 3 is odd: send an even number" in refusal(take, {"n": 3})


def test_the_description_of_the_field_is_part_of_the_message():
    def find(limit: Annotated[int, "How many users", Field(le=9)]) -> None: ...

    assert "allowed: integer of at most 9. How many users" in refusal(find, {"limit": 10})


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"[1]", "are a JSON array, not an object"),
        (b"5", "are a JSON integer, not an object"),
        (b'"x"', "are a JSON string, not an object"),
        (b"true", "are a JSON boolean, not an object"),
        (b'{"a": 1', "are not valid JSON"),
        (b'{"a": NaN}', "are not valid JSON"),
        (b'{"a": 1, "b": Infinity}', "are not valid JSON"),
        (b'{"a": "\xff"}', "are not valid JSON"),
        (b'{"a": "\\ud800"}', "are not valid JSON"),
        (b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "recursion limit"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "are not valid JSON"),
    ],
)
def test_what_is_no_json_object_is_refused_with_an_example(sent: bytes, words: str):
    message = refusal(add, sent)

    assert words in message
    assert 'Send a JSON object, such as {"a":1}' in message
    assert len(message) < 400


def test_nan_is_refused_wherever_it_hides_and_the_word_in_a_text_is_not():
    def take(anything: Any) -> None: ...

    assert "not valid JSON" in refusal(take, b'{"anything": [NaN]}')
    assert "not valid JSON" in refusal(take, b'{"anything": -Infinity}')
    assert parsed(take, {"anything": "NaN and Infinity"}) == {"anything": "NaN and Infinity"}


def test_an_infinite_number_is_refused():
    def take(x: float) -> None: ...

    assert "`x` is Infinity; allowed: number" in refusal(take, b'{"x": 1e999}')


def test_a_huge_value_is_not_echoed():
    message = refusal(add, {"a": "x" * 1_000_000})

    assert "(1000002 characters)" in message
    assert len(message) < 300


def test_a_huge_name_is_not_echoed():
    assert len(refusal(add, {"a": 1, "x" * 100_000: 1})) < 300


def test_a_million_problems_are_counted_and_not_read():
    def take(rows: list[Address]) -> None: ...

    sent = b'{"rows":[' + b",".join([b"{}"] * 300_000) + b"]}"
    message = refusal(take, sent)

    assert "300000 problems" in message
    assert "rows (array of object)" in message


def test_a_text_that_hides_a_million_problems_is_counted_too():
    def take(rows: list[Address]) -> None: ...

    text = "[" + ",".join(["{}"] * 300_000) + "]"
    assert "300000 problems" in refusal(take, {"rows": text})


def test_the_authors_example_is_shown_in_place_of_a_made_one():
    def get(user_id: str) -> None:
        """Get.

        @example {"user_id": "user-123"}
        """

    assert 'Example: {"user_id":"user-123"}' in refusal(get, {})


def test_no_example_is_shown_if_none_that_fits_can_be_made():
    def get(code: Annotated[str, Field(pattern="^x[0-9]{3}$")]) -> None: ...

    message = refusal(get, {})
    assert "Example" not in message
    assert "`code` is missing: string matching ^x[0-9]{3}$" in message


def test_keys_of_a_dict_may_be_called_as_branches_of_a_union_are():
    def take(counts: dict[str, int | list[int]]) -> None: ...

    assert "`counts.int` is" in refusal(take, {"counts": {"int": "x"}})


@settings(max_examples=200, deadline=None)
@given(sent=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_bytes_arrive_the_outcome_is_arguments_or_a_message(sent: bytes):
    try:
        SAVE.arguments.parse(sent)
    except BadArguments as error:
        assert str(error).startswith("demo.save: ")


SAVE = bound(save)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["user", "tags", "name", "age", "address", "zip"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(sent=st.dictionaries(st.sampled_from(["user", "tags", "dry", "note", "x"]), ANYTHING))
def test_whatever_json_arrives_the_outcome_is_arguments_or_a_message(sent: dict[str, Any]):
    try:
        SAVE.arguments.parse(json.dumps(sent).encode())
    except BadArguments as error:
        assert str(error).startswith("demo.save: ")
        assert len(str(error)) < 4_000
