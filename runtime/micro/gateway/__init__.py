"""The one way through: every call, whatever door it came by."""
