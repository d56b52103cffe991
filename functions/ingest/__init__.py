"""Ingest: event sources to marks on timelines."""
