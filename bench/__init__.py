"""Benchmarks: what a call, a start and a reload cost, measured against others on this machine.

``python -m bench`` runs them. Nothing here is part of what is installed.
"""
