from __future__ import annotations

import pytest

from tui.screen import dashboard
from tui.shop import started


@pytest.mark.parametrize(("keys", "says"), [(["space"], "paused"), (["space", "space"], "follows")])
async def test_the_heading_says_whether_the_list_follows_in_the_frame_that_the_key_brings(
    keys: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        for key in keys[:-1]:
            await shown.press(key)
        await shown.tell(started(2))
        frames: list[str] = []
        monkeypatch.setattr(shown.app, "post_display_hook", lambda: frames.append(shown.text))
        await shown.pilot.press(keys[-1])
        await shown.pilot.pause()
        assert says in next(frame for frame in frames if frame)
