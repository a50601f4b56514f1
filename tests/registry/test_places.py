"""Which code is the project's own, wherever it lies."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

import micro
from micro.registry.places import Places


def test_folders_of_the_path_are_the_projects_unless_installed_or_micros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    root, library = tmp_path / "project", tmp_path / "library"
    packages = tmp_path / "lib" / "site-packages"
    for folder in (root, library, packages):
        folder.mkdir(parents=True)
    own = str(Path(micro.__file__).parents[1])
    monkeypatch.setattr(
        sys, "path", [sysconfig.get_path("stdlib"), str(root), str(library), str(packages), own]
    )
    places = Places(root)
    places.look_outside()
    assert places.outside == (library,)
    assert places.owns(root / "a.py")
    assert places.owns(library / "b.py")
    assert not places.owns(root / ".venv" / "lib" / "site-packages" / "c.py")
    assert not places.owns(packages / "d.py")
    assert places.name(library / "shop" / "prices.py") == "shop.prices"
    assert places.name(root / "shop" / "__init__.py") == "shop"
    assert places.shown(root / "shop" / "a.py") == "shop/a.py"
    assert places.shown(library / "b.py") == str(library / "b.py")
