"""Prompts as authors declare them, what they give, and what completes their arguments."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest

from micro import Audio, Context, Image, Message, Resource, Service, any_of, prompt
from micro.errors import DeclarationError, MissingScopes, UnknownPrompt
from micro.services.completing import choices
from micro.testing import open_client


def texts(service: Service, **options: Any) -> Service:
    @service.prompt(**options)
    def review(code: str, lines: int = 10, strict: bool = False) -> str:
        """Review some code.

        Args:
            code: What to look at.
        """
        return f"Review {lines} lines, {strict}: {code}"

    return service


async def test_a_prompt_gives_a_message_of_the_user():
    async with open_client(texts(Service("code"))) as client:
        got = await client.prompt("code.review", {"code": "x = 1", "lines": "3", "strict": "true"})
        content = {"type": "text", "text": "Review 3 lines, True: x = 1"}
        assert got.value == [{"role": "user", "content": content}]
        assert [record.tool for record in client.calls] == ["code.review"]


async def test_a_prompt_gives_several_messages_of_every_kind():
    service = Service("show")

    @service.prompt
    async def mixed(ctx: Context) -> list[Any]:
        """Show a mixture."""
        return [
            "look",
            Image(data=b"i"),
            Message(Audio(data=b"a"), role="assistant"),
            Message(Resource(data={"a": 1}, uri="x://y")),
        ]

    async with open_client(service) as client:
        got = (await client.prompt("show.mixed")).value
        assert [message["role"] for message in got] == ["user", "user", "assistant", "user"]
        kinds = [message["content"]["type"] for message in got]
        assert kinds == ["text", "image", "audio", "resource"]
        embedded = {"uri": "x://y", "mimeType": "application/json", "text": '{"a":1}'}
        assert got[3]["content"]["resource"] == embedded


@pytest.mark.parametrize("returned", [None, 7, Message("x", role="system"), Resource(data="x")])  # pyright: ignore[reportArgumentType]
async def test_what_is_no_message_is_the_prompts_fault(returned: Any):
    service = Service("bad")

    @service.prompt
    def wrong() -> Any:
        """Give something wrong."""
        return returned

    async with open_client(service) as client:
        assert (await client.prompt("bad.wrong")).error_kind == "bad_result"


async def test_a_prompt_needs_its_scopes_and_its_arguments():
    service = texts(Service("code"), scopes=[any_of("code:read", "code:write")])
    async with open_client(service, scopes=["code:write"]) as client:
        assert (await client.prompt("code.review")).error_kind == "bad_arguments"
        with pytest.raises(UnknownPrompt, match="Did you mean `code_review`"):
            await client.prompt("code.reviw")
    async with open_client(service, scopes=["x"]) as client:
        with pytest.raises(MissingScopes):
            await client.prompt("code.review", {"code": "x"})


def test_a_prompt_has_no_options_of_tools():
    with pytest.raises(DeclarationError, match="a prompt has no option 'read_only'"):
        texts(Service("code"), read_only=True)


class Handler:
    @prompt(title="Greeting")
    def greet(self, name: str) -> str:
        """Greet somebody."""
        return f"Hello, {name}"


def test_methods_of_an_instance_are_prompts_where_they_are_marked():
    service = Service("polite")
    service.handle(Handler(), prefix="very", scopes={"greet": ["a"]})
    (spec,) = (bound.spec for bound in service.bind())
    assert (spec.kind, spec.name, spec.title, spec.scopes) == (
        "prompt",
        "very_greet",
        "Greeting",
        ("a",),
    )


def test_docs_go_over_a_prompts_docstring():
    service = texts(Service("code"))
    service.docs({"review": {"description": "Better words.", "parameters": {"code": "Code."}}})
    (spec,) = (bound.spec for bound in service.bind())
    assert spec.description == "Better words."
    assert spec.input_schema["properties"]["code"]["description"] == "Code."


class Color(Enum):
    RED = "red"
    BLUE = "blue"


def test_choices_come_from_types():
    service = Service("pick")

    @service.prompt
    def pick(
        color: Color, size: Literal["s", "m"] | None = None, loud: bool = False, free: str = ""
    ) -> str:
        """Pick."""
        return ""

    schema = service.bind()[0].spec.input_schema
    assert choices(schema, "color") == ["red", "blue"]
    assert choices(schema, "size") == ["s", "m"]
    assert choices(schema, "loud") == ["true", "false"]
    assert choices(schema, "free") == choices(schema, "nothing") == []


@pytest.mark.parametrize(
    ("complete", "message"),
    [
        ({"cod": str}, "names no argument 'cod'"),
        ({"code": "x"}, "no function"),
        ({"code": lambda: []}, "neither one parameter nor two"),  # pyright: ignore
    ],
)
def test_what_cannot_complete_is_refused(complete: Any, message: str):
    with pytest.raises(DeclarationError, match=message):
        texts(Service("code"), complete=complete).bind()
