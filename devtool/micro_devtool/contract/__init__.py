"""What a project promises those who call its tools: written down, and compared with what it was."""
