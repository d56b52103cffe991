"""Use cases: one module for each thing that users, schedules or operators ask for."""
