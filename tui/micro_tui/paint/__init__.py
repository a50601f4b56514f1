"""Turns the state into lines of styled parts: pure functions of what is known and a width."""
