"""A student's JupyterLab, run as the student: at the first login with a copy of the notebooks, which is never
overwritten. It is a copy, because saving a notebook rewrites its file.
"""

import os
import shutil
import sys
from pathlib import Path

home = Path.home()
home.chmod(0o700)
os.umask(0o077)
if not (home / "gdlib").exists():
    unfinished = home / ".gdlib-copy"
    shutil.copytree(Path(__file__).parents[1] / "notebooks", unfinished, dirs_exist_ok=True)
    unfinished.rename(home / "gdlib")
os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
