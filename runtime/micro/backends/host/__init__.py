"""The project's code in a process of its own, at the other end of a socket."""
