"""./run, step by step, with stand-ins for Python, pip and apt: no network, and seconds for all of it."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# What POSIX has; anything else that ./run used would be missing here.
TOOLS = ("cat", "cksum", "cp", "dirname", "find", "mkdir", "rm", "sh", "sleep", "sort", "touch")

PYTHON = r"""#!/bin/sh
# A stand-in for Python 3.11: it logs what it is asked, and fails or dies where FAIL or DIE says so.
log() {
    echo "$1" >>"$LOG"
    case "$1" in "${FAIL:-nothing}"*) exit 1 ;; "${DIE:-nothing}"*) kill -KILL $PPID; exit 1 ;; esac
}
case "$*" in
*_base_executable*) printf '%s\n' "$0" ;;
*"import ensurepip"*) [ ! -e "$BLOCKED/ensurepip" ] ;;
*version_info*) echo 3.11 ;;
--version) echo Python 3.11.9 ;;
"-m venv .venv") log venv; mkdir -p .venv/bin; touch .venv/pyvenv.cfg; cp "$0" .venv/bin/python ;;
*"pip install"*requirements*) log "packages ${*##*requirements/}" ;;
*"pip install"*) log project ;;
"-c import"*) ;;
"-m pytest"*) log "$*"; cat; echo "= 1 passed =" ; exit "${PYTEST_EXIT:-0}" ;;
*) log "$*"; cat ;;
esac
"""

OLD_PYTHON = "#!/bin/sh\nexit 1\n"
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
APT = '#!/bin/sh\necho "apt-get $*" >>"$LOG"\nexit "${APT_EXIT:-0}"\n'


@dataclass
class Machine:
    """A checkout and a PATH of stand-ins."""

    root: Path
    bin: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    def tool(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        return path

    def user(self, number: int) -> None:
        self.tool("id", f"#!/bin/sh\necho {number}\n")

    def command(self, *arguments: str, **environment: str) -> dict:
        base = {"PATH": str(self.bin), "LOG": str(self.log), "BLOCKED": str(self.root / "blocked")}
        return {
            "args": [str(self.root / "run"), *arguments],
            "env": {**base, **self.environment, **environment},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str):
        command = self.command(*arguments, **environment)
        return subprocess.run(**command, cwd=cwd or self.root, input="typed by a person", check=False)

    def did(self) -> list[str]:
        """Return what was logged since the last call."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path, checkout: Path) -> Machine:
    root, tools = tmp_path / "a check out", tmp_path / "bin"
    for folder in (root / "requirements", root / "src" / "tissueclock", root / "blocked", tools):
        folder.mkdir(parents=True)
    shutil.copy(checkout / "run", root / "run")
    for file in ("pyproject.toml", "README.md", "LICENSE", "src/tissueclock/__init__.py"):
        (root / file).write_text(file, encoding="utf-8")
    for name in ("demo", "test"):
        (root / "requirements" / f"{name}.txt").write_text(name, encoding="utf-8")
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or pytest.fail(f"no {name}"))
    made = Machine(root, tools, tmp_path / "log")
    made.user(1000)
    made.tool("python3", PYTHON)
    return made


DEMO = "-P -m tissueclock demo --out tissueclock-demo"
FIRST_DEMO = ["venv", "packages demo.txt", "project", DEMO]


# --- words -------------------------------------------------------------------------------------------------


def test_help_goes_to_stdout(machine):
    result = machine.run("help")
    assert result.returncode == 0
    assert "./run demo" in result.stdout
    assert "./run test" in result.stdout
    assert machine.did() == []


@pytest.mark.parametrize("arguments", [(), ("deploy",)])
def test_an_unknown_verb_is_wrong_usage(machine, arguments):
    result = machine.run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert "./run help" in result.stderr


def test_the_set_up_leaves_stdout_to_the_command(machine):
    result = machine.run("demo", "--json")
    assert result.stdout == ""
    assert "requirements/demo.txt (needs the network)" in result.stderr


# --- which Python ------------------------------------------------------------------------------------------


def test_without_a_python_it_says_so_in_one_sentence(machine):
    machine.tool("python3", OLD_PYTHON)
    result = machine.run("demo")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "./run: Tissueclock needs Python 3.11 or newer; set PYTHON to one.\n"


def chosen(machine: Machine) -> str:
    """Give every Python a mark of its own and return that of the one that makes .venv."""
    for path in machine.bin.glob("python3*"):
        script = path.read_text(encoding="utf-8")
        machine.tool(path.name, script.replace("log venv", f"log 'venv by {path.name}'"))
    machine.run("demo")
    return machine.did()[0].removeprefix("venv by ")


