"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import start_here

EXERCISES = {exercise.name: exercise for module in (start_here,) for exercise in module.EXERCISES}
