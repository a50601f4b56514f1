"""`micro mcp export`: the tools in the forms that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro_devtool.exports.models import Maker
    from micro_devtool.exports.python import Framework

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")
]
_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]

_Url = Annotated[
    str | None, typer.Option(help="Where it is served. [default: the project's address]")
]


def build_app() -> typer.Typer:
    """Put the commands of `micro mcp export` together."""
    app = typer.Typer(help="Write what other programs read.", rich_markup_mode=None)
    app.command("json")(_schemas)
    app.command("schemas", hidden=True)(_schemas)
    app.command("openapi")(_openapi)
    app.command("langchain")(_langchain)
    app.command("llamaindex")(_llamaindex)
    app.command("openai")(_openai)
    app.command("anthropic")(_anthropic)
    app.command("gemini")(_gemini)
    return app


def _schemas(path: _Folder = None, *, out: Out = None) -> int:
    """Everything known of every tool, with its JSON Schemas."""
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.schemas import schemas_text

    give(schemas_text(load_services(path)), out)
    return 0


def _openapi(path: _Folder = None, *, url: _Url = None, out: Out = None) -> int:
    """OpenAPI 3.1 of the REST paths of every tool."""
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.openapi import openapi_text

    title, served = _project(path, url)
    give(openapi_text(load_services(path), title=title, url=served), out)
    return 0


def _langchain(path: _Folder = None, *, url: _Url = None, out: Out = None) -> int:
    """A Python module with the tools for LangChain."""
    return _module(path, "langchain", url, out)


def _llamaindex(path: _Folder = None, *, url: _Url = None, out: Out = None) -> int:
    """A Python module with the tools for LlamaIndex."""
    return _module(path, "llamaindex", url, out)


def _module(path: Path | None, framework: Framework, url: str | None, out: Path | None) -> int:
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.python import module_text

    _, served = _project(path, url)
    give(module_text(load_services(path), framework, url=served), out)
    return 0


def _project(path: Path | None, url: str | None) -> tuple[str, str]:
    """Give a project's name, and where its REST door listens."""
    from micro.config import load_project
    from micro.doors.listen import parse_address
    from micro_devtool.projects import project_root

    project = load_project(project_root(path))
    return project.name, url or parse_address(project.settings.address).url


def _openai(path: _Folder = None, *, out: Out = None) -> int:
    """What goes into `tools` of OpenAI's chat completions."""
    return _functions(path, "openai", out)


def _anthropic(path: _Folder = None, *, out: Out = None) -> int:
    """What goes into `tools` of Anthropic's messages."""
    return _functions(path, "anthropic", out)


def _gemini(path: _Folder = None, *, out: Out = None) -> int:
    """What goes into `tools` of Gemini's generateContent."""
    return _functions(path, "gemini", out)


def _functions(path: Path | None, maker: Maker, out: Path | None) -> int:
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.models import functions_text

    give(functions_text(load_services(path), maker), out)
    return 0


def give(text: str, out: Path | None) -> None:
    """Write text to a file, or to stdout if there is none."""
    from micro_devtool import output
    from micro_devtool.exports.write import write_file

    if out is None:
        output.data(text.rstrip("\n"))
    else:
        write_file(out, text)
        output.note(f"micro: wrote {out}")
