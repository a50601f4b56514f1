"""`micro mcp export`: the tools in the forms that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from micro_devtool.commands import options

if TYPE_CHECKING:
    from micro_devtool.servers.source import Offer

Format = Literal[
    "langchain", "llamaindex", "autogpt", "openapi", "json", "openai", "anthropic", "gemini"
]

_MEND = "put micro before it: micro mcp serve --address :3000 --command …, or --url …"


def export(
    format: Annotated[
        Format,
        typer.Argument(
            help="langchain and llamaindex: Python modules; autogpt: an agent to import; openapi: "
            "3.1 of the REST paths; json: all that is known; the others: for requests to models."
        ),
    ],
    path: options.Folder = None,
    *,
    url: options.Url = None,
    command: options.Command = None,
    header: options.Headers = None,
    served_at: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where callers reach it. [default: where it is served now]"
        ),
    ] = None,
    out: options.Out = None,
) -> int:
    """Write the tools in a form that other programs read."""
    from micro_devtool.servers.source import load_offer, source_of

    options.give(_text(format, load_offer(source_of(path, url, command, header)), served_at), out)
    return 0


def _text(format: Format, offer: Offer, served_at: str | None) -> str:
    from micro.doors import openapi
    from micro_devtool.exports import autogpt, models, python, schemas

    services, title = offer.services, offer.title
    match format:
        case "json":
            return schemas.schemas_text(services)
        case "openai" | "anthropic" | "gemini":
            return models.functions_text(services, format)
        case "autogpt":
            return autogpt.agent_text(services, title=title, url=_url(offer, served_at))
        case "openapi":
            return openapi.openapi_text(services, title=title, url=_rest(offer, served_at))
        case "langchain" | "llamaindex":
            return python.module_text(services, format, url=_rest(offer, served_at))


def _url(offer: Offer, served_at: str | None) -> str:
    """Give where the export finds MCP."""
    from micro.errors import ConfigError
    from micro_devtool.servers.source import MCP_PATH

    if served_at:
        return served_at.rstrip("/").removesuffix(MCP_PATH) + MCP_PATH
    if offer.url is None:
        raise ConfigError(f"{offer.title} is reached by its command only", mend=_MEND)
    return offer.url


def _rest(offer: Offer, served_at: str | None) -> str:
    """Give where the export finds the REST door."""
    from micro.errors import ConfigError
    from micro_devtool.servers.source import MCP_PATH

    if not offer.has_rest:
        raise ConfigError(f"{offer.title} has no REST door, which this calls", mend=_MEND)
    return _url(offer, served_at).removesuffix(MCP_PATH)
