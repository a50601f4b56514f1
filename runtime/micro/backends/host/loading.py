"""The project's services in the host: loaded, and kept up with whatever of the project changes.

Code is ``registry``'s business; here its environment and settings are seen to besides.
"""

from __future__ import annotations

import logging
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from anyio.abc import TaskGroup

from micro.backends.host.capture import take_level
from micro.backends.host.dotenv import DotEnv
from micro.backends.host.messages import Watching
from micro.backends.host.orders import Load, Reload
from micro.config import Project, load_project
from micro.errors import MicroError
from micro.events import LoadError, ProblemFound
from micro.registry.discovery import Discovery, Source
from micro.registry.generation import Elsewhere, Emit, Make, Report
from micro.registry.generations import Generations
from micro.registry.links import Links
from micro.registry.loader import ProjectLoader
from micro.registry.registry import Registry
from micro.registry.reload import Reloader
from micro.registry.role import Role

log = logging.getLogger(__name__)

SETTINGS = ("micro.toml", "pyproject.toml")

_TAKEN_UP = ("services", "log_level")
"""Settings whose change the host sees to."""


class Loading:
    """One project's services.

    Args:
        root: The project's folder.
        registry: Where their tools are put.
        make: Makes a generation.
        report: Told of what becomes of services.
        emit: Told of what else the developer should see.
        elsewhere: Serves a file in a process of its own.

    Attributes:
        begins: Told of the file that is loaded next; of none, once that is done.
        wanted: Services that calls wait for: loaded before others, if they are to be loaded.
    """

    def __init__(
        self,
        root: Path,
        registry: Registry,
        *,
        make: Make,
        report: Report,
        emit: Emit,
        elsewhere: Elsewhere,
    ) -> None:
        self._root = root
        self._registry = registry
        self._make, self._report, self._emit = make, report, emit
        self._elsewhere = elsewhere
        self._environment = DotEnv(root)
        self._project: Project | None = None
        self._others: set[Path] = set()
        self._links = Links()
        self._role = Role({})
        self.begins: Callable[[str], None] = lambda file: None
        self.wanted: list[str] = []
        self.loader = ProjectLoader(root)
        self.generations: Generations | None = None
        self.reloader: Reloader | None = None

    async def load(self, order: Load, retiring: TaskGroup) -> None:
        """Load the services that are asked for.

        Raises:
            MicroError: The settings are wrong.
        """
        self._environment.load()
        self._project = load_project(self._root)
        take_level(self._project.settings.log_level)
        self._role.change(order.numbers, follows=order.follows)
        self.generations = Generations(
            self.loader,
            self._registry,
            make=self._make,
            report=self._report,
            emit=self._emit,
            elsewhere=None if order.only else self._serve_elsewhere,
            role=self._role,
        )
        discovery = Discovery(self._project)
        discovery.only = Path(order.only) if order.only else None
        discovery.without = self._others = {Path(file) for file in order.without}
        self.reloader = Reloader(self.loader, discovery, self.generations)
        self.reloader.begins = self.begins
        self.reloader.wanted = self.wanted
        self.reloader.expected = {name: Path(file) for name, file in order.expected.items()}
        await self.reloader.load_all(retiring)

    async def change_role(self, order: Reload, retiring: TaskGroup) -> None:
        """Lead or follow other hosts from now on, as an order says, and leave what others have."""
        if self.generations is None or self.reloader is None:
            return
        if order.numbers is not None:
            self._role.change(order.numbers, follows=order.follows)
            self.generations.failed |= self._role.taken_up()
        if others := {Path(file) for file in order.without} - self._others:
            self._others |= others
            await self.reloader.leave(others, retiring)

    async def reload(self, paths: Sequence[Path], retiring: TaskGroup) -> None:
        """Load again what a change of these files touches."""
        if self.reloader is None:
            return
        self._others.difference_update([path for path in self._others if not path.exists()])
        if self._environment.path in paths and self._environment.load():
            await self.reloader.reload_everything(retiring)
        if any(self._root / name in paths for name in SETTINGS):
            await self._take_settings(self.reloader, retiring)
        await self.reloader.reload(paths, retiring)

    def known(self, paths: Iterable[str]) -> frozenset[Path]:
        """Give files that changed by the paths that the project knows them by."""
        return self._links.known(map(Path, paths))

    def touched(self, paths: Iterable[Path]) -> frozenset[str]:
        """Name the services that a change of these files may load again."""
        if self.reloader is None or self.generations is None:
            return frozenset()
        if self._environment.path in (paths := tuple(paths)):
            return frozenset(self.generations.live)
        return self.reloader.touched(paths)

    @property
    def services(self) -> tuple[str, ...]:
        """The services that serve, in the order of starting."""
        return tuple(self.generations.live) if self.generations else ()

    async def hand_over(self) -> dict[str, bytes]:
        """Give what services hand over to those of another host, packed."""
        live = dict(self.generations.live) if self.generations else {}
        handed = {name: await each.generation.hand_over() for name, each in live.items()}
        return {name: packed for name, packed in handed.items() if packed is not None}

    async def take_over(self, states: Mapping[str, bytes]) -> None:
        """Give services what those of another host handed over; one that fails begins without."""
        for name, packed in states.items():
            live = self.generations.live.get(name) if self.generations else None
            try:
                if live is not None:
                    await live.generation.take_over(packed)
            except Exception:
                log.exception("%s could not take over what the last host handed over", name)

    def watching(self) -> Watching:
        """Say what is to be watched besides the code below the project's folder."""
        files = {source.path for source in self.loader.graph.sources.values()}
        outside = {path.parent for path in files if not path.is_relative_to(self._root)}
        self._links.learn(files)
        return Watching(
            folders=tuple(sorted(str(folder) for folder in outside | self._links.folders)),
            patterns=tuple(sorted(self.loader.data.patterns)),
            installed=tuple(sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})),
        )

    async def _serve_elsewhere(self, source: Source) -> LoadError | None:
        error = await self._elsewhere(source)
        if error is None:
            self._others.add(source.path)
        return error

    async def _take_settings(self, reloader: Reloader, retiring: TaskGroup) -> None:
        """Serve the services that the settings name now; say what else has changed."""
        try:
            project = load_project(self._root)
            if self._project is None or project.settings == self._project.settings:
                return
            await reloader.rediscover(Discovery(project), retiring)
        except MicroError as error:
            self._emit(ProblemFound(message=error.message, mend=error.mend))
            return
        before, now = (each.settings.model_dump() for each in (self._project, project))
        if now["log_level"] != before["log_level"]:
            take_level(project.settings.log_level)
        self._project = project
        if others := [key for key in now if now[key] != before[key] and key not in _TAKEN_UP]:
            file = (project.source or self._root / SETTINGS[0]).name
            self._emit(
                ProblemFound(
                    message=f"{', '.join(others)} changed in {file}, which the runtime reads "
                    "when it starts",
                    mend="leave micro dev and start it again",
                )
            )


def outside_modules(root: Path) -> tuple[str, ...]:
    """Name the modules that were loaded from outside of the project and of micro."""
    names: list[str] = []
    for name, module in list(sys.modules.items()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        installed = isinstance(origin, str) and (
            not Path(origin).is_relative_to(root) or "site-packages" in origin
        )
        if installed and name.partition(".")[0] not in {"micro", "__main__"}:
            names.append(name)
    return tuple(sorted(names))
