"""Calls that are tried from the command line: which, how they went, and how that is reported."""
