"""Hypothesis: reproducible in CI, and no deadline, since the machines are noisy."""

from hypothesis import settings

settings.register_profile("gdlib", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("gdlib")
