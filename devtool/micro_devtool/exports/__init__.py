"""What a project offers, as files for people and for other programs."""
