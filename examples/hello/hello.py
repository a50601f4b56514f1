"""The smallest service: two functions that an agent can call."""

from typing import Annotated

from micro import Service

hello = Service("hello", version="1.0.0", description="Greets people and adds numbers.")


@hello.tool(read_only=True)
def greet(name: Annotated[str, "Whom to greet"]) -> str:
    """Greet someone by name.

    @example {"name": "Ada"}
    """
    return f"Hello, {name}!"


@hello.tool(read_only=True)
def add(a: float, b: float) -> float:
    """Add two numbers.

    Args:
        a: The first number.
        b: The second number.

    @example {"a": 2, "b": 3}
    """
    return a + b
