"""What the official MCP conformance suite calls, as an ordinary micro project.

Each tool does what the suite's scenario of it asks for. Resources and prompts are in ``offers``,
tools that ask their client in ``asking``.
"""

import asyncio
import base64
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from asking import Asking
from offers import Offers
from pydantic import BaseModel, Field

from micro import Context, Service, ToolError, ToolResult

test = Service("test", version="1.0.0", description="What the conformance suite calls.")

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/"
    "iZk9HQAAAABJRU5ErkJggg=="
)
WAV = base64.b64encode(
    b"RIFF\x26\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e"
    b"\x00\x00\x02\x00\x10\x00data\x02\x00\x00\x00\x00\x00"
).decode()

test.handle(Asking())
test.handle(Offers())

schemas = Service("json", description="What the suite reads of schemas.")

EXTRA = Path(__file__).with_name("extra.py")


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def image() -> dict[str, Any]:
    return {"type": "image", "data": PNG, "mimeType": "image/png"}


def resource(uri: str, *, mime_type: str, words: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": words}}


@test.tool
def simple_text() -> str:
    """Answer with a plain text."""
    return "This is a simple text response for testing."


@test.tool
def image_content() -> ToolResult:
    """Answer with a picture of one pixel."""
    return ToolResult(content=(image(),))


@test.tool
def audio_content() -> ToolResult:
    """Answer with a sound of one sample."""
    return ToolResult(content=({"type": "audio", "data": WAV, "mimeType": "audio/wav"},))


@test.tool
def embedded_resource() -> ToolResult:
    """Answer with a resource inside the result."""
    words = "This is an embedded resource content."
    block = resource("test://embedded-resource", mime_type="text/plain", words=words)
    return ToolResult(content=(block,))


@test.tool
def multiple_content_types() -> ToolResult:
    """Answer with a text, a picture and a resource."""
    block = resource(
        "test://mixed-content-resource",
        mime_type="application/json",
        words='{"test":"data","value":123}',
    )
    return ToolResult(content=(text("Multiple content types test:"), image(), block))


@test.tool
def error_handling() -> str:
    """Fail on purpose."""
    raise ToolError("This tool intentionally returns an error for testing")


@test.tool
async def tool_with_progress(ctx: Context) -> str:
    """Report three steps of progress."""
    for step in (0, 50, 100):
        await ctx.progress(step, 100, f"Completed step {step} of 100")
        await asyncio.sleep(0.05)
    return "done"


@test.tool
async def tool_with_logging(ctx: Context) -> str:
    """Log three lines."""
    for words in ("started", "processing data", "completed"):
        ctx.log.info("Tool %s", words)
        await asyncio.sleep(0.05)
    return "done"


@test.tool
def logging_tool(ctx: Context) -> str:
    """Log a line."""
    ctx.log.info("Only who asked for log lines is told of this one")
    return "done"


@test.tool
async def streaming_elicitation(ctx: Context) -> str:
    """Stream progress; asks the client nothing."""
    await ctx.progress(1, 2)
    return "done"


@test.tool
def reconnection() -> str:
    """Answer on the stream that the call came by."""
    return "done"


def replace_numbered(kind: str) -> str:
    """Change a list as a developer does: save a file."""
    source = EXTRA.read_text("utf-8")
    number = int(re.findall(rf"def {kind}_(\d+)", source)[0])
    EXTRA.write_text(source.replace(f"{kind}_{number}(", f"{kind}_{number + 1}("), "utf-8")
    return f"{kind} {number + 1} replaces {kind} {number}"


@test.tool
def trigger_tool_change() -> str:
    """Change the list of tools."""
    return replace_numbered("tool")


@test.tool
def trigger_prompt_change() -> str:
    """Change the list of prompts."""
    return replace_numbered("prompt")


@test.tool
def header_parameter(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
) -> str:
    """Take an argument that the client mirrors into a header."""
    return region


class address(BaseModel):  # the suite looks for a definition of this very name
    """Where somebody lives."""

    street: str = ""
    city: str = ""


CONDITIONS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"address": {"$anchor": "addressDef"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
}


@schemas.tool(schema=CONDITIONS)
def schema_2020_12_tool(
    name: str = "",
    address: address | None = None,
    contact_method: Annotated[
        Literal["phone", "email"] | None, Field(alias="contactMethod")
    ] = None,
    phone: str = "",
    email: str = "",
) -> str:
    """Take arguments whose schema has all that JSON Schema has."""
    return f"{name} {address} {contact_method} {phone} {email}"
