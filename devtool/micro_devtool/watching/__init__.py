"""Which files of a project were saved: by inotify where there is one, by watchfiles elsewhere."""

from micro_devtool.watching.folders import Wanted
from micro_devtool.watching.following import follow, join
from micro_devtool.watching.watcher import Watcher, make_watcher

__all__ = ["Wanted", "Watcher", "follow", "join", "make_watcher"]
