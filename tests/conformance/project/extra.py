"""A service that ``test.trigger_tool_change`` and its like rewrite while the suite runs."""

from micro import Service

extra = Service("extra")


@extra.tool
def tool_1() -> str:
    """Answer."""
    return "extra"


@extra.prompt
def prompt_1() -> str:
    """Say something."""
    return "extra"
