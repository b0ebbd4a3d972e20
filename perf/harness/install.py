"""Gets the peers: Debian packages through apt (as root), PyPI packages into a venv in the cache."""

import contextlib
import os
import pathlib
import subprocess

from harness import contenders

TOOLS = ("wrk", "util-linux", "linux-perf", "strace", "valgrind", "python3-venv", "gcc")
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def packages(kind: str) -> list[str]:
    rows = contenders.CONTENDERS.values()
    names = (name for row in rows for name in row.packages if name.startswith(kind + ":"))
    return sorted({name.partition(":")[2] for name in names})


def succeeded(command: list[str], **options) -> bool:
    print("+", " ".join(command), flush=True)
    return (
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, **options).returncode == 0
    )


@contextlib.contextmanager
def no_service_starts():
    """Debian starts what it installs unless this file says no; see invoke-rc.d(8)."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install_debian() -> list[str]:
    if os.geteuid() != 0:
        return ["Debian packages (run --install as root): " + ", ".join(packages("apt"))]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    with no_service_starts():
        succeeded(["apt-get", "update", "-qq"])
        wanted = [*TOOLS, *packages("apt")]
        if succeeded([*install, *wanted], env=environment):
            return []
        return [name for name in wanted if not succeeded([*install, name], env=environment)]


def install_pypi() -> list[str]:
    if not os.path.exists(contenders.VENV_PYTHON):
        if not succeeded([contenders.SYSTEM_PYTHON, "-m", "venv", contenders.VENV]):
            return ["a virtual environment (Debian: python3-venv)"]
    pip = [contenders.VENV_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return [name for name in ["wheel", *packages("pip")] if not succeeded([*pip, name])]


def install() -> int:
    missing = install_debian() + install_pypi()
    for name in missing:
        print("could not get", name)
    return 1 if missing else 0
