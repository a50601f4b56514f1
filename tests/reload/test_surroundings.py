"""What code reads beside code: data files, ``.env``, settings, folders outside of the project."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from micro.events import LogWritten, ProblemFound
from patience import DEADLINE
from reload.harness import serving

PAGE = """
    from pathlib import Path
    from micro import Service

    page = Service("page", watch=["templates/*.html"])
    text = (Path(__file__).parent / "templates" / "page.html").read_text()

    @page.tool
    def show() -> str:
        "Show the page."
        return text
"""
ONE = """
    from micro import Service

    one = Service("one")
    calls = 0

    @one.tool
    def count() -> int:
        "Count calls."
        global calls
        calls += 1
        return calls
"""
TALK = """
    import logging
    from micro import Context, Service

    talk = Service("talk")
    log = logging.getLogger("talk.inner")

    @talk.tool
    def say(ctx: Context) -> None:
        "Say something."
        print("printed")
        ctx.log.debug("debug")
        log.warning("warning")
"""


async def test_a_template_that_is_read_at_import_is_read_again_when_saved(tmp_path: Path):
    files = {"shop/page.py": PAGE, "shop/templates/page.html": "first", "one.py": ONE}
    async with serving(tmp_path, files) as served:
        await served.call("one.count")
        for text in ("second", "third"):
            served.write("shop/templates/page.html", text)
            assert await served.call("page.show") == text
        served.write("shop/templates/page.html", "third")
        (tmp_path / "shop/templates/other.txt").write_text("nobody's")
        await served.settle()
        assert len(served.loaded("page")) == 2
        assert await served.call("one.count") == 2


async def test_a_template_that_went_and_came_back_heals_its_service(tmp_path: Path):
    async with serving(tmp_path, {"page.py": PAGE, "templates/page.html": "first"}) as served:
        (tmp_path / "templates/page.html").unlink()
        assert await served.call("page.show") == "first"
        assert "page.html" in (await served.failure("page")).error.message
        served.write("templates/page.html", "first")
        await served.until(lambda: served.loaded("page"))


ENV = """
    import os
    from micro import Service

    from helper import COLOUR

    env = Service("env")

    @env.tool
    def colour() -> str:
        "Give the colour."
        return COLOUR

    @env.tool
    def home() -> str:
        "Give the home."
        return os.environ["HOME"]
"""
HELPER = 'import os\nCOLOUR = os.environ.get("MICRO_TEST_COLOUR", "none")\n'


async def test_the_env_file_is_loaded_and_read_again_when_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "/home/real")
    files = {"env.py": ENV, "helper.py": HELPER, ".env": "MICRO_TEST_COLOUR=red\nHOME=/other\n"}
    async with serving(tmp_path, files) as served:
        assert await served.call("env.colour") == "red"
        assert await served.call("env.home") == "/home/real"
        served.write(".env", "MICRO_TEST_COLOUR='deep blue' # not red\n")
        assert await served.call("env.colour") == "deep blue"
        (tmp_path / ".env").unlink()
        assert await served.call("env.colour") == "none"
        served.write(".env", "MICRO_TEST_COLOUR=green\n")
        assert await served.call("env.colour") == "green"


async def test_settings_that_change_change_which_services_are_served(tmp_path: Path):
    files = {"one.py": ONE, "two.py": ONE.replace("one", "two")}
    async with serving(tmp_path, files) as served:
        await served.call("one.count")
        served.write("micro.toml", 'services = ["one.py"]\n')
        assert await served.names() == ["one.count"]
        assert await served.call("one.count") == 2
        served.write("micro.toml", 'services = ["one.py", "two:two"]\n')
        assert await served.names() == ["one.count", "two.count"]
        (tmp_path / "micro.toml").unlink()
        served.write("pyproject.toml", '[tool.micro]\nservices = ["two.py"]\n')
        assert await served.names() == ["two.count"]


async def test_lines_are_taken_from_the_level_on_that_the_settings_say_now(tmp_path: Path):
    files = {"talk.py": TALK, "micro.toml": 'log_level = "debug"\n'}
    async with serving(tmp_path, files) as served:
        for level, taken in (
            ("debug", ["printed", "debug", "warning"]),
            ("error", ["printed"]),
            ("info", ["printed", "warning"]),
        ):
            served.write("micro.toml", f'log_level = "{level}"\n')
            await served.settle()
            before = len(served.events)
            await served.call("talk.say")
            lines = [each for each in served.events[before:] if isinstance(each, LogWritten)]
            assert [line.text for line in lines if line.call is not None] == taken
        assert not any(line.logger.startswith("micro") for line in served.of(LogWritten))
        assert not served.of(ProblemFound)


async def test_settings_that_are_wrong_leave_all_as_it_is_and_are_told(tmp_path: Path):
    async with serving(tmp_path, {"one.py": ONE, "micro.toml": ""}) as served:
        served.write("micro.toml", "services = 1\n")
        await served.until(lambda: served.of(ProblemFound))
        assert "micro.toml" in served.of(ProblemFound)[-1].message
        assert await served.call("one.count") == 1
        served.write("micro.toml", 'instructions = "Count."\n')
        await served.until(lambda: len(served.of(ProblemFound)) == 2)
        assert served.of(ProblemFound)[-1].message.startswith("instructions changed in micro.toml")
        assert not served.loaded("one")


async def test_code_on_the_python_path_is_watched_where_it_is_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    (elsewhere / "library").mkdir(parents=True)
    (elsewhere / "library" / "__init__.py").write_text("from library.core import number\n")
    (elsewhere / "library" / "core.py").write_text("number = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    one = ONE.replace("calls = 0", "from library import number\n    calls = number * 100")
    async with serving(project, {"one.py": one}) as served:
        assert await served.call("one.count") == 101
        await served.settle()
        (elsewhere / "library" / "core.py").write_text("number = 2\n")
        assert await served.call("one.count") == 201
        (elsewhere / "library" / "extra.py").write_text("number = 3\n")
        (elsewhere / "library" / "__init__.py").write_text("from library.extra import number\n")
        assert await served.call("one.count") == 301


async def test_a_src_folder_is_where_modules_are_imported_from(tmp_path: Path):
    one = ONE.replace("calls = 0", "from shop.prices import number\n    calls = number * 100")
    files = {"src/shop/__init__.py": "", "src/shop/prices.py": "number = 1\n"}
    async with serving(tmp_path, {**files, "src/shop/one.py": one}) as served:
        assert await served.call("one.count") == 101
        served.write("src/shop/prices.py", "number = 2\n")
        with anyio.fail_after(DEADLINE):
            assert await served.call("one.count") == 201
