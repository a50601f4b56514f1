import pytest

from devtool.exports.views import service_view, tool_view
from micro.errors import ConfigError
from micro_devtool.trials.run import every_example, examples_of, find_tool, read_arguments

SERVICES = [
    service_view(
        tool_view("users.get", examples=({"id": 1}, {"id": 2})),
        tool_view("users.add", examples=({"name": "a"},)),
        tool_view("users.list"),
    )
]


@pytest.mark.parametrize("name", ["users.get", "users_get"])
def test_a_tool_is_found_by_both_of_its_names(name: str):
    assert find_tool(SERVICES, name).name == "users.get"


def test_a_wrong_name_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ConfigError) as refused:
        find_tool(SERVICES, "users.gett")
    assert refused.value.mend == "did you mean 'users.get'?"


def test_every_example_is_tried_in_the_order_of_names():
    assert [trial.name for trial in every_example(SERVICES)] == [
        "users.add[1]",
        "users.get[1]",
        "users.get[2]",
    ]
    assert examples_of(SERVICES[0].tools[0])[1].arguments == {"id": 2}


@pytest.mark.parametrize(("text", "said"), [("{", "not JSON"), ("[1]", "not an object")])
def test_arguments_that_are_no_object_are_refused(text: str, said: str):
    with pytest.raises(ConfigError, match=said):
        read_arguments(text, source="the input")
