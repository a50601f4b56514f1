from __future__ import annotations

import datetime
from typing import Any

import pydantic
import pytest

from micro.errors import DeclarationError
from services.harness import bound


class User(pydantic.BaseModel):
    name: str
    born: datetime.date | None = None


def test_everything_the_docstring_says_reaches_the_spec():
    def get(user_id: str) -> User:
        """Get a user.

        @example {"user_id": "u1"}

        Args:
            user_id: A UUID.

        Returns:
            The whole profile.

        Raises:
            KeyError: No such user.
        """
        raise KeyError(user_id)

    spec = bound(get, examples=[{"user_id": "u2"}]).spec
    assert spec.description == "Get a user."
    assert spec.input_schema["properties"]["user_id"]["description"] == "A UUID."
    assert spec.returns == "The whole profile."
    assert spec.raises == (("KeyError", "No such user."),)
    assert spec.examples == ({"user_id": "u2"}, {"user_id": "u1"})


def test_the_description_of_the_decorator_goes_over_the_docstring():
    def get() -> None:
        """Get it."""

    assert bound(get, description="Fetch it.").spec.description == "Fetch it."


def test_examples_of_python_values_become_json():
    def put(user: User) -> None: ...

    examples = [{"user": User(name="A", born=datetime.date(2000, 1, 2))}]
    assert bound(put, examples=examples).spec.examples == (
        {"user": {"name": "A", "born": "2000-01-02"}},
    )


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ({"user_id": 5}, "`user_id` is 5; allowed: string"),
        ({"id": "u1"}, "did you mean `user_id`?"),
        ({}, "`user_id` is missing"),
        ({"user_id": object()}, "object"),
        ("u1", "u1"),
        ([1], "[1]"),
    ],
)
def test_an_example_that_does_not_fit_is_refused(example: Any, words: str):
    def get(user_id: str) -> None: ...

    with pytest.raises(DeclarationError) as caught:
        bound(get, examples=[example])

    assert "tool demo.get: the example" in caught.value.message
    assert words in caught.value.message
    assert caught.value.line == get.__code__.co_firstlineno


def test_an_example_in_a_docstring_that_does_not_fit_is_refused():
    def get(user_id: str) -> None:
        """Get.

        @example {"user_id": ["u1"]}
        """

    with pytest.raises(DeclarationError, match="`user_id` is"):
        bound(get)


def test_an_example_that_cannot_be_read_is_refused():
    def get(user_id: str) -> None:
        """Get.

        @example user_id=u1
        """

    with pytest.raises(DeclarationError, match="@example user_id=u1 is neither") as caught:
        bound(get)

    assert "@example" in str(caught.value.mend)
