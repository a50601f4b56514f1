"""From changed files to the modules to load again, and the sources to load them from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from micro.registry.discovery import Discovery, Source
from micro.registry.loader import ProjectLoader
from micro.registry.torn import digest_of, read, read_settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change of files leads to.

    Attributes:
        touched: Modules to take out, with all that import them.
        load: Sources of services to load, in the order of their paths.
        gone: Sources that define services no longer.
        fresh: Whether files appeared or vanished, so that the import system must look again.
    """

    touched: frozenset[str]
    load: tuple[Source, ...]
    gone: tuple[Source, ...]
    fresh: bool


def plan_reload(
    paths: Iterable[Path],
    *,
    discovery: Discovery,
    loader: ProjectLoader,
    known: frozenset[Source],
    failed: frozenset[Source],
) -> Plan | None:
    """Compare files with what was loaded from them.

    Args:
        paths: Files that changed, appeared or vanished; folders that vanished.
        discovery: Tells which files define services.
        loader: Knows what is loaded.
        known: The sources so far.
        failed: Those of them whose last load failed: they are tried again on any change.

    Returns:
        ``None`` if nothing differs.
    """
    serving = {source.path for source in known}

    def is_whole(path: Path, data: bytes) -> bool:
        """Whether a file that was just saved is believed: else it may be half written."""
        serves = path not in serving or source_now(path) is not None
        return serves and bool(data) and loader.parses(path, data)

    def source_now(path: Path) -> Source | None:
        return discovery.classify(path, served=path in serving)

    named = {path for path in paths if path.suffix == ".py"}
    saved = {path: read_settled(path, is_whole) for path in sorted(named)}
    changed, fresh = _compare(paths, loader, saved, every_loaded=bool(failed))
    changed |= loader.data.changed(paths)
    tried = changed or fresh or named & {source.path for source in failed}
    tried = tried or loader.data.readers(paths) & {source.module for source in failed}
    retry = failed if tried else frozenset[Source]()
    if not (changed or fresh or retry):
        return None
    touched = loader.graph.dependents(changed | {loader.places.name(path) for path in fresh})
    asked = named | {s.path for s in known if s in retry or s.module in changed}
    found = {path: source for path in asked if path.exists() and (source := source_now(path))}
    again = {s.path: s for s in known if s.module in touched and s.path not in asked}
    return Plan(
        touched=frozenset(touched | {source.module for source in retry}),
        load=tuple(sorted((found | again).values())),
        gone=tuple(sorted(s for s in known if s.path in asked and s.path not in found)),
        fresh=bool(fresh) or any(not path.exists() for path in named),
    )


def _compare(
    paths: Iterable[Path],
    loader: ProjectLoader,
    saved: Mapping[Path, bytes | None],
    *,
    every_loaded: bool,
) -> tuple[set[str], set[Path]]:
    """Give the loaded modules whose files differ, and the files that no module was loaded from."""
    graph = loader.graph
    loaded = {source.path: source for source in graph.sources.values()}
    asked = set(saved) | (set(loaded) if every_loaded else set[Path]())
    asked |= {source.path for source in graph.below(set(paths) - set(loaded))}
    changed: set[str] = set()
    fresh: set[Path] = set()
    for path in asked:
        data = saved[path] if path in saved else read(path)
        source = loaded.get(path)
        if source is None:
            fresh |= {path} if data is not None else set[Path]()
        elif data is None or digest_of(data) != source.digest:
            changed.add(source.name)
    return changed, fresh
