"""Measurements: `make bench`. Each claim of docs/performance.md is printed by one of these modules."""
