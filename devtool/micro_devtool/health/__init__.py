"""Whether this machine and this project are fit to run micro: each check with its mend."""