def test_the_newest_named_python_is_taken(machine):
    machine.tool("python3.13", PYTHON)
    machine.tool("python3.11", PYTHON)
    assert chosen(machine) == "python3.13"


@pytest.mark.parametrize("script", [SHIM, OLD_PYTHON])
def test_a_python_that_does_not_answer_is_passed_over(machine, script):
    machine.tool("python3.13", script)
    machine.tool("python3.12", PYTHON)
    assert chosen(machine) == "python3.12"


@pytest.mark.parametrize(("script", "expected"), [(PYTHON, "python3-mine"), (SHIM, "python3")])
def test_the_named_python_comes_first_if_it_is_one(machine, script, expected):
    machine.environment["PYTHON"] = str(machine.tool("python3-mine", script))
    assert chosen(machine) == expected


# --- once, and again when something changed ----------------------------------------------------------------


def test_the_second_run_sets_nothing_up(machine):
    machine.run("demo")
    assert machine.did() == FIRST_DEMO
    result = machine.run("demo")
    assert machine.did() == [DEMO]
    assert result.stderr == ""


def test_a_demo_becomes_a_test_environment_in_place(machine):
    machine.run("demo")
    machine.did()
    machine.run("test", "-k", "one thing")
    assert machine.did() == [
        "packages test.txt",
        "-m pytest --numprocesses auto --dist loadfile -k one thing",
    ]
    machine.run("demo")
    assert machine.did() == [DEMO]


def test_a_test_environment_runs_the_demo(machine):
    machine.run("test")
    machine.did()
    machine.run("demo")
    assert machine.did() == [DEMO]


def test_a_changed_lock_starts_over(machine):
    machine.run("demo")
    (machine.root / ".venv" / "stale").touch()
    (machine.root / "requirements" / "demo.txt").write_text("demo, newer", encoding="utf-8")
    machine.did()
    machine.run("demo")
    assert machine.did() == FIRST_DEMO
    assert not (machine.root / ".venv" / "stale").exists()


def test_changed_sources_reinstall_the_project_alone(machine):
    machine.run("demo")
    (machine.root / "src" / "tissueclock" / "preset.toml").touch()
    machine.did()
    machine.run("demo")
    assert machine.did() == ["project", DEMO]


def test_compiled_files_are_no_change(machine):
    machine.run("demo")
    (machine.root / "src" / "tissueclock" / "a.pyc").touch()
    machine.did()
    machine.run("demo")
    assert machine.did() == [DEMO]


def test_a_moved_checkout_starts_over(machine):
    machine.run("demo")
    machine.root = machine.root.rename(machine.root.with_name("moved"))
    machine.did()
    machine.run("demo")
    assert machine.did() == FIRST_DEMO


# --- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["venv", "packages", "project"])
def test_a_killed_set_up_starts_over(machine, step):
    killed = machine.run("demo", DIE=step)
    assert killed.returncode == -signal.SIGKILL
    machine.did()
    assert machine.run("demo").returncode == 0
    assert machine.did() == FIRST_DEMO


def test_a_killed_upgrade_starts_over(machine):
    machine.run("demo")
    machine.run("test", DIE="packages test")
    machine.did()
    machine.run("demo")
    assert machine.did() == FIRST_DEMO


def test_a_failed_download_names_the_step_and_starts_over(machine):
    result = machine.run("demo", FAIL="packages")
    assert result.returncode == 2
    assert "installing the packages of requirements/demo.txt, failed; it needs the network" in result.stderr
    machine.did()
    machine.run("demo")
    assert machine.did() == FIRST_DEMO


def test_a_failed_build_keeps_the_packages(machine):
    result = machine.run("demo", FAIL="project")
    assert result.returncode == 2
    assert "installing Tissueclock from this checkout, failed" in result.stderr
    machine.did()
    machine.run("demo")
    assert machine.did() == ["project", DEMO]


def test_the_environment_of_somebody_else_is_left_alone(machine):
    (machine.root / ".venv").mkdir()
    (machine.root / ".venv" / "pyvenv.cfg").write_text("theirs", encoding="utf-8")
    result = machine.run("demo")
    assert result.returncode == 2
    assert ".venv was not made by ./run; remove or rename it" in result.stderr
    assert machine.did() == []


def test_a_checkout_that_cannot_be_written_is_said_so(machine):
    (machine.root / ".venv").write_text("a file, so that no folder can be made", encoding="utf-8")
    result = machine.run("demo")
    assert result.returncode == 2
    assert result.stderr == f"./run: {machine.root}/.venv cannot be written.\n"


