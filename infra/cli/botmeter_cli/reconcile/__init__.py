"""Reconcile: what the archive says should be billed, counted without the meter's code, beside what is."""
