"""What the dashboard is lent: each export written, each client's settings, a call as a case."""

from __future__ import annotations

import ast
import json
import os
import tomllib
from pathlib import Path

import pytest

from micro.errors import MicroError
from micro_devtool.clients.places import PLACES
from micro_devtool.exports.offered import FORMS, exports_for
from micro_devtool.exports.write import FOLDER
from micro_devtool.lending import case_text, connections, lent_for, served_at
from tui.shop import make_detail, make_service

SERVICES = (make_service("orders", "create", "get"),)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.file)
async def test_each_export_is_written_as_what_its_name_says(form: object, tmp_path: Path) -> None:
    exports = exports_for(tmp_path, title="shop", served=lambda: "http://127.0.0.1:3000")
    export = next(each for each in exports if form.label in each.label)  # pyright: ignore
    said = await export.write(SERVICES)
    path = tmp_path / said.removeprefix("wrote ")
    text = path.read_text("utf-8")
    assert path.parent == tmp_path / FOLDER
    assert "orders" in text
    match path.suffix:
        case ".json":
            json.loads(text)
        case ".py":
            ast.parse(text)
        case _:
            assert "Create an order" in text


async def test_nothing_is_exported_where_nothing_is_served(tmp_path: Path) -> None:
    exports = exports_for(tmp_path, title="shop", served=lambda: "")
    for export in exports:
        with pytest.raises(MicroError, match="nothing to export"):
            await export.write(())
    refused = [each for each in exports if "OpenAPI" in each.label]
    with pytest.raises(MicroError, match="no HTTP address"):
        await refused[0].write(SERVICES)
    assert not os.listdir(tmp_path)


def test_every_key_of_a_menu_is_one(tmp_path: Path) -> None:
    for offered in (exports_for(tmp_path, title="", served=lambda: ""), connections(tmp_path, "x")):
        keys = [each.key for each in offered]
        assert len(set(keys)) == len(keys)


def test_each_client_is_given_its_settings_as_it_reads_them(tmp_path: Path) -> None:
    found = connections(tmp_path, "my shop")
    assert len(found) == len(PLACES)
    for snippet, place in zip(found, PLACES.values(), strict=True):
        toml = ".toml" in snippet.label
        settings = tomllib.loads(snippet.text) if toml else json.loads(snippet.text)
        (server,) = settings[place.table].values()
        assert str(tmp_path) in json.dumps(server)


async def test_a_call_is_saved_as_a_case_of_the_project(tmp_path: Path) -> None:
    lent = lent_for(tmp_path)
    assert lent.save_case is not None
    path = lent.save_case(make_detail())
    assert path.is_relative_to(tmp_path / "tests" / "calls")
    assert "orders.create" in path.read_text("utf-8")
    assert "sku: A-113" in case_text(make_detail())


def test_a_project_that_nothing_serves_has_no_address(tmp_path: Path) -> None:
    assert served_at(tmp_path) == ""