def test_a_lock_without_an_owner_ends(machine):
    """Takes 5 s, the time that ./run gives an owner to write its number."""
    lock = machine.root / ".venv" / ".run" / "lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    assert machine.run("demo").returncode == 0
    assert machine.did() == FIRST_DEMO


def test_a_second_run_waits_for_the_first(machine):
    lock = machine.root / ".venv" / ".run" / "lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(f"{os.getpid()}\n", encoding="utf-8")  # a process that lives: this one
    with subprocess.Popen(**machine.command("demo"), cwd=machine.root) as waiting:
        assert waiting.stderr is not None
        assert f"process {os.getpid()} is setting up .venv; waiting" in waiting.stderr.readline()
        assert machine.did() == []
        lock.unlink()
        waiting.communicate()
    assert waiting.returncode == 0
    assert machine.did() == FIRST_DEMO
    assert not lock.exists()


# --- Debian ------------------------------------------------------------------------------------------------


def without_ensurepip(machine: Machine, user: int) -> None:
    (machine.root / "blocked" / "ensurepip").touch()
    machine.tool("apt-get", APT)
    machine.user(user)


def test_without_ensurepip_a_user_is_given_the_command(machine):
    without_ensurepip(machine, user=1000)
    result = machine.run("demo")
    assert result.returncode == 2
    assert result.stderr.endswith("Run: sudo apt-get install python3.11-venv\n")
    assert machine.did() == []


def test_without_ensurepip_root_installs_it(machine):
    without_ensurepip(machine, user=0)
    assert machine.run("demo").returncode == 0
    assert machine.did()[0].endswith(" python3.11-venv")


def test_without_ensurepip_nor_network_root_is_given_the_command(machine):
    without_ensurepip(machine, user=0)
    result = machine.run("demo", APT_EXIT="1")
    assert result.returncode == 2
    assert "needs the network. Run: apt-get install python3.11-venv" in result.stderr


def apt_calls(machine: Machine, **environment: str) -> list[str]:
    assert machine.run("test", **environment).returncode == 0
    return [line for line in machine.did() if line.startswith("apt-get") and line.endswith("chromium")]


def test_root_gets_a_chromium_for_the_tests_but_asks_once(machine):
    machine.tool("apt-get", APT)
    machine.user(0)
    assert len(apt_calls(machine)) == 1
    assert apt_calls(machine) == []


def test_a_chromium_that_cannot_be_had_does_not_stop_the_tests(machine):
    machine.tool("apt-get", APT)
    machine.user(0)
    assert len(apt_calls(machine, APT_EXIT="100")) == 1


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_a_chromium_that_is_there_is_used(machine, name):
    machine.tool("apt-get", APT)
    machine.tool(name, "#!/bin/sh\n")
    machine.user(0)
    assert apt_calls(machine) == []


def test_a_named_chromium_is_used(machine):
    machine.tool("apt-get", APT)
    machine.user(0)
    assert apt_calls(machine, TISSUECLOCK_CHROMIUM="there") == []


def test_a_user_installs_nothing_by_apt(machine):
    machine.tool("apt-get", APT)
    assert apt_calls(machine) == []


# --- the commands ------------------------------------------------------------------------------------------


def test_pytest_has_the_last_word(machine):
    result = machine.run("test", PYTEST_EXIT="3")
    assert result.returncode == 3
    assert result.stdout.splitlines()[-1] == "= 1 passed ="


def test_ci_runs_every_test_and_passes_on_the_exit_code(machine, checkout):
    (machine.root / ".ci").mkdir()
    shutil.copy(checkout / ".ci" / "run", machine.root / ".ci" / "run")
    command = machine.command(PYTEST_EXIT="5", CI="true")
    command["args"] = ["sh", str(machine.root / ".ci" / "run")]
    result = subprocess.run(**command, check=False)
    assert result.returncode == 5
    assert result.stdout.splitlines()[-1] == "= 1 passed ="
    assert machine.did()[-1] == "-m pytest --numprocesses auto --dist loadfile"


def test_nothing_is_read_from_stdin(machine):
    assert "typed by a person" not in machine.run("demo").stdout


def test_from_elsewhere_the_demo_is_still_written_into_the_checkout(machine, tmp_path):
    result = machine.run("demo", "--out", "mine", cwd=tmp_path)
    assert result.returncode == 0
    assert machine.did()[-1] == f"-P -m tissueclock demo --out {machine.root}/tissueclock-demo --out mine"


def test_what_the_user_has_on_pythonpath_is_not_tested(machine):
    machine.tool("python3", PYTHON.replace('log "$*"; cat ;;', 'log "PYTHONPATH=${PYTHONPATH:-}" ;;'))
    machine.run("demo", PYTHONPATH="src")
    assert machine.did()[-1] == "PYTHONPATH="
