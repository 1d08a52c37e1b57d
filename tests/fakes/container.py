"""The image as it ships, built and run without a container daemon: buildah builds, podman runs with runc.

The base that the Dockerfile names is not fetched from a registry: a minimal Debian with Python, made by mmdebstrap,
is imported under that name. Both tools need root.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
IMAGE = "localhost/endurance:test"
BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOST_FILES = (Path("/etc/ssl/certs"), Path("/etc/pip.conf"))
"""What lets pip inside the build reach the index as the host does; no part of the Dockerfile."""
ENVIRONMENT = os.environ | {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
STOP_SECONDS = 30.0


def base_name() -> str:
    """Return the base that the Dockerfile takes when no other is given."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def tool(*arguments: str | Path) -> str:
    """Run one command to its end and return its output. Raises AssertionError with the end of what it said."""
    done = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments[0]} ended with {done.returncode}: {done.stderr[-3000:]}"
    return done.stdout.strip()


def has_image(name: str) -> bool:
    """Return whether the image is in the local store."""
    return subprocess.run(("buildah", "inspect", "--type", "image", name), env=ENVIRONMENT, capture_output=True,
                          check=False).returncode == 0  # fmt: skip


def import_base(folder: Path) -> None:
    """Put a Debian with Python into the local store under the Dockerfile's name; minutes the first time."""
    if has_image(base_name()):
        return
    archive = folder / "base.tar"
    packages = "ca-certificates,python3,python3-venv,python3-pip"
    tool("mmdebstrap", "--variant=minbase", f"--include={packages}", "bookworm", archive)
    container = tool("buildah", "from", "scratch")
    tool("buildah", "add", "-q", container, archive, "/")
    tool("buildah", "config", "--env", f"PATH={BASE_PATH}", container)
    tool("buildah", "commit", "-q", container, base_name())
    tool("buildah", "rm", container)
    archive.unlink()


def build() -> None:
    """Build the image from the Dockerfile."""
    mounts = [f"--volume={path}:{path}:ro" for path in HOST_FILES if path.exists()]
    options = ("--pull-never", "--network", "host", "--format", "docker")
    tool("buildah", "bud", *options, *mounts, "-t", IMAGE, ROOT)


def inspect(name: str) -> dict[str, object]:
    """Return what the store knows of an image: `Size` in bytes, `Config` as the Dockerfile wrote it."""
    images: list[dict[str, object]] = json.loads(tool("podman", "image", "inspect", name))
    return images[0]


@dataclass
class Container:
    """One running container."""

    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        """Send SIGTERM as a container engine does; return the exit code."""
        self.process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()


def podman_run(volume: Path, arguments: Sequence[str], options: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the command for a container with no privilege at all: what an orchestrator's strictest policy allows."""
    limits = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=1024:1024")
    policy = ("--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    run = ("podman", "--runtime", "runc", "run", "--rm", "--pull=never", "--network", "host", "--no-healthcheck")
    return (*run, *policy, *limits, "--volume", f"{volume}:/data", *options, IMAGE, *arguments)


@asynccontextmanager
async def running(volume: Path, log: Path, *arguments: str) -> AsyncIterator[Container]:
    """Run the image with the arguments; killed at the end if it still runs."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *podman_run(volume, arguments), env=ENVIRONMENT, stdout=output, stderr=output
        )
    try:
        yield Container(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
