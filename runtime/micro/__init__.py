"""micro: services that AI agents call."""
