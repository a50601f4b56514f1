"""What was declared into a service, by name: its tools, resources and prompts.

Refuses what cannot be named, and names that are taken. Compiling is ``binding``'s.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from micro.errors import NameTaken
from micro.services.binding import BoundTool, ToolDocs, bind_member, check_docs
from micro.services.handlers import Method
from micro.services.names import check_tool_name
from micro.services.origins import Origin, enclosing_names, origin_of
from micro.services.tool import Declaration, Function, Mark


class Declarations:
    """The members of one service, in the order declared.

    Args:
        service: Its name.
        origin: Where it was made.
    """

    def __init__(self, service: str, origin: Origin) -> None:
        self._service = service
        self._origin = origin
        self._members: dict[str, Declaration] = {}

    def __len__(self) -> int:
        return len(self._members)

    @property
    def modules(self) -> frozenset[str]:
        """The modules that declared something."""
        return frozenset(member.origin.module for member in self._members.values())

    def checked(self, function: object) -> Origin:
        """Give where a function was written.

        Raises:
            DeclarationError: It is none.
        """
        if not inspect.isroutine(function):
            raise self._origin.error(
                f"{function!r} is declared as a tool, and is no function",
                mend="write @service.tool above a def, options by keyword: @service.tool(name='x')",
            )
        return origin_of(function)

    def add(self, function: Function, mark: Mark) -> None:
        """Declare a function, whose options were checked.

        Raises:
            DeclarationError: It is no function, or its name cannot be.
            NameTaken: Something of this service has its name.
        """
        origin = self.checked(function)
        name = mark.options.get("name", getattr(function, "__name__", ""))
        check_tool_name(self._service, name, origin)
        if taken := self._members.get(name):
            raise origin.error(
                f"{self._service}.{name} is declared here and at {taken.origin}",
                mend="rename one, or give it name=",
                kind=NameTaken,
            )
        self._members[name] = Declaration(
            service=self._service,
            name=name,
            kind=mark.kind,
            uri=mark.uri,
            function=function,
            options=mark.options,
            origin=origin,
            scope=enclosing_names(function),
        )

    def add_method(self, method: Method, scopes: Sequence[str], prefix: str | None) -> None:
        """Declare a method of a handler, with more scopes and its prefix."""
        options = dict(method.mark.options)
        if scopes:
            options["scopes"] = tuple(dict.fromkeys([*options.get("scopes", ()), *scopes]))
        if prefix:
            options["name"] = f"{prefix}_{options.get('name', method.name)}"
        mark = Mark(kind=method.mark.kind, options=options, uri=method.mark.uri)
        self.add(method.function, mark)

    def bind(
        self,
        docs: Mapping[str, ToolDocs],
        docs_origin: Origin,
        *,
        hooks: Sequence[Any],
        before: Mapping[str, BoundTool],
    ) -> Iterator[BoundTool]:
        """Compile every member that is no hook; see ``bind_member`` for what was bound before.

        Raises:
            DeclarationError: Names the member, the parameter, the place and the mend.
        """
        check_docs(docs, self._members, docs_origin)
        for name, member in self._members.items():
            if member.function not in hooks:
                yield from bind_member(member, docs.get(name, {}), docs_origin, before=before)
