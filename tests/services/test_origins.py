from __future__ import annotations

from pathlib import Path

from micro.services.origins import Origin, origin_of, origin_of_caller


def test_a_place_near_by_is_shown_relative_and_one_elsewhere_whole():
    near = Path.cwd() / "shop.py"

    assert str(Origin(file=str(near), line=3)) == "shop.py:3"
    assert str(Origin(file="/elsewhere/shop.py", line=3)) == "/elsewhere/shop.py:3"
    assert str(Origin(file="", line=0)) == "<unknown>"


def test_a_function_without_source_has_no_place():
    assert origin_of(len).file == ""


def test_asking_beyond_the_outermost_caller_gives_no_place():
    assert origin_of_caller(10_000) == Origin(file="", line=0)
