"""MCP, both eras, on the one gateway."""
