"""A folder of an object store by its fsspec URL, asked for whole objects; what fails is one line without a secret."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from refund_calc.errors import CannotWrite, Misused, NightStopped

CHUNK = 8 << 20  # bytes that are held of an object at a time; S3 takes parts of at least 5 MiB
INSTALL = "pip install 'refund-calc[cloud]'"
_OF_THE_EXTRA = ("s3://", "s3a://", "http://", "https://")  # whose packages it brings
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")  # S3's words for "it is there", "it is just being made"
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError")
_NO_CONNECTION = ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ClientConnectorError")


class StoreFailed(Exception):
    """The store did not do what it was asked, in one line; who asked says what that means for the night."""


class FileSystem(Protocol):
    """What is used of an fsspec file system; paths are its own, without the protocol."""

    def find(self, path: str) -> list[str]: ...
    def open(self, path: str, mode: str, block_size: int) -> BinaryIO: ...
    def cat_file(self, path: str) -> bytes: ...
    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> object: ...
    def cp_file(self, path1: str, path2: str) -> object: ...
    def rm_file(self, path: str) -> object: ...
    def invalidate_cache(self) -> object: ...


def is_url(text: str) -> bool:
    """Whether this is a URL, and no path."""
    return _URL.match(text) is not None


def shown(url: str) -> str:
    """A URL as it may be told: without user, password and query, which may be a signature."""
    return re.sub(r"(?<=://)[^/]*@", "", url.partition("?")[0]).rstrip("/")


@dataclass(frozen=True)
class Store:
    """A folder of a store. Names are relative to it, parted by `/`. Every method raises StoreFailed."""

    fs: FileSystem
    root: str
    url: str  # as it may be told

    def names(self) -> list[str]:
        """Every object in the folder and below, sorted; of a URL that is one object, a blank name."""
        with self._asked():
            self.fs.invalidate_cache()
            found = [path.removeprefix("/") for path in self.fs.find(self.root)]
        root = self.root.strip("/")
        inside = [path for path in found if path == root or path.startswith(f"{root}/" if root else "")]
        return sorted(path.removeprefix(root).removeprefix("/") for path in inside if not path.endswith("/"))

    def read(self, name: str) -> bytes | None:
        """A small object, None where it is not there."""
        with self._asked(name):
            try:
                return bytes(self.fs.cat_file(self._at(name)))
            except FileNotFoundError:
                return None

    def chunks(self, name: str) -> Iterator[bytes]:
        """An object piece by piece."""
        with self._asked(name), self.fs.open(self._at(name), "rb", CHUNK) as file:
            while piece := file.read(CHUNK):
                yield piece

    def download(self, name: str, path: Path) -> None:
        """An object into a file. Raises CannotWrite where the file cannot be written."""
        pieces = self.chunks(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            raise CannotWrite(f"{path}: cannot be written ({error.strerror}); make room for a copy of it") from None

    def upload(self, path: Path, name: str) -> None:
        """A file as an object, replacing what is there of this name."""
        with self._asked(name), path.open("rb") as file, self.fs.open(self._at(name), "wb", CHUNK) as target:
            shutil.copyfileobj(file, target, CHUNK)

    def write(self, name: str, content: bytes) -> None:
        """A small object, in one request: it is there as it was, or as it is now."""
        with self._asked(name):
            self.fs.pipe_file(self._at(name), content)

    def create(self, name: str, content: bytes) -> bool:
        """A small object that must not be there yet; False where it is. S3 is asked by `If-None-Match: *`."""
        with self._asked(name):
            try:
                self.fs.pipe_file(self._at(name), content, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                if _code(error) in _TAKEN:  # not every S3 says which of its conditions it was
                    return False
                raise
        return True

    def copy(self, name: str, to: str) -> None:
        """An object under another name; its bytes stay in the store."""
        with self._asked(to):
            self.fs.cp_file(self._at(name), self._at(to))

    def remove(self, name: str) -> None:
        """Remove an object; it need not be there."""
        with self._asked(name), contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root

    @contextlib.contextmanager
    def _asked(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except (NightStopped, MemoryError):
            raise
        except Exception as error:  # the kinds of a store's own library are known to it alone
            raise StoreFailed(f"{self.url}{'/' if name else ''}{name}: {_cause(error)}") from None


def open_store(url: str) -> Store:
    """The folder of a URL; nothing is asked of the store yet.

    Raises Misused where fsspec or what it needs for this protocol is not installed, where it knows no such protocol,
    or where the URL holds a password, or a query that only a web server understands.
    """
    if holds_secret(url):
        raise Misused(
            f"{url.partition('://')[0]}://: the URL (not shown here) holds a key or a password, which everybody on "
            "this machine can see; leave it out, and put it where `refund-calc manual operator` says under In a store"
        )
    if "?" in url and not url.lower().startswith(("http://", "https://")):
        raise Misused(f"{shown(url)}: a ? and what follows belong to https:// only; give the URL without them")
    try:
        from fsspec.core import url_to_fs

        fs, root = url_to_fs(url)
    except ImportError as error:
        if find_spec("fsspec") and not url.lower().startswith(_OF_THE_EXTRA):
            raise Misused(f"{shown(url)}: this protocol needs a package of its own ({_cause(error)})") from None
        raise Misused(f"{shown(url)}: URLs are read by an extra that is not installed; {INSTALL}") from None
    except Exception as error:
        raise Misused(f"{shown(url)}: cannot be used as a URL ({_cause(error)}); correct it") from None
    return Store(cast(FileSystem, fs), str(root).rstrip("/"), shown(url))


def holds_secret(url: str) -> bool:
    """Whether USER:PASSWORD@ stands before the place. A key of S3 may hold a slash: then `@` counts wherever it is."""
    user, colon, after = url.partition("://")[2].partition("/")[0].partition(":")
    is_written_out = bool(colon) and "@" in url and not re.fullmatch(r"\d*", after)
    return is_written_out and "@" not in user and user != "arn"


def _code(error: BaseException) -> str:
    """The store's own code of a failure, as S3 gives it; blank without one."""
    response = getattr(error.__cause__ or error, "response", None)
    found = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return str(found)


def _cause(error: Exception) -> str:
    """What failed, in a few words. No URL of a message is told: it may be signed."""
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "there is no such bucket, folder or object"
    if isinstance(error, PermissionError):
        return f"permission denied{f' ({_code(error)})' if _code(error) else ''}"
    if kind in _NO_CREDENTIALS:
        return "no credentials were found"
    if kind in _NO_CONNECTION or isinstance(error, ConnectionError | TimeoutError):
        return "no connection to the store"
    words = re.sub(r"\S+://\S+", "…", " ".join(str(error).split()))
    return f"{kind}: {words}"[:200]
