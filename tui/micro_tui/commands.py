"""What the palette offers: every command, the calls of each tool, a reload of each service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from micro_tui.format import clean
from micro_tui.keys import keys_of
from micro_tui.screens.view import ShowCalls, View

if TYPE_CHECKING:
    from micro_tui.app import DevApp


class Offer(NamedTuple):
    """One line of the palette."""

    text: str
    run: object
    help: str


class Commands(Provider):
    """Offers what can be done in the view under the palette."""

    def _offers(self) -> Iterator[Offer]:
        app = cast("DevApp", self.app)
        view = self.screen
        if isinstance(view, View):
            for where in (view.view_name, "app"):
                for key in keys_of(where):
                    if key.help and key.action != "command_palette" and view.works(key):
                        first = key.keys.partition(",")[0]
                        yield Offer(key.help, lambda first=first: app.press(first), key.title)
        for service in app.desk.state.services.values():
            name = clean(service.name)
            yield Offer(f"reload {name}", lambda n=service.name: app.action_reload(n), "service")
            for tool in service.tools:
                text = f"calls of {clean(tool.name)}"
                message = ShowCalls(f"tool:{tool.name}")
                yield Offer(text, lambda m=message: app.post_message(m), "tool")

    async def discover(self) -> Hits:
        """Offer everything."""
        for offer in self._offers():
            yield DiscoveryHit(offer.text, offer.run, help=offer.help)  # pyright: ignore[reportArgumentType]

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for offer in self._offers():
            score = matcher.match(offer.text)
            if score > 0:
                yield Hit(score, matcher.highlight(offer.text), offer.run, help=offer.help)  # pyright: ignore[reportArgumentType]
