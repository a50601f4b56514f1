"""Each guide is followed as a reader does: its files are written, its commands are typed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devtool.harness import DEADLINE, dev
from micro_devtool.reference import reference

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted(path.name for path in DOCS.glob("*.md") if path.name != "configuration.md")
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Reader:
    """Follows one guide in a folder of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        scripts = Path(sys.executable).parent
        self.environment = os.environ | {
            "HOME": str(home),
            "PATH": f"{scripts}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(["", *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.running = ExitStack()
        self.address = ""

    def write(self, text: str) -> None:
        name = re.match(r"# (\S+\.py)\n", text)
        assert name, f"the file has no name: {text[:60]}"
        (self.folder / name[1]).write_text(text)

    def type(self, command: str) -> str:
        if command == "micro dev":
            started = self.running.enter_context(dev(self.folder))
            self.address = started.event("runtime_started")["addresses"][0]
            started.event("service_loaded")
            return ""
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        ended = subprocess.run(
            ["bash", "-c", command.replace("http://localhost:3000", self.address)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE * 2,
        )
        assert ended.returncode == 0, f"{command}: {ended.stdout}"
        return ended.stdout


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that the guide shows below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield command, shown


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", GUIDES)
def test_what_a_guide_says_to_type_does_what_it_says(tmp_path: Path, name: str):
    home = tmp_path / "home"
    home.mkdir()
    reader = Reader(tmp_path / "work", home)
    reader.folder.mkdir()
    typed = 0
    with reader.running:
        for kind, block in _BLOCK.findall((DOCS / name).read_text()):
            if kind == "python":
                reader.write(block)
                continue
            for command, shown in commands(block):
                said = reader.type(command)
                typed += 1
                for line in shown:
                    assert line in said, f"{command} said: {said}"
    assert typed


def test_the_reference_of_settings_is_that_of_the_settings():
    same = (DOCS / "configuration.md").read_text() == reference()
    assert same, "write it anew: python -m micro_devtool.reference > docs/configuration.md"


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_between_guides_lead_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert target.startswith("https://") or (path.parent / target).exists(), target
