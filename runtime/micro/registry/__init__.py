"""What is served now, and how code becomes a new generation of it."""
