"""Ways in: stdio, HTTP, REST."""
