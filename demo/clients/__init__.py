"""Organisations outside: each a process of its own that knows CONTRACT.md and nothing else of this project."""
