# ruff: noqa: E501 (JavaScript and Python stand in the strings)
"""A class on one server, as `make hub` starts it: two students at once, and no way from one to the other."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from conftest import free_port, left_out, running

ROOT = Path(__file__).parents[2]
BIN = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def students():
    """Two users of this machine, {name: password}, until the test is over."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip(
            "the hub's students are users of the machine: only root, on Linux, can make some for a test"
        )
    python = Path(sys.executable).resolve()
    for folder in [*python.parents, *Path(__file__).resolve().parents]:
        if not folder.stat().st_mode & 0o001:
            pytest.skip(f"other users have no way into {folder}: put Python and gdlib where all may read")
    names = [f"gd{os.getpid()}{each}" for each in "ab"]
    passwords = {name: secrets.token_hex(8) for name in names}
    for name in names:
        subprocess.run(["useradd", "--create-home", "--user-group", name], check=True)
    subprocess.run(["usermod", "--append", "--groups", names[0], names[1]], check=True)
    pairs = "\n".join(f"{name}:{password}" for name, password in passwords.items())
    subprocess.run(["chpasswd"], input=pairs, text=True, check=True)
    for name in names:
        settings = Path(f"~{name}/.jupyter/jupyter_server_config.json").expanduser()
        settings.parent.mkdir()
        shutil.chown(settings.parent, name, name)
        settings.write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    yield passwords
    for name in reversed(names):
        for process in psutil.process_iter(["username"]):
            if process.info["username"] == name:
                process.kill()
                process.wait(10)
        subprocess.run(["userdel", "--remove", name], check=True, capture_output=True)


@pytest.fixture(scope="module")
def hub(students, tmp_path_factory):
    """The address of a hub for these two."""
    if shutil.which("configurable-http-proxy", path=BIN) is None:
        left_out("no configurable-http-proxy: `npm install` brings it")
    first = next(iter(students))
    home = tmp_path_factory.mktemp("hub")
    port, api, proxy = (free_port() for _ in range(3))
    options = [f"--JupyterHub.bind_url=http://127.0.0.1:{port}", f"--JupyterHub.hub_port={api}"]
    options += [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}"]
    options += [f"--PAMAuthenticator.allowed_groups={first}"]
    command = [
        sys.executable,
        "-m",
        "jupyterhub",
        "--config",
        str(ROOT / "hub" / "jupyterhub_config.py"),
        *options,
    ]
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/hub/health", {"PATH": BIN}, home / "log.txt", cwd=home):
        yield address


def log_in(page, address, name, password):
    page.goto(f"{address}/hub/login")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


OPEN = """async path => {
    while (!window.jupyterapp) await new Promise(go => setTimeout(go, 50));
    await jupyterapp.restored;
    const panel = await jupyterapp.commands.execute('docmanager:open', { path });
    await panel.context.ready;
    await panel.sessionContext.ready;
    window.panel = panel;
}"""
RUN = """async () => {
    await jupyterapp.commands.execute('notebook:run-all-cells');
    const cells = panel.context.model.toJSON().cells.filter(cell => cell.cell_type === 'code');
    return [cells.length, cells.filter(cell => cell.execution_count).length,
        cells.flatMap(cell => cell.outputs).filter(output => output.output_type === 'error').length];
}"""
ASK = """async code => {
    const told = [];
    const future = panel.sessionContext.session.kernel.requestExecute({ code, store_history: false });
    future.onIOPub = ({ content }) => told.push(content.text ?? content.ename ?? '');
    await future.done;
    return told.join('');
}"""


