"""Tools that ask their client: the same code for clients of every protocol version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from micro import Context, Elicit, ListRoots, Sample


@dataclass
class Person:
    """Who the user is."""

    username: str = field(metadata={"description": "User's response"})
    email: str


@dataclass
class Defaults:
    """A form that is filled in already."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


def one_text(name: str) -> dict[str, Any]:
    return {"properties": {name: {"type": "string"}}, "required": [name]}


def titled(*values: str) -> list[dict[str, str]]:
    return [{"const": value, "title": value.title()} for value in values]


OPTIONS = ["option1", "option2", "option3"]
VALUES = ["value1", "value2", "value3"]
CHOICES = {
    "untitledSingle": {"type": "string", "enum": OPTIONS},
    "titledSingle": {"type": "string", "oneOf": titled(*VALUES)},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": titled(*VALUES)}},
}


class Asking:
    """Tools of service ``test``."""

    async def sampling(self, prompt: str, ctx: Context) -> str:
        """Ask the client's model."""
        return f"LLM response: {(await ctx.sample(prompt, max_tokens=100)).text}"

    async def elicitation(self, message: str, ctx: Context) -> str:
        """Ask the user who they are."""
        answer = await ctx.elicit(message, Person)
        return f"User response: {answer.action}, {answer.value}"

    async def elicitation_sep1034_defaults(self, ctx: Context) -> str:
        """Show a form that is filled in."""
        answer = await ctx.elicit("Please check this", Defaults)
        return f"Elicitation completed: action={answer.action}, content={answer.value}"

    async def elicitation_sep1330_enums(self, ctx: Context) -> str:
        """Show a form with every kind of choice."""
        answer = await ctx.elicit("Please choose", {"properties": CHOICES})
        return f"Elicitation completed: action={answer.action}, content={answer.value}"

    async def missing_capability(self, ctx: Context) -> str:
        """Ask what this client did not say that it can be asked."""
        return (await ctx.sample("Anybody there?")).text

    async def input_required_result_elicitation(self, ctx: Context) -> str:
        """Ask for a name."""
        answer = await ctx.elicit("What is your name?", one_text("name"), key="user_name")
        return f"Hello, {answer.value}"

    async def input_required_result_sampling(self, ctx: Context) -> str:
        """Ask the model."""
        return (await ctx.sample("What is the capital of France?", key="capital_question")).text

    async def input_required_result_list_roots(self, ctx: Context) -> str:
        """Ask for the folders."""
        return f"Roots: {await ctx.roots()}"

    async def input_required_result_request_state(self, ctx: Context) -> str:
        """Ask for a confirmation."""
        wanted = {"properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
        await ctx.elicit("Please confirm", wanted, key="confirm")
        return "state-ok"

    async def input_required_result_tampered_state(self, ctx: Context) -> str:
        """Ask for a confirmation, once more."""
        await ctx.elicit("Please confirm", bool, key="confirm")
        return "done"

    async def input_required_result_multiple_inputs(self, ctx: Context) -> str:
        """Ask three things at once."""
        name, greeting, roots = await ctx.ask(
            Elicit("What is your name?", one_text("name"), key="user_name"),
            Sample("Generate a greeting", max_tokens=50, key="greeting"),
            ListRoots(key="client_roots"),
        )
        return f"{greeting.text} {name.value} {roots}"

    async def input_required_result_multi_round(self, ctx: Context) -> str:
        """Ask one thing after the other."""
        name = await ctx.elicit("Step 1: What is your name?", one_text("name"))
        color = await ctx.elicit("Step 2: What is your favorite color?", one_text("color"))
        return f"{name.value} {color.value}"

    async def input_required_result_capabilities(self, ctx: Context) -> str:
        """Ask whatever this client can be asked."""
        if "elicitation" in ctx.abilities:
            return str(await ctx.elicit("What is your name?", str))
        return (await ctx.sample("Say hello")).text
