"""Input files by URL, streamed to a local folder and read there."""

from pathlib import Path

from refund_calc.errors import NoInput
from refund_calc.runs.cloud.store import StoreFailed, open_store


def fetched(url: str, folder: Path) -> Path:
    """The file that a URL names, or the folder: of one, the files that lie in it itself.

    Answers the path of the copy in `folder`, under its own name. Raises NoInput where there is nothing, or where the
    store cannot be read.
    """
    store = open_store(url)
    try:
        names = [name for name in store.names() if "/" not in name]
        if not names:
            raise NoInput(f"{store.url}: no file is there; check the URL")
        if names == [""]:
            path = folder / store.url.rpartition("/")[2]
            store.download("", path)
            return path
        for name in names:
            store.download(name, folder / name)
    except StoreFailed as error:
        raise NoInput(f"{error}; check the URL, the network and what this user may read") from None
    return folder
