"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import (
    batches,
    learning_rate,
    pytorch_steps,
    real_network,
    rolling_ball,
    rules_that_adapt,
    start_here,
    tensorflow_steps,
    three_libraries,
)

_MODULES = (
    start_here,
    rolling_ball,
    learning_rate,
    batches,
    tensorflow_steps,
    pytorch_steps,
    three_libraries,
    rules_that_adapt,
    real_network,
)
EXERCISES = {exercise.name: exercise for module in _MODULES for exercise in module.EXERCISES}
