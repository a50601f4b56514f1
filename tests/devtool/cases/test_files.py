from pathlib import Path

import pytest

from devtool.cases.kept import detail
from micro.errors import ConfigError
from micro_devtool.cases.files import case_files, read_cases, save_case
from micro_devtool.cases.matchers import Matcher

CALLS = Path("tests/calls")


def write(folder: Path, text: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(text)
    return path


def test_the_same_call_is_the_same_file_and_another_call_another(tmp_path: Path):
    first = save_case(detail('{"item": "tea"}', "3"), tmp_path)
    assert first == tmp_path / CALLS / "shop-order.yaml"
    assert save_case(detail('{"item": "tea"}', "3"), tmp_path) == first
    second = save_case(detail('{"item": "milk"}', "3"), tmp_path)
    assert second.name == "shop-order-2.yaml"
    assert case_files(tmp_path) == [second, first]


def test_what_is_saved_is_read_again(tmp_path: Path):
    kept = detail('{"item": "tea"}', '{"id": 17}', subject="eve")
    (placed,) = read_cases(save_case(kept, tmp_path))
    assert placed.name == "shop-order"
    assert placed.case.tool == "shop.order"
    assert placed.case.subject == "eve"
    assert placed.case.expected == {"id": Matcher("id")}


def test_a_file_may_hold_several_cases(tmp_path: Path):
    path = write(tmp_path, "tool: a.b\n---\n# nothing\n---\ntool: a.c\nabout: second\n")
    assert [(p.name, p.case.tool) for p in read_cases(path)] == [
        ("some[1]", "a.b"),
        ("some[2]", "a.c"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arguments: {}", "tool: Field required"),
        ("tool: a.b\nresults: 1", "results: Extra inputs are not permitted"),
        ("tool: a.b\narguments: [1]", "arguments: Input should be a valid dictionary"),
        ("- 1", "Input should be a valid dictionary"),
        ("tool: a.b\n---\ntool: 1", "case 2 is no case: tool"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(tmp_path: Path, text: str, said: str):
    with pytest.raises(ConfigError) as caught:
        read_cases(write(tmp_path, text))
    assert said in caught.value.message
    assert "some.yaml" in caught.value.message
    assert "tool, about, arguments, as, scopes" in (caught.value.mend or "")
