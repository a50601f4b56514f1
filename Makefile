# Short names for what scripts/ does; each makes .venv by itself.
.PHONY: setup check test lint bench conformance screenshots example dev clean

check: lint test

setup:
	scripts/setup

test:
	scripts/test

lint:
	scripts/lint

bench:
	scripts/bench

conformance:
	scripts/conformance

screenshots: setup
	.venv/bin/python scripts/screenshots.py

example dev:
	scripts/example

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build