def memory(user):
    """What each of a user's processes holds in MB, {its kind: (resident, its share of what is shared)}."""
    kinds = {"jupyterhub.singleuser": "server", "ipykernel_launcher": "kernel"}
    held = {}
    for process in psutil.process_iter(["username", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if process.info["username"] == user and (kind := next((kinds[k] for k in kinds if k in words), None)):
            told = process.memory_full_info()
            held[kind] = told.rss / 1e6, told.pss / 1e6
    return held


def test_two_students_at_once_and_no_way_from_one_to_the_other(chromium, hub, students, capsys):
    contexts = {name: chromium.new_context(viewport={"width": 1280, "height": 900}) for name in students}
    pages = {name: context.new_page() for name, context in contexts.items()}
    for name, page in pages.items():
        log_in(page, hub, name, students[name])
    for name, page in pages.items():
        page.wait_for_url(f"**/user/{name}/lab/**", timeout=300_000, wait_until="commit")
        page.evaluate(OPEN, "01_the_rolling_ball.ipynb")
    for page in pages.values():  # both are at work before either is asked
        page.evaluate(f"() => {{ window.ran = ({RUN})() }}")
    for page in pages.values():
        cells, ran, failed = page.evaluate("() => ran")
        assert cells > 40 and ran == cells and failed == 0

    ada, ben = students
    page, home = pages[ada], Path(f"~{ben}").expanduser()
    assert "hello" in page.evaluate(ASK, "print('hel' + 'lo')")
    assert page.evaluate(ASK, "import os; print(os.getcwd())").strip() == str(
        Path(f"~{ada}/gdlib").expanduser()
    )
    (home / "gdlib" / "secret.txt").write_text("of ben")
    os.chmod(home / "gdlib" / "secret.txt", 0o644)  # even where the student is careless
    for code in (
        f"open({str(home / 'gdlib' / 'secret.txt')!r}).read()",
        f"import os; os.listdir({str(home)!r})",
        f"open({str(home / 'gdlib' / 'mine.txt')!r}, 'w')",
    ):
        assert "PermissionError" in page.evaluate(ASK, code), code
    assert "Permission denied" in page.evaluate(ASK, f"!ls {home} 2>&1")
    assert "tcp" not in page.evaluate(
        ASK, "from ipykernel.connect import get_connection_info as i; print(i())"
    )

    # the address of the other's server, and one's own with a way out of one's folder
    def asked(name, url):
        answer = contexts[name].request.get(f"{hub}/user/{url}")
        return answer.status, "of ben" in answer.text()

    for place in "api/contents/secret.txt", "files/secret.txt", "lab", "api/kernels":
        status, told = asked(ada, f"{ben}/{place}")
        assert status in (401, 403, 404) and not told, (place, status)
    for out in f"%2e%2e/%2e%2e/{ben}/gdlib/secret.txt", f"..%2f..%2f{ben}%2fgdlib%2fsecret.txt":
        for kind in "api/contents", "files":
            status, told = asked(ada, f"{ada}/{kind}/{out}")
            assert status >= 400 and not told, (kind, out, status)
    assert asked(ben, f"{ben}/api/contents/secret.txt") == (200, True)  # for its owner it is there

    with capsys.disabled():
        for name in students:
            held = memory(name)
            parts = "; ".join(
                f"{kind} {rss:.0f} MB, {pss:.0f} its own share" for kind, (rss, pss) in held.items()
            )
            print(f"\n{name}: {parts}; together {sum(pss for _, pss in held.values()):.0f} MB")
            assert set(held) == {"server", "kernel"}
    for context in contexts.values():
        context.close()


def test_a_copy_of_the_notebooks_is_never_overwritten(students):
    name = next(iter(students))
    copy = Path(f"~{name}/gdlib").expanduser()
    (copy / "01_the_rolling_ball.ipynb").write_text("mine")
    code = f"import os, runpy, sys; os.execv = lambda *_: None; runpy.run_path({str(ROOT / 'hub' / 'server.py')!r})"
    env = {"HOME": str(copy.parent)}
    subprocess.run([sys.executable, "-c", code], user=name, cwd=copy.parent, env=env, check=True)
    assert (copy / "01_the_rolling_ball.ipynb").read_text() == "mine"
    assert copy.parent.stat().st_mode & 0o077 == 0
