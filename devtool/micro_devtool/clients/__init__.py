"""The programs that agents live in: what they take of a list of tools, and where they are set."""
