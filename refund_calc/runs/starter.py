"""A working folder ready to fill: the files of `refund_calc/starter`, with this machine's paths where needed."""

import shlex
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from refund_calc.errors import CannotCreate, CannotWrite, Misused

# Where each file of the starter goes.
FILES = {
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "policy.toml": "policy/2024-01.toml",
    "orders.csv": "inbox/orders.csv",
    "returns.csv": "inbox/returns.csv",
    "resolutions.csv": "inbox/resolutions.csv",
    "crontab.txt": "crontab.txt",
    "refund-calc.service": "systemd/refund-calc.service",
    "refund-calc.timer": "systemd/refund-calc.timer",
}
WITH_PATHS = ("crontab.txt", "refund-calc.service", "refund-calc.timer")


def start_folder(folder: Path, program: Path, user: str) -> list[Path]:
    """Write the starter into a folder, which is made; `program` is the refund-calc that cron and systemd start.

    Raises CannotCreate where one of its files stands there already, or the folder cannot be made, and Misused for a
    path that no crontab can hold; then nothing was written.
    """
    folder = folder.absolute()
    if any(ord(sign) < 32 for sign in f"{folder}{program}"):
        raise Misused(f"{folder}: a crontab cannot hold a path with control characters; name another folder")
    content = {folder / FILES[name]: text for name, text in _texts(folder, program, user).items()}
    for path in content:
        if path.exists() or path.is_symlink():
            raise CannotCreate(f"{path}: it stands there already; nothing was written, name a new folder")
    try:
        for parent in sorted({path.parent for path in content}):
            parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreate(f"{error.filename}: cannot be made ({error.strerror}); name another folder") from None
    for path, text in content.items():
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except OSError as error:
            raise CannotWrite(f"{path}: cannot be written ({error.strerror}); remove {folder} and try again") from None
    return list(content)


def _texts(folder: Path, program: Path, user: str) -> Mapping[str, str]:
    source = files("refund_calc") / "starter"
    texts = {name: (source / name).read_text(encoding="utf-8") for name in FILES}
    here = {
        "time_zone": tomllib.loads(texts["policy.toml"])["time_zone"],
        "folder_in_cron": _in_cron(folder),
        "program_in_cron": _in_cron(program),
        "folder_in_shell": shlex.quote(str(folder)),
        "folder_in_unit": str(folder).replace("%", "%%"),  # WorkingDirectory= takes the line as it is
        "program_in_unit": _in_unit(program),
        "user": user,
    }
    return texts | {name: texts[name].format_map(here) for name in WITH_PATHS}


def _in_cron(path: Path) -> str:
    """A path as a word of a crontab's command: for the shell, and without cron's own sign for a line end."""
    return shlex.quote(str(path)).replace("%", r"\%")


def _in_unit(path: Path) -> str:
    """A path as a word of ExecStart=."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if set(text) & set(" \\\"'") else text
