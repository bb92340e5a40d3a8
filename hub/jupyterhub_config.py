"""A class on one server: each student is a user of this machine, for nothing else keeps them apart.

Whoever is in the group `students` logs in with the password of this machine, and has a JupyterLab that runs
as that user. notebooks/TEACHING.md says how to add students.
"""

import os
import sys
from pathlib import Path

if os.geteuid() != 0:
    sys.exit(
        "make hub needs root, to start each student's JupyterLab as that student. For yourself: make lab."
    )
for needed in Path(__file__).resolve(), Path(sys.executable).resolve():
    for folder in needed.parents:
        if not folder.stat().st_mode & 0o001:
            sys.exit(
                f"Students have no way into {folder}, and need {needed}: both must be where all may read."
            )

c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students"}

c.Spawner.cmd = [sys.executable, str(Path(__file__).with_name("server.py"))]
c.Spawner.notebook_dir = "~/gdlib"
c.Spawner.default_url = "/lab/tree/00_start_here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = (
    300  # seconds: a whole class logs in within the same minute
)
c.Spawner.args = [
    # A kernel's port could be read by every user of the machine, a file in the student's home can't.
    "--KernelManager.transport=ipc",
    # After an hour without a reader a kernel ends, and then its server.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=3600",
]
