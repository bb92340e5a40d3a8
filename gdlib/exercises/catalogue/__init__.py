"""The exercises of the notebooks, a module for each notebook."""

from gdlib.exercises.catalogue import rolling_ball, start_here

EXERCISES = {
    exercise.name: exercise for module in (start_here, rolling_ball) for exercise in module.EXERCISES
}
