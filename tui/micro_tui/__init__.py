"""The dashboard of micro: draws what a runtime tells it."""
