"""A classroom where gradient descent is felt and proved."""

from gdlib import datasets, landscapes, plotting, rules, schedules
from gdlib.descent import batch_gd, descend, minibatch_gd, stochastic_gd
from gdlib.path import DivergenceWarning, Path
from gdlib.problems import Landscape, LinearRegression, LogisticRegression, Problem, gradient_check
from gdlib.sweep import sweep

__version__ = "0.1.0"
__all__ = [
    "DivergenceWarning",
    "Landscape",
    "LinearRegression",
    "LogisticRegression",
    "Path",
    "Problem",
    "batch_gd",
    "datasets",
    "descend",
    "gradient_check",
    "landscapes",
    "minibatch_gd",
    "plotting",
    "rules",
    "schedules",
    "stochastic_gd",
    "sweep",
]
