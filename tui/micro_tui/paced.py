"""An app that keeps pace with its terminal: asks after what it drew, and hears the answers.

When to draw, and what to ask, is ``pace``'s matter.
"""

from __future__ import annotations

from textual.app import App
from textual.messages import InBandWindowResize

from micro_tui.pace import RESIZES, SYNCHRONIZED, Pace


class Paced(App[None]):
    """Knows by ``pace`` how far its terminal is."""

    def __init__(self) -> None:
        super().__init__()
        self.pace = Pace()

    def ask_terminal(self) -> None:
        """Ask for a sign that what was drawn is on the screen, if the terminal gives such."""
        if self._driver is not None and self.pace.asks():
            self._driver.write(self.pace.question)

    def on_terminal_supports_synchronized_output(self) -> None:
        """Hear that the terminal has drawn all that it got."""
        self.pace.answered(SYNCHRONIZED)

    def on_in_band_window_resize(self, message: InBandWindowResize) -> None:
        """Hear the same from one that knows neither mode."""
        if not message.supported:
            self.pace.answered(RESIZES)
