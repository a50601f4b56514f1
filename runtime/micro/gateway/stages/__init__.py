"""The rings round a call, one a file."""
