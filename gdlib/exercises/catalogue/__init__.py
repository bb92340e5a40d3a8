"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import batches, start_here, tensorflow_steps

MODULES = (start_here, batches, tensorflow_steps)
EXERCISES = {exercise.name: exercise for module in MODULES for exercise in module.EXERCISES}
