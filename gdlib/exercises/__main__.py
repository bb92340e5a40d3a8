"""python -m gdlib.exercises FOLDER: how many readers solved what, and which mistakes they met."""

import argparse
from pathlib import Path

from gdlib.exercises.record import of_a_class

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m gdlib.exercises", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="holds the readers' records, in folders of their own or renamed"
    )
    folder = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    print(of_a_class(folder))
