"""The views. Only a screen knows all of its widgets."""
