"""Which files of a project were saved: by inotify where there is one, by watchfiles elsewhere."""

from micro_devtool.watching.watcher import Watcher, make_watcher

__all__ = ["Watcher", "make_watcher"]
