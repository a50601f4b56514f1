"""What an author writes first: a named group of tools, resources and prompts.

Holds declarations only. They are compiled in ``binding`` and run in ``backends``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, Unpack, overload

from micro.services.binding import BoundTool, ToolDocs
from micro.services.declarations import Declarations
from micro.services.handlers import check_scope_table, tool_methods
from micro.services.hosting import Hosting, checked_hook, checked_hosting
from micro.services.names import check_service_name
from micro.services.offers import PromptOptions, ResourceOptions, check_offer
from micro.services.origins import origin_of_caller
from micro.services.tool import Function, Mark, ToolOptions, check_options

F = TypeVar("F", bound=Function)
Hook = Callable[[], Any]
H = TypeVar("H", bound=Hook)
T = TypeVar("T", bound=Callable[[Any], Any])


class Service:
    """A named group of tools, resources and prompts, with a start and a stop.

    Lives as long as the module that made it: a reload runs the module again, which makes another.
    ``bind`` gives frozen tools, so that what is served never changes under a call.

    Args:
        name: Begins the names of its members: ``users`` gives ``users.get_user``.
        version: The author's own.
        description: What the service is for, for people and models.
        instructions: How a model should use the tools together.
        hosting: How the project's host loads it: see ``Hosting``.

    Attributes:
        module: Name of the module that made it.
        file: That module's file, absolute.
        line: Where in the file.
        on_updated: Told of resources that have other content; set by who runs the service.
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
        self._declarations = Declarations(name, self.origin)
        self._docs: dict[str, ToolDocs] = {}
        self._docs_origin = self.origin
        self._start_hooks: list[Hook] = []
        self._stop_hooks: list[Hook] = []
        self.on_updated: Callable[[str], None] = _nobody
        self.handover: Callable[[], Any] | None = None
        self.takeover: Callable[[Any], Any] | None = None
        self._bound: tuple[BoundTool, ...] = ()
        self._last: tuple[BoundTool, ...] = ()

    def __repr__(self) -> str:
        return f"Service({self.name!r}, {len(self._declarations)} members)"

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

        def declare(declared: F) -> F:
            check_options(options, self._declarations.checked(declared))
            self._declarations.add(declared, Mark(options={**options}))
            return declared

        return declare if function is None else declare(function)

    def resource(self, uri: str, /, **options: Unpack[ResourceOptions]) -> Callable[[F], F]:
        """Declare a function, sync or async, as a resource that clients read.

        It returns text, bytes, a ``Resource``, a list of those, or data that is written as JSON;
        ``None`` if there is no such resource.

        Args:
            uri: Its URI, or a template whose variables are the parameters: ``users://{id}``.
            options: What else is to be said.

        Raises:
            DeclarationError: The URI, the name or an option cannot be.
            NameTaken: The service has a member of that name.
        """

        def declare(declared: F) -> F:
            origin = self._declarations.checked(declared)
            check_offer("resource", options, origin, uri=uri)
            self._declarations.add(declared, Mark(kind="resource", options={**options}, uri=uri))
            return declared

        return declare

    @overload
    def prompt(self, function: F, /) -> F: ...
    @overload
    def prompt(self, /, **options: Unpack[PromptOptions]) -> Callable[[F], F]: ...
    def prompt(self, function: Function | None = None, /, **options: Unpack[PromptOptions]) -> Any:
        """Declare a function, sync or async, as a prompt; use it bare or with options.

        It returns a text, a ``Message``, or a list of those, images and resources.

        Raises:
            DeclarationError: The name or an option cannot be.
            NameTaken: The service has a member of that name.
        """

        def declare(declared: F) -> F:
            check_offer("prompt", options, self._declarations.checked(declared))
            self._declarations.add(declared, Mark(kind="prompt", options={**options}))
            return declared

        return declare if function is None else declare(function)

    def updated(self, uri: str) -> None:
        """Tell clients that subscribed to a resource that it has other content now.

        From any thread. Nothing happens where nobody serves the service.
        """
        self.on_updated(uri)

    def handle(
        self,
        handler: object,
        *,
        scopes: Mapping[str, Sequence[str]] | None = None,
        prefix: str | None = None,
    ) -> None:
        """Declare the public typed methods of an instance as tools, or as they are marked.

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
            self._declarations.add_method(method, (scopes or {}).get(method.name, ()), prefix)

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
        return self._declarations.modules | {self.module}

    def follow(self, last: Service) -> None:
        """Use again what was compiled for the last generation, where it would come out the same."""
        self._last = last._bound

    def bind(self) -> tuple[BoundTool, ...]:
        """Compile every member: schemas, validators, docs; in the order declared.

        Raises:
            DeclarationError: Names the tool, the parameter, the place and the mend.
        """
        last, self._last = self._last, ()
        bound = self._declarations.bind(
            self._docs,
            self._docs_origin,
            hooks=[*self._start_hooks, *self._stop_hooks, self.handover, self.takeover],
            before={tool.spec.full_name: tool for tool in last},
        )
        self._bound = tuple(bound)
        return self._bound


def _nobody(uri: str) -> None:
    """Stand in for who serves the service, as long as nobody does."""
