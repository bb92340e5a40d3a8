"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import pytorch_steps, start_here, three_libraries

EXERCISES = {
    exercise.name: exercise
    for module in (start_here, pytorch_steps, three_libraries)
    for exercise in module.EXERCISES
}
