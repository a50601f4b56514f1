"""What an author writes first: a named group of tools, with a start and a stop.

Holds declarations only. They are compiled in ``binding`` and run in ``backends``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, Unpack, overload

from micro.errors import NameTaken
from micro.services.binding import BoundTool, ToolDocs, bind_tool, check_docs
from micro.services.handlers import Method, check_scope_table, tool_methods
from micro.services.hosting import Hosting, checked_hook, checked_hosting
from micro.services.names import check_service_name, check_tool_name
from micro.services.origins import Origin, enclosing_names, origin_of, origin_of_caller
from micro.services.tool import Declaration, Function, ToolOptions, check_options

F = TypeVar("F", bound=Function)
Hook = Callable[[], Any]
H = TypeVar("H", bound=Hook)
T = TypeVar("T", bound=Callable[[Any], Any])


class Service:
    """A named group of tools.

    Lives as long as the module that made it: a reload runs the module again, which makes another.
    ``bind`` gives frozen tools, so that what is served never changes under a call.

    Args:
        name: Begins the names of its tools: ``users`` gives ``users.get_user``.
        version: The author's own.
        description: What the service is for, for people and models.
        instructions: How a model should use the tools together.
        hosting: How the project's host loads it: see ``Hosting``.

    Attributes:
        module: Name of the module that made it.
        file: That module's file, absolute.
        line: Where in the file.
        handover: What ``on_handover`` declared, ``None`` if nothing; ``takeover`` likewise.
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "",
        description: str = "",
        instructions: str = "",
        **hosting: Unpack[Hosting],
    ) -> None:
        self.origin = origin_of_caller(1)
        check_service_name(name, self.origin)
        self.name = name
        self.version = version
        self.description = description
        self.instructions = instructions
        self.hosting = checked_hosting(hosting, self.origin)
        self.module, self.file, self.line = self.origin.module, self.origin.file, self.origin.line
        self._declarations: dict[str, Declaration] = {}
        self._docs: dict[str, ToolDocs] = {}
        self._docs_origin = self.origin
        self._start_hooks: list[Hook] = []
        self._stop_hooks: list[Hook] = []
        self.handover: Callable[[], Any] | None = None
        self.takeover: Callable[[Any], Any] | None = None

    def __repr__(self) -> str:
        return f"Service({self.name!r}, {len(self._declarations)} tools)"

    @overload
    def tool(self, function: F, /) -> F: ...
    @overload
    def tool(self, /, **options: Unpack[ToolOptions]) -> Callable[[F], F]: ...
    def tool(self, function: Function | None = None, /, **options: Unpack[ToolOptions]) -> Any:
        """Declare a function, sync or async, as a tool; use it bare or with options.

        Raises:
            DeclarationError: The name or an option cannot be.
            NameTaken: The service has a tool of that name.
        """
        if function is not None:
            self._declare(function, options)
            return function

        def declare(declared: F) -> F:
            self._declare(declared, options)
            return declared

        return declare

    def handle(
        self,
        handler: object,
        *,
        scopes: Mapping[str, Sequence[str]] | None = None,
        prefix: str | None = None,
    ) -> None:
        """Declare the public typed methods of an instance as tools.

        Args:
            handler: The instance; its methods are called on it, so state may live there.
            scopes: Method name to the scopes it needs, beside what ``@tool`` on it says.
            prefix: Put before each name with an underscore.

        Raises:
            DeclarationError: The handler is a class, or ``scopes`` names no method of it.
            NameTaken: The service has a tool of that name.
        """
        origin = origin_of_caller(1)
        methods = tool_methods(handler, origin)
        check_scope_table(scopes or {}, methods, origin)
        for method in methods:
            options = _with_scopes(method, (scopes or {}).get(method.name, ()))
            if prefix:
                options["name"] = f"{prefix}_{options.get('name', method.name)}"
            self._declare(method.function, options)

    def on_start(self, hook: H) -> H:
        """Run a function, sync or async, before the first call; in the order declared."""
        self._start_hooks.append(checked_hook(hook, self.name))
        return hook

    def on_stop(self, hook: H) -> H:
        """Run a function, sync or async, after the last call; in reverse order.

        One that fails is logged, and the rest still run.
        """
        self._stop_hooks.append(checked_hook(hook, self.name))
        return hook

    def on_handover(self, hook: H) -> H:
        """Ask a function, sync or async, what the next generation should know: plain data.

        Called at a reload, once the next generation has started. Where it fails, that is logged,
        and the next begins without.
        """
        self.handover = checked_hook(hook, self.name, taken=self.handover)
        return hook

    def on_takeover(self, hook: T) -> T:
        """Give a function, sync or async, what the last generation handed over, as its argument.

        Called at a reload, after the start hooks and before the first call. Not called where there
        is nothing to take over. Where it fails, the last generation keeps serving.
        """
        self.takeover = checked_hook(hook, self.name, arguments=1, taken=self.takeover)
        return hook

    def docs(self, tools: Mapping[str, ToolDocs]) -> None:
        """Say what tools are for, over what their docstrings say.

        Names of tools and parameters are checked when the service is bound.
        """
        self._docs_origin = origin_of_caller(1)
        self._docs.update(tools)

    @property
    def start_hooks(self) -> tuple[Hook, ...]:
        """What runs before the first call, in order."""
        return tuple(self._start_hooks)

    @property
    def stop_hooks(self) -> tuple[Hook, ...]:
        """What runs after the last call, in order: last declared first."""
        return tuple(reversed(self._stop_hooks))

    @property
    def modules(self) -> frozenset[str]:
        """The modules that declared into the service: they belong to one load of it."""
        declared = {declaration.origin.module for declaration in self._declarations.values()}
        return frozenset(declared | {self.module})

    def bind(self) -> tuple[BoundTool, ...]:
        """Compile every tool: schemas, validators, docs; in the order declared.

        Raises:
            DeclarationError: Names the tool, the parameter, the place and the mend.
        """
        check_docs(self._docs, self._declarations, self._docs_origin)
        hooks = [*self._start_hooks, *self._stop_hooks, self.handover, self.takeover]
        return tuple(
            bind_tool(declaration, self._docs.get(name, {}), self._docs_origin)
            for name, declaration in self._declarations.items()
            if declaration.function not in hooks
        )

    def _declare(self, function: Function, options: ToolOptions) -> None:
        origin = _checked_function(function, self.origin)
        check_options(options, origin)
        name = options.get("name", getattr(function, "__name__", ""))
        check_tool_name(self.name, name, origin)
        if taken := self._declarations.get(name):
            raise origin.error(
                f"{self.name}.{name} is declared here and at {taken.origin}",
                mend="rename one, or give it name=",
                kind=NameTaken,
            )
        self._declarations[name] = Declaration(
            service=self.name,
            name=name,
            function=function,
            options=options,
            origin=origin,
            scope=enclosing_names(function),
        )


def _checked_function(function: object, service: Origin) -> Origin:
    if not inspect.isroutine(function):
        raise service.error(
            f"{function!r} is declared as a tool, and is no function",
            mend="write @service.tool above a def, options by keyword: @service.tool(name='x')",
        )
    return origin_of(function)


def _with_scopes(method: Method, scopes: Sequence[str]) -> ToolOptions:
    options: ToolOptions = {**method.options}
    if scopes:
        options["scopes"] = tuple(dict.fromkeys([*options.get("scopes", ()), *scopes]))
    return options
