"""What the palette offers: every command, and what can be done with each service, tool, client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from micro_tui.format import clean
from micro_tui.keys import keys_of
from micro_tui.screens.view import ShowCalls, View

if TYPE_CHECKING:
    from micro.snapshots import ToolView
    from micro_tui.app import DevApp


DISCOVERED = 100
"""Lines before one has written anything."""

FOUND = 30
"""Lines of a search."""


class Offer(NamedTuple):
    """One line of the palette."""

    text: str
    run: object
    help: str


def _of_services(app: DevApp) -> Iterator[Offer]:
    """Offer what can be done with each service and each tool."""
    for service in app.desk.state.services.values():
        name = clean(service.name)
        yield Offer(f"reload {name}", lambda n=service.name: app.action_reload(n), "service")
        for tool in service.tools:
            name = clean(tool.name)
            yield _calls(app, f"calls of {name}", f"tool:{tool.name}", "tool")
            yield Offer(f"try {name}", lambda t=tool: _try(app, t), "tool")


def _try(app: DevApp, tool: ToolView) -> None:
    from micro_tui.screens.tryit import TryIt

    app.push_screen(TryIt(app.desk, tool))


def _of_calls(app: DevApp) -> Iterator[Offer]:
    """Offer to see the calls of each client, and those of each filter that was used before."""
    for client in app.desk.state.callers:
        yield _calls(app, f"calls by {clean(client)}", f'client:"{client}"', "client")
    for text in dict.fromkeys(reversed(app.desk.desktop.history)):
        yield _calls(app, f"filter {clean(text)}", text, "used before")


def _calls(app: DevApp, text: str, wanted: str, help: str) -> Offer:
    message = ShowCalls(wanted)
    return Offer(text, lambda: app.post_message(message), help)


class Commands(Provider):
    """Offers what can be done in the view under the palette."""

    _all: Sequence[Offer] = ()

    def _offers(self) -> Iterator[Offer]:
        app = cast("DevApp", self.app)
        view = self.screen
        if isinstance(view, View):
            for where in (view.view_name, "app"):
                for key in keys_of(where):
                    if key.help and key.action != "command_palette" and view.works(key):
                        first = key.keys.partition(",")[0]
                        yield Offer(key.help, lambda first=first: app.press(first), key.title)
        yield from _of_services(app)
        yield from _of_calls(app)

    async def startup(self) -> None:
        """Make the offers once: what there is stays the same while one writes."""
        self._all = list(self._offers())

    async def discover(self) -> Hits:
        """Offer what there is, as far as anybody would scroll."""
        for offer in self._all[:DISCOVERED]:
            yield DiscoveryHit(offer.text, offer.run, help=offer.help)  # pyright: ignore[reportArgumentType]

    async def search(self, query: str) -> Hits:
        """Offer what matches best: each line costs as much to show as many to search."""
        matcher = self.matcher(query)
        matches = ((matcher.match(offer.text), offer) for offer in self._all)
        for score, offer in nlargest(FOUND, matches, key=itemgetter(0)):
            if score > 0:
                yield Hit(score, matcher.highlight(offer.text), offer.run, help=offer.help)  # pyright: ignore[reportArgumentType]
