"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import learning_rate, rolling_ball, start_here

_MODULES = start_here, rolling_ball, learning_rate
EXERCISES = {exercise.name: exercise for module in _MODULES for exercise in module.EXERCISES}
