"""Measurements: `make bench`. Speeds live here, never in tests."""
