"""Where a tool's code runs: this process, or the project's host process."""
