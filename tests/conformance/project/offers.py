"""The resources and prompts that the suite reads: a class whose methods say what they are."""

from __future__ import annotations

import base64
from typing import Any

from micro import Context, Elicit, Image, Message, Resource, prompt, resource

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/"
    "iZk9HQAAAABJRU5ErkJggg=="
)


class Offers:
    """Resources and prompts."""

    @resource("test://static-text")
    def static_text(self) -> str:
        """Give a text."""
        return "This is the content of the static text resource."

    @resource("test://static-binary", mime_type="image/png")
    def static_binary(self) -> bytes:
        """Give a picture of one pixel."""
        return PIXEL

    @resource("test://template/{id}/data")
    def template(self, id: str) -> dict[str, Any]:
        """Give data by its id."""
        return {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}

    @resource("test://watched-resource")
    def watched(self) -> str:
        """Give what clients subscribe to."""
        return "watched"

    @prompt
    def simple_prompt(self) -> str:
        """Say one sentence."""
        return "This is a simple prompt for testing."

    @prompt(complete={"arg1": lambda typed: [typed + "ing", "paris", "park"]})
    def prompt_with_arguments(self, arg1: str, arg2: str) -> str:
        """Say what was given."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @prompt
    def prompt_with_embedded_resource(self, resourceUri: str) -> list[Message]:
        """Show a resource and ask for something."""
        words = "Embedded resource content for testing."
        return [
            Message(Resource(data=words, uri=resourceUri, mime_type="text/plain")),
            Message("Please process the embedded resource above."),
        ]

    @prompt
    def prompt_with_image(self) -> list[Message]:
        """Show a picture and ask for something."""
        return [Message(Image(data=PIXEL)), Message("Please analyze the image above.")]

    @prompt
    async def input_required_result_prompt(self, ctx: Context) -> str:
        """Ask the user what it is about."""
        question = Elicit(
            "What context should the prompt use?",
            {"properties": {"context": {"type": "string"}}, "required": ["context"]},
            key="user_context",
        )
        (answer,) = await ctx.ask(question)
        return f"The context is {answer.value}."
