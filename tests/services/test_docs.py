from __future__ import annotations

import pytest

from micro.services.docs import read_docs
from services.harness import properties

GOOGLE = """Move a thing.

    It is lifted first.

    Args:
        to: Where to,
            as a path.
        speed (int): How fast.

    Returns:
        The new place.

    Raises:
        ValueError: There is no such place.
    """

NUMPY = """Move a thing.

    It is lifted first.

    Parameters
    ----------
    to : str
        Where to,
        as a path.
    speed : int, optional
        How fast.

    Returns
    -------
    str
        The new place.

    Raises
    ------
    ValueError
        There is no such place.
    """

SPHINX = """Move a thing.

    It is lifted first.

    :param to: Where to,
        as a path.
    :param int speed: How fast.
    :returns: The new place.
    :raises ValueError: There is no such place.
    """

EPYDOC = """Move a thing.

    It is lifted first.

    @param to: Where to,
        as a path.
    @param speed: How fast.
    @return: The new place.
    @raise ValueError: There is no such place.
    """

JSDOC = """Move a thing.

    It is lifted first.

    @param to Where to,
        as a path.
    @param {int} speed - How fast.
    @returns The new place.
    @throws ValueError There is no such place.
    """


@pytest.mark.parametrize(
    "text", [GOOGLE, NUMPY, SPHINX, EPYDOC, JSDOC], ids=["google", "numpy", "sphinx", "@", "js"]
)
def test_every_style_says_the_same(text: str):
    docs = read_docs(text)

    assert docs.description == "Move a thing.\n\nIt is lifted first."
    assert dict(docs.parameters) == {"to": "Where to, as a path.", "speed": "How fast."}
    assert docs.returns == "The new place."
    assert docs.raises == (("ValueError", "There is no such place."),)


@pytest.mark.parametrize("text", [None, "", "   \n  "])
def test_no_docstring_says_nothing(text: str | None):
    docs = read_docs(text)

    assert (docs.description, docs.parameters, docs.returns) == ("", {}, "")


def test_examples_are_taken_out_of_the_description():
    docs = read_docs(
        """Find users.

        @example {"name": "Ada"}
        @example {'name': None, 'deep': {'a': (1, 2)}}

        Args:
            name: Whose.

        @example {
            "name": "Bob",

            "limit": 3
        }
        """
    )

    assert docs.description == "Find users."
    assert docs.parameters == {"name": "Whose."}
    assert docs.examples == (
        {"name": "Ada"},
        {"name": None, "deep": {"a": (1, 2)}},
        {"name": "Bob", "limit": 3},
    )


def test_an_example_may_begin_on_the_line_below():
    docs = read_docs('Find.\n\n@example:\n{"name": "Ada"}\n@param name: Whose.')

    assert docs.examples == ({"name": "Ada"},)
    assert docs.parameters == {"name": "Whose."}


@pytest.mark.parametrize("written", ["{name: Ada}", "5", "", "[1]", '{"a": '])
def test_an_example_that_is_no_object_is_refused(written: str):
    with pytest.raises(ValueError, match="@example"):
        read_docs(f"Find.\n\n@example {written}\n@param name: x")


def test_words_on_parameters_that_do_not_exist_change_nothing():
    def find(name: str) -> None:
        """Find.

        Args:
            name: Whose.
            nam: Nobody's.
        """

    assert properties(find) == {"name": {"type": "string", "description": "Whose."}}


def test_code_and_colons_in_the_description_stay():
    docs = read_docs("Use it so: `a: b`.\n\nNote that x: y is fine.\n\n    code: block")

    assert docs.description == ("Use it so: `a: b`.\n\nNote that x: y is fine.\n\n    code: block")
