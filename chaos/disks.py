"""Small disks that can be filled: a tmpfs each, where this user may mount one."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path


class SmallDisk:
    """A folder on a disk of its own, of `megabytes`; an ordinary folder where mounting is not possible (`small` is False)."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        unmount(folder)
        folder.mkdir(parents=True, exist_ok=True)
        size = f"size={megabytes}m"
        self.small = not _quietly("mount", "-t", "tmpfs", "-o", size, "upc-chaos", str(folder))

    def fill(self) -> None:
        """Until nothing more goes on it."""
        block = bytes(1 << 16)
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while os.write(file.fileno(), block):
                pass

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        if self.small:
            unmount(self.folder)


def unmount(folder: Path) -> None:
    """Also what a run that was killed left mounted."""
    if folder.is_mount():
        _quietly("umount", "--lazy", str(folder))


def _quietly(*command: str) -> int:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode
    except OSError:
        return 1
