"""Calls that are kept as test cases, in ``tests/calls``: written, read, run and compared."""
