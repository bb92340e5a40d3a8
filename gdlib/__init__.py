"""A classroom where gradient descent is felt and proved."""

from gdlib import datasets, landscapes, plotting, schedules
from gdlib.descent import DivergenceWarning, Path, batch_gd, descend, minibatch_gd, stochastic_gd, sweep
from gdlib.problems import Landscape, LinearRegression, LogisticRegression, gradient_check

__version__ = "0.1.0"
__all__ = [
    "DivergenceWarning",
    "Landscape",
    "LinearRegression",
    "LogisticRegression",
    "Path",
    "batch_gd",
    "datasets",
    "descend",
    "gradient_check",
    "landscapes",
    "minibatch_gd",
    "plotting",
    "schedules",
    "stochastic_gd",
    "sweep",
]
