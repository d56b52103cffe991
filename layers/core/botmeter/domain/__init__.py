"""The business rules: pure functions of values. Imports the standard library only."""
