"""Every export as the dashboard offers it: one key each, written into the project's folder.

The command line has the same under `micro mcp docs` and `micro mcp export`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from micro.errors import MicroError
from micro.snapshots import ServiceView
from micro_devtool.exports.write import FOLDER, exporter_for, write_file
from micro_tui.exporting import Export

Make = Callable[[Sequence[ServiceView], str, str], str]
"""Gives a text of services, a title, and the URL that micro is served at, without a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One file that can be written: ``file`` is its name below ``FOLDER``."""

    key: str
    label: str
    file: str
    make: Make


def exports_for(root: Path, *, title: str, served: Callable[[], str]) -> list[Export]:
    """Give what can be written of services below a folder.

    Args:
        root: The folder.
        title: The project's name.
        served: Gives where micro is served now, without a path; empty if nowhere.
    """
    pages = Export(key="d", label="docs: a page a service, and schemas", write=exporter_for(root))
    return [pages, *(_export(form, root, title, served) for form in FORMS)]


def _export(form: Form, root: Path, title: str, served: Callable[[], str]) -> Export:
    async def write(services: Sequence[ServiceView]) -> str:
        shown = [service for service in services if service.generation]
        if not shown:
            raise MicroError("no service is loaded, so there is nothing to export")
        path = root / FOLDER / form.file
        await anyio.to_thread.run_sync(lambda: write_file(path, form.make(shown, title, served())))
        return f"wrote {FOLDER / form.file}"

    return Export(key=form.key, label=f"{form.label}: {form.file}", write=write)


def _markdown(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.markdown import project_page

    return project_page(services)


def _html(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.html import html_page

    return html_page(services, title=title)


def _json(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.schemas import schemas_text

    return schemas_text(services)


def _llms(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.llms import llms_text

    return llms_text(services, title=title)


def _llms_full(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.llms import llms_full_text

    return llms_full_text(services, title=title)


def _openapi(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro.doors.openapi import openapi_text

    return openapi_text(services, title=title, url=_served(url))


def _langchain(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.python import module_text

    return module_text(services, "langchain", url=_served(url))


def _llamaindex(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.python import module_text

    return module_text(services, "llamaindex", url=_served(url))


def _autogpt(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.autogpt import agent_text

    return agent_text(services, title=title, url=f"{_served(url)}/mcp")


def _openai(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.models import functions_text

    return functions_text(services, "openai")


def _anthropic(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.models import functions_text

    return functions_text(services, "anthropic")


def _gemini(services: Sequence[ServiceView], title: str, url: str) -> str:
    from micro_devtool.exports.models import functions_text

    return functions_text(services, "gemini")


def _served(url: str) -> str:
    if not url:
        raise MicroError(
            "no HTTP address is served, which this export calls",
            mend="serve one with: micro dev --address :3000",
        )
    return url


FORMS = (
    Form(key="m", label="Markdown, one page", file="tools.md", make=_markdown),
    Form(key="h", label="HTML, one page", file="tools.html", make=_html),
    Form(key="j", label="JSON with schemas", file="schemas.json", make=_json),
    Form(key="l", label="an overview for models", file="llms.txt", make=_llms),
    Form(key="f", label="all that is known, for models", file="llms-full.txt", make=_llms_full),
    Form(key="o", label="OpenAPI 3.1", file="openapi.json", make=_openapi),
    Form(key="c", label="LangChain tools", file="langchain_tools.py", make=_langchain),
    Form(key="i", label="LlamaIndex tools", file="llamaindex_tools.py", make=_llamaindex),
    Form(key="u", label="AutoGPT agent", file="autogpt.json", make=_autogpt),
    Form(key="p", label="OpenAI functions", file="openai.json", make=_openai),
    Form(key="a", label="Anthropic tools", file="anthropic.json", make=_anthropic),
    Form(key="g", label="Gemini functions", file="gemini.json", make=_gemini),
)
