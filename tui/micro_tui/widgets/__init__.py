"""Widgets that draw only the lines that are seen; they know the runtime only as rows and pages."""
