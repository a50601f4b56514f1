"""URI templates: which URIs fit one, and what their variables are.

RFC 6570, as far as URIs can be told from one another: ``{name}`` stands for a part without
slashes, ``{+path}`` for the rest with them. Expanding templates is the client's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST = 2_048
"""Characters of a URI that is looked at; a longer one fits nothing."""

_expression = re.compile(r"\{([^{}]*)\}")
_variable = re.compile(r"(?P<operator>\+?)(?P<name>[A-Za-z_][A-Za-z0-9_]*)\Z")
_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class UriTemplate:
    """A template; one without variables is a URI.

    Attributes:
        names: Its variables, in order.
        literals: Characters that stand for themselves: the more, the closer it describes a URI.
    """

    names: tuple[str, ...]
    literals: int
    pattern: re.Pattern[str]
    reserved: frozenset[str]

    def match(self, uri: str) -> Mapping[str, str] | None:
        """Give the variables of a URI, decoded; ``None`` if it does not fit.

        A value that would step out of its place (``..``, a slash in a ``{name}``) does not fit.
        """
        found = self.pattern.fullmatch(uri) if len(uri) <= LONGEST else None
        if found is None:
            return None
        values = {name: unquote(value) for name, value in found.groupdict().items()}
        for name, value in values.items():
            if not (_is_text(value) and _stays(value, slashes=name in self.reserved)):
                return None
        return values


def read_template(text: str) -> UriTemplate:
    """Read a template.

    Raises:
        ValueError: It is none; the message says why.
    """
    if not _uri.match(text):
        raise ValueError("a URI begins with a scheme, as users://{id} does")
    names: list[str] = []
    reserved: set[str] = set()
    pattern, end = "", 0
    for expression in _expression.finditer(text):
        variable = _variable.match(expression[1])
        if variable is None:
            raise ValueError(f"{expression[0]} is not understood; write {{name}} or {{+path}}")
        name = variable["name"]
        if name in names:
            raise ValueError(f"{{{name}}} stands there twice")
        if names and expression.start() == end:
            raise ValueError(f"{{{names[-1]}}} and {{{name}}} cannot be told apart")
        if reserved and variable["operator"]:
            raise ValueError("only one variable may have slashes")
        names.append(name)
        if variable["operator"]:
            reserved.add(name)
        inside = ".+" if variable["operator"] else "[^/?#]+"
        pattern += re.escape(text[end : expression.start()]) + f"(?P<{name}>{inside})"
        end = expression.end()
    literal = _expression.sub("", text)
    if "{" in literal or "}" in literal:
        raise ValueError("a brace is open or closed alone")
    return UriTemplate(
        names=tuple(names),
        literals=len(literal),
        pattern=re.compile(pattern + re.escape(text[end:]), re.DOTALL),
        reserved=frozenset(reserved),
    )


def _is_text(value: str) -> bool:
    """Whether it is text at all: Python's JSON lets half of a surrogate pair pass."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stays(value: str, *, slashes: bool) -> bool:
    parts = re.split(r"[/\\]", value)
    return "\0" not in value and ".." not in parts and (slashes or len(parts) == 1)
