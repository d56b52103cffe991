"""Hypothesis without deadlines: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("botmeter", deadline=None, max_examples=100, derandomize=True)
settings.load_profile("botmeter")
