"""Where and with what a run was made: a figure without this says nothing."""

import os
import platform
import subprocess

from harness import contenders
from harness.server import read_lines


def output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip()


def cpu_model() -> str:
    for line in read_lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def distribution() -> str:
    for line in read_lines("/etc/os-release"):
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip().strip('"')
    return platform.system()


def hypervisor() -> str:
    return (
        ", a virtual machine"
        if any(" hypervisor" in line for line in read_lines("/proc/cpuinfo"))
        else ""
    )


def describe() -> dict[str, str]:
    return {
        "CPU": f"{cpu_model()}, {os.cpu_count()} cores{hypervisor()}",
        "Kernel": platform.release(),
        "System": distribution(),
        "Python": output_of(contenders.SYSTEM_PYTHON, "--version").removeprefix("Python "),
        "wrk": output_of("dpkg-query", "-W", "-f=${Version}", "wrk") or "present",
        "Load average at start": " ".join(read_lines("/proc/loadavg")[0].split()[:3]),
    }


def package_version(package: str) -> str:
    kind, _, name = package.partition(":")
    if kind == "apt":
        return output_of("dpkg-query", "-W", "-f=${Version}", name)
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return output_of(contenders.VENV_PYTHON, "-c", code)


def versions(contender, build: str) -> str:
    """The packages that are the server itself, not what it was built with."""
    if not contender.packages:
        lines = output_of(os.path.join(build, "hoopsnake"), "-v").splitlines()
        return lines[0] if lines else ""
    built_with = ("apt:libev-dev", "apt:gcc", "apt:python3-dev", "apt:apache2-dev")
    parts = [name for name in contender.packages if name not in built_with]
    return ", ".join(f"{name.partition(':')[2]} {package_version(name)}" for name in parts)
