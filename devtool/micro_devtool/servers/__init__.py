"""The server that a command is about: this project's, or any other that speaks MCP."""
