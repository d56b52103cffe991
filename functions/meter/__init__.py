"""Meter: settles what is due."""
