from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from micro.errors import DeclarationError
from micro.services.service import Service
from micro.services.tracebacks import SIZE_LIMIT, author_frames, load_error
from services.harness import call_of, local

SHOP = """
import json

from micro import Service

shop = Service("shop")


@shop.tool
async def price(text: str) -> int:
    return read(text)


@shop.tool
def deep(n: int) -> int:
    return deep(n + 1)


@shop.tool
def chained() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        raise LookupError("no price list") from error


@shop.tool
async def grouped() -> None:
    import anyio

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fail, "one")
        tasks.start_soon(fail, "two")


async def fail(word: str) -> None:
    raise ValueError(word)


def read(text: str) -> int:
    return json.loads(text)["price"]
"""


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "prices.py").write_text(SHOP)
    return tmp_path


async def traceback_of(project: Path, tool: str, arguments: dict[str, Any]) -> str:
    module = load(project / "shop" / "prices.py")
    tools = {each.spec.name: each for each in local(module.shop, root=project).tools}
    result = await tools[tool].run(call_of(arguments))
    assert result.fault is not None
    assert result.fault.kind == "exception"
    assert str(project) not in result.fault.traceback
    assert result.fault.traceback not in result.text
    return result.fault.traceback


async def test_a_traceback_has_the_authors_frames_alone_with_source_and_relative_paths(
    project: Path,
):
    text = await traceback_of(project, "price", {"text": "{}"})

    lines = [line for line in text.splitlines() if "^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        '  File "shop/prices.py", line 11, in price',
        "    return read(text)",
        '  File "shop/prices.py", line 41, in read',
        '    return json.loads(text)["price"]',
        "KeyError: 'price'",
    ]


async def test_frames_of_libraries_are_cut_and_their_message_stays(project: Path):
    text = await traceback_of(project, "price", {"text": "{"})

    assert "decoder.py" not in text
    assert text.splitlines()[-1].startswith("json.decoder.JSONDecodeError: Expecting")


async def test_causes_are_kept_each_cut_the_same_way(project: Path):
    text = await traceback_of(project, "chained", {})

    assert "JSONDecodeError" in text
    assert "direct cause" in text
    assert text.endswith("LookupError: no price list")
    assert "decoder.py" not in text


async def test_groups_of_errors_show_every_member(project: Path):
    text = await traceback_of(project, "grouped", {})

    assert "ValueError: one" in text
    assert "ValueError: two" in text
    assert "_backends" not in text


async def test_a_group_of_one_is_shown_as_the_one():
    import anyio

    service = Service("demo")

    @service.tool
    async def alone() -> None:
        async def fail() -> None:
            raise ValueError("only")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail)

    (tool,) = local(service).tools
    fault = (await tool.run(call_of())).fault
    assert fault is not None
    assert "ExceptionGroup" not in fault.traceback
    assert fault.traceback.endswith("ValueError: only")


async def test_endless_recursion_is_short(project: Path):
    text = await traceback_of(project, "deep", {"n": 1})

    assert "Previous line repeated" in text
    assert "RecursionError" in text
    assert len(text) < 2_000


def test_a_huge_message_is_cut():
    text = author_frames(ValueError("x" * 1_000_000), None)

    assert len(text) < SIZE_LIMIT + 100
    assert "characters left out" in text


def test_an_exception_that_cannot_say_itself_is_shown():
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert "Mute" in author_frames(Mute(), None)
    assert "Mute" in load_error(Mute(), None).message


def test_frames_in_a_virtualenv_of_the_project_are_no_author_frames(tmp_path: Path):
    library = tmp_path / ".venv" / "lib" / "site-packages" / "lib_of_tests.py"
    library.parent.mkdir(parents=True)
    library.write_text("def fail():\n    raise OSError('disk')\n")
    (tmp_path / "mine.py").write_text("def go(fail):\n    fail()\n")
    mine = load(tmp_path / "mine.py")

    with pytest.raises(OSError, match="disk") as caught:
        mine.go(load(library).fail)

    text = author_frames(caught.value, tmp_path)
    assert 'File "mine.py", line 2, in go' in text
    assert "site-packages" not in text


def failure(path: Path) -> BaseException:
    with pytest.raises(BaseException) as caught:
        load(path)
    return caught.value


def test_a_syntax_error_gives_file_line_and_caret(tmp_path: Path):
    path = tmp_path / "broken.py"
    path.write_text("x = 1\ndef f(:\n    pass\n")

    error = load_error(failure(path), tmp_path)

    assert (error.file, error.line, error.message) == (
        "broken.py",
        2,
        "SyntaxError: invalid syntax",
    )
    assert 'File "broken.py", line 2' in error.frames
    assert "def f(:" in error.frames
    assert "^" in error.frames
    assert "importlib" not in error.frames


def test_an_error_while_loading_gives_the_authors_line(tmp_path: Path):
    path = tmp_path / "orders.py"
    path.write_text("import json\n\nprice = Decimal(1)\n")

    error = load_error(failure(path), tmp_path)

    assert (error.file, error.line) == ("orders.py", 3)
    assert error.message == "NameError: name 'Decimal' is not defined"
    assert error.frames.splitlines()[0] == "Traceback (most recent call last):"
    assert '  File "orders.py", line 3, in <module>\n    price = Decimal(1)' in error.frames
    assert error.frames.endswith("NameError: name 'Decimal' is not defined")


def test_a_wrong_declaration_gives_its_own_place_and_the_mend(tmp_path: Path):
    path = tmp_path / "users.py"
    path.write_text(
        "from micro import Service\n\nusers = Service('users')\n\n\n"
        "@users.tool\ndef get(user) -> None: ...\n"
    )
    module = load(path)
    with pytest.raises(DeclarationError) as caught:
        local(module.users, root=tmp_path)

    error = load_error(caught.value, tmp_path)

    assert (error.file, error.line) == ("users.py", 6)
    assert error.message == "tool users.get: parameter user has no type"
    assert (error.frames, error.mend) == ("", "write user: str, or user: Any")


def test_a_missing_package_is_told_where_to_install_it(tmp_path: Path):
    path = tmp_path / "orders.py"
    path.write_text("import nosuchpackage.prices\n")

    error = load_error(failure(path), tmp_path)

    assert error.message == "ModuleNotFoundError: No module named 'nosuchpackage'"
    assert sys.executable in error.mend
    assert error.mend.endswith(" nosuchpackage")


def test_a_module_that_a_package_lacks_is_not_to_be_installed(tmp_path: Path):
    path = tmp_path / "orders.py"
    path.write_text("import json.prices\n")

    assert load_error(failure(path), tmp_path).mend == ""


def test_an_error_without_a_place_has_none():
    error = load_error(SystemExit(3), None)

    assert (error.file, error.line, error.message) == ("", None, "SystemExit: 3")


def test_a_message_of_many_lines_becomes_one():
    error = load_error(ValueError("one\n  two"), None)

    assert error.message == "ValueError: one two"


def test_after_an_edit_the_lines_shown_are_those_of_the_file_now(tmp_path: Path):
    path = tmp_path / "edited.py"
    for word in ("first", "second"):
        path.write_text(f"raise ValueError('{word}')\n")
        shown = f"line 1, in <module>\n    raise ValueError('{word}')"
        assert shown in load_error(failure(path), tmp_path).frames


def test_a_traceback_is_plain_text():
    assert json.dumps(author_frames(ValueError("\x1b[31mred"), None))
