"""A service that ``test.trigger_tool_change`` rewrites while the suite runs."""

from micro import Service

extra = Service("extra")


@extra.tool
def tool_1() -> str:
    """Answer."""
    return "extra"
