"""Stands in for a service that can't start."""

raise SystemExit(3)
