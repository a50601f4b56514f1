"""What makes tools hard to use for agents: found, placed in the source, and with its mend."""
