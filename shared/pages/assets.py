"""What pages load: style, script and picture, served by us under a name that changes with its content."""

import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")


class Assets:
    """The files of the folders `static` of `packages`, as far as they have one; `make install` makes those of the kit."""

    def __init__(self, packages: Sequence[str]) -> None:
        folders = {package: Path(str(files(package).joinpath("static"))) for package in packages}
        there = {package: folder for package, folder in folders.items() if folder.is_dir()}
        if not any(folder.joinpath("pages.css").is_file() for folder in there.values()):
            raise RuntimeError("The pages' style is not there: make install")
        self._app = GZipMiddleware(StaticFiles(packages=[(package, "static") for package in there]), minimum_size=1000)
        self._path = f"/assets/{_digest(there.values())}"

    def url(self, name: str) -> str:
        """Where a page finds the file `name`."""
        return f"{self._path}/{name}"

    def mount(self) -> Mount:
        """The route for all of them."""
        return Mount(self._path, app=self, name="assets")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                message["headers"] = [*message["headers"], FOREVER]
            await send(message)

        await self._app(scope, receive, kept)


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()
