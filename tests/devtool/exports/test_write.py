import json
from pathlib import Path

import pytest

from devtool.exports.views import service_view, tool_view
from micro.errors import MicroError
from micro_devtool.exports.write import export, exporter_for, safe_name, write_file


async def test_the_dashboards_export_writes_pages_and_schemas_and_says_where(tmp_path: Path):
    services = [service_view(tool_view()), service_view(name="orders")]
    assert await exporter_for(tmp_path)(services) == "wrote 3 files to docs/tools/"
    folder = tmp_path / "docs" / "tools"
    assert sorted(path.name for path in folder.iterdir()) == [
        "orders.md",
        "schemas.json",
        "users.md",
    ]
    assert len(json.loads((folder / "schemas.json").read_text())["services"]) == 2


async def test_a_service_that_never_loaded_is_left_out(tmp_path: Path):
    with pytest.raises(MicroError, match="nothing to export"):
        await export([service_view(generation=0)], tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", ".hid", "a/b", "", "..", "x" * 500])
def test_no_name_leads_out_of_the_folder(name: str):
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert not safe.startswith(".")
    assert 0 < len(safe) <= 100


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path):
    path = tmp_path / "x.md"
    write_file(path, "one")
    write_file(path, "two")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("x.md", "two")]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "docs").write_text("a file where the folder should be")
    with pytest.raises(MicroError, match=r"docs.*cannot be written"):
        write_file(tmp_path / "docs" / "x.md", "text")
