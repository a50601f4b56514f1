import pytest

from devtool.exports.views import service_view, tool_view
from micro.errors import ConfigError
from micro.registry.contract import compare_tools
from micro_devtool.contract.lock import lock_text, read_lock, specs_of

TOOLS = (
    tool_view("users.get", scopes=("b", "a"), annotations={"readOnlyHint": True}),
    tool_view("users.add", output_schema={"type": "object"}),
)


def test_a_lock_read_back_holds_the_same_tools():
    services = [service_view(*TOOLS)]
    assert compare_tools(read_lock(lock_text(services), source="x"), specs_of(services)) == ()


def test_the_same_tools_give_the_same_lock_in_any_order_and_on_any_line():
    moved = [tool_view("users.add", output_schema={"type": "object"}, line=99), TOOLS[0]]
    assert lock_text([service_view(*TOOLS)]) == lock_text([service_view(*moved, generation=7)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a lock"),
        ("[]", "not a lock"),
        ('{"version": 1, "tools": {"a.b": {}}}', "not a lock"),
        ('{"version": 2, "tools": {}}', "has version 2"),
    ],
)
def test_what_is_no_lock_is_refused_with_the_mend(text: str, said: str):
    with pytest.raises(ConfigError, match=said) as refused:
        read_lock(text, source="tools.lock.json")
    assert refused.value.mend == "make it anew with: micro mcp lock"
