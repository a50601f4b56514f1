"""Readers of the event bus that keep what was told."""
