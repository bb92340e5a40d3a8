# ruff: noqa: E501 (JavaScript stands in the strings)
"""Real notebooks in a real JupyterLab in a real browser: what the browser tests stand on."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from hands import cells

ROOT = Path(__file__).parents[2]
HOW = "no Chromium: `apt install chromium` brings it, and pip install -r requirements.txt what drives it"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def left_out(why):
    """Skip the test; in CI, which has everything, it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)


def from_npm(name):
    """The folder of a package that npm brings; where it is not here, the test is left out."""
    folder = ROOT / "node_modules" / name
    if not folder.is_dir():
        left_out(f"no {name}: `npm install` brings it")
    return folder


@contextlib.contextmanager
def browser_of():
    """Chromium, or None where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield browser
        browser.close()


# Of a module, not of the session: Playwright holds the event loop, which the notebooks need next.
@pytest.fixture(scope="module")
def chromium():
    with browser_of() as browser:
        if browser is None:
            left_out(HOW)
        yield browser


@contextlib.contextmanager
def server_of():
    """A JupyterLab of our own: its address and its folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        yield from _serve(Path(home))


@pytest.fixture(scope="module")
def server():
    with server_of() as running:
        yield running


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def jupyter_home(home):
    """Settings that keep Jupyter within a folder."""
    kinds = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    return {name: str(home / folder) for name, folder in ({**kinds, "IPYTHONDIR": "ipython"}).items()}


@contextlib.contextmanager
def running(command, address, env, log, **options):
    """A server, from when it answers at the address until it is no longer needed."""
    with open(log, "w") as told:
        process = subprocess.Popen(command, env=os.environ | env, stdout=told, stderr=told, **options)
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            break
        except OSError:
            time.sleep(0.1)
    else:
        process.kill()
        raise RuntimeError(f"{command} did not start:\n{log.read_text()[-2000:]}")
    yield process
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:  # it waits for a kernel on a busy machine
        process.kill()
        process.wait()


def _serve(home):
    port = free_port()
    settings = home / "settings" / "@jupyterlab"
    quiet = {
        "apputils-extension/notification.jupyterlab-settings": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    }
    for name, content in quiet.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(json.dumps(content))
    env = jupyter_home(home) | {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    folder = home / "notebooks"
    folder.mkdir()
    options = f"--no-browser --allow-root --ServerApp.port={port} --ServerApp.port_retries=0 --ServerApp.root_dir={folder}"
    options += " --IdentityProvider.token= --ServerApp.password= --LabApp.expose_app_in_browser=True"
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", *options.split()]
    with running(command, f"{address}/api/status", env, home / "log.txt"):
        yield address, folder


class Lab:
    """A notebook open and run in JupyterLab, and what a test asks of it."""

    def __init__(self, context, server, notebook):
        self.address, folder = server
        self.path = folder / f"test_{time.monotonic_ns()}.ipynb"
        nbformat.write(notebook, self.path)
        self.page = context.new_page()
        self.sent, self.received = [], []  # the sizes of what went over the websockets, in bytes
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("websocket", self._listen)
        self.page.goto(f"{self.address}/lab/workspaces/w{self.path.stem}/tree/{self.path.name}?reset")
        self.page.evaluate(
            """async () => {
                while (!window.jupyterapp) await new Promise(go => setTimeout(go, 50));
                await jupyterapp.restored;
                while (!jupyterapp.shell.currentWidget?.sessionContext) await new Promise(go => setTimeout(go, 50));
                const panel = jupyterapp.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
                if (!jupyterapp.shell.leftCollapsed) await jupyterapp.commands.execute('application:toggle-left-area');
            }"""
        )

    def _listen(self, socket):
        socket.on("framesent", lambda frame: self.sent.append(len(frame)))
        socket.on("framereceived", lambda frame: self.received.append(len(frame)))

    def close(self):
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.context.close()

    def run(self, command="notebook:run-all-cells"):
        self.page.evaluate("command => jupyterapp.commands.execute(command)", command)

    def kernel(self, expression):
        """What the kernel answers to an expression, as text."""
        return self.page.evaluate(
            """async expression => {
                const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const content = { code: '', store_history: false, user_expressions: { it: expression } };
                const { it } = (await kernel.requestExecute(content).done).content.user_expressions;
                return it.data ? it.data['text/plain'] : it.evalue;
            }""",
            expression,
        )

    def explorer(self, n=0):
        found = self.page.locator(".gd").nth(n)
        found.wait_for(timeout=30_000)
        return found

    def comms(self):
        return int(self.kernel("len(__import__('comm').get_comm_manager().comms)"))


@pytest.fixture
def lab(chromium, server):
    """Open a notebook made of these cells, and run it."""
    opened = []

    def start(*sources, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        opened.append(Lab(context, server, cells(*sources)))
        opened[-1].run()
        return opened[-1]

    yield start
    for each in opened:
        each.close()
