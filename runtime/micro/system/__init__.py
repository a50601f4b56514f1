"""What systems do in different ways: locks, sockets, processes, signals, pipes.

The rest of micro is the same on Linux, macOS and Windows, and asks here. Variables that begin with
``MICRO_NO_`` take away what a system has, so that every way is tried on one machine.
"""
