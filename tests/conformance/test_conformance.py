"""The official conformance suite has nothing to say against an ordinary micro project."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator

import pytest

from conformance import run as conformance

CHECKS = {"2025-06-18": 56, "2025-11-25": 80, "2026-07-28": 152}
"""As many as there are: a scenario that finds nothing to check would pass, too."""


@pytest.fixture(scope="module")
def suite() -> list[str]:
    try:
        return conformance.install(conformance.find_node())
    except subprocess.CalledProcessError:
        if os.environ.get("CI"):
            raise
        pytest.skip("the suite cannot be installed: no package registry can be reached")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with conformance.serving() as address:
        yield address


@pytest.mark.timeout(180)
@pytest.mark.parametrize("version", conformance.LEGS)
def test_every_scenario_passes(version: str, suite: list[str], url: str):
    verdict = conformance.run(version, suite, url)
    assert verdict.passes, verdict.written
    assert verdict.checks["SUCCESS"] >= CHECKS[version]
