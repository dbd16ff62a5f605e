"""The command line with URLs instead of paths."""

import builtins
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import fsspec
import pytest
from click.testing import CliRunner

from jobs.cli import group
from refund_calc.history.folders import locked
from refund_calc.runs.cloud.store import Store, holds_secret, open_store, shown
from tests.cloud.conftest import SECRET
from tests.sample import nights

SAMPLE = nights.FOLDER
FIRST, MAIN = "2026-11-19", "2026-11-20"


@dataclass
class Shop:
    """A store that holds the sample's inputs beside its OUT."""

    out: Store

    @property
    def url(self) -> str:
        return self.out.url

    def at(self, name: str) -> str:
        return f"{self.url.removesuffix('/out')}/{name}"

    def put(self, folder: Path, name: str) -> None:
        for path in folder.iterdir():
            if path.is_file():
                open_store(self.at(name)).upload(path, path.name)

    def night(self, *more: str, as_of: str = MAIN) -> "Ran":
        inbox = self.at("main" if as_of == MAIN else "before")
        given = ("--inbox", inbox, "--policy", self.at("policy"), "--out", self.url, "--as-of", as_of)
        return start("nightly", *given, *more)


@dataclass
class Ran:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


def start(*arguments: str) -> Ran:
    ended = CliRunner().invoke(group, arguments)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return Ran(ended.exit_code, ended.stdout, ended.stderr)


def fails(ran: Ran, exit_code: int, *words: str) -> None:
    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert ran.stderr.startswith("refund-calc: ") and ran.stderr.count("\n") == 1, ran.stderr
    assert all(word in ran.stderr for word in words), ran.stderr
    assert SECRET not in ran.stderr and "/tmp" not in ran.stderr


@pytest.fixture
def shop(store: Store) -> Shop:
    found = Shop(store)
    for folder, name in ((SAMPLE, "main"), (SAMPLE / "night-before", "before"), (SAMPLE / "policy", "policy")):
        found.put(folder, name)
    open_store(found.at("opening.csv")).upload(SAMPLE / "opening.csv", "")
    return found


@pytest.fixture
def two_nights(shop: Shop) -> Iterator[Shop]:
    first = shop.night("--new-history", "--opening", shop.at("opening.csv"), as_of=FIRST)
    assert (first.exit_code, first.stderr) == (0, ""), first.stderr
    second = shop.night()
    assert (second.exit_code, second.stderr) == (0, ""), second.stderr
    assert second.stdout.endswith(f"Reports: {shop.url}/{MAIN}\n")
    yield shop


@pytest.fixture
def on_disk(tmp_path: Path) -> Path:
    """The same two nights in a folder."""
    policy, out = SAMPLE / "policy", tmp_path / "out"
    for day, inbox, more in (
        (FIRST, SAMPLE / "night-before", ("--new-history", "--opening", SAMPLE / "opening.csv")),
        (MAIN, SAMPLE, ()),
    ):
        given = ("--inbox", inbox, "--policy", policy, "--out", out, "--as-of", day, *more)
        assert start("nightly", *map(str, given)).exit_code == 0
    return out


def test_the_commands_tell_of_a_store_what_they_tell_of_a_folder(two_nights: Shop, on_disk: Path) -> None:
    for name in (f"{MAIN}/manifest.json", f"{MAIN}/report.html", "worklist.xlsx"):
        assert two_nights.out.read(name) == (on_disk / name).read_bytes(), name
    for command in (
        ("verify", "--out"),
        ("status", "--out"),
        ("explain", "RMA-3019", "--out"),
        ("export", "hledger", "--from", FIRST, "--to", MAIN, "--out"),
    ):
        told, there = start(*command, two_nights.url), start(*command, str(on_disk))
        assert (told.exit_code, told.stderr) == (0, there.stderr)
        assert told.stdout == there.stdout.replace(str(on_disk), two_nights.url)


def test_a_workbook_and_a_reconciliation_are_made_of_a_store(two_nights: Shop, on_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "stripe.csv").write_text("id,Amount,Currency,Created (UTC)\n", encoding="utf-8")
    report = open_store(two_nights.at("paid.csv"))
    report.upload(tmp_path / "stripe.csv", "")
    ran = []
    for out, paid in ((two_nights.url, report.url), (str(on_disk), str(tmp_path / "stripe.csv"))):
        book = start("workbook", "--out", out, "-o", str(tmp_path / "book.xlsx"))
        assert book.exit_code == 0, book.stderr
        money = start("reconcile", "--processor", paid, "--out", out, "--as-of", MAIN)
        ran.append(((tmp_path / "book.xlsx").read_bytes(), money.exit_code, re.sub(r"\S*/", "", money.stderr)))
    assert ran[0][0] == ran[1][0]
    assert ran[0][1] == ran[1][1]


def test_an_inbox_in_a_store_is_checked(shop: Shop) -> None:
    there = start("check", "--inbox", shop.at("main"), "--policy", shop.at("policy"))
    here = start("check", "--inbox", str(SAMPLE), "--policy", str(SAMPLE / "policy"))
    assert there == here
    assert there.exit_code == 65


def test_a_dry_run_writes_nothing_into_the_store(two_nights: Shop) -> None:
    before = two_nights.out.names()
    ran = two_nights.night("--dry-run", "--redo")
    assert ran.exit_code == 0 and ran.stdout.endswith("Dry run: nothing was written\n")
    assert two_nights.out.names() == before


def test_paths_and_urls_stand_together_in_a_variable(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (SAMPLE / "returns.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    here = tmp_path / "returns-a.csv"
    here.write_text("".join(rows[:4]), encoding="utf-8")
    open_store(shop.at("returns-b.csv")).write("", "".join(rows[:1] + rows[4:]).encode())
    monkeypatch.setenv("REFUND_CALC_RETURNS", os.pathsep.join([str(here), shop.at("returns-b.csv")]))
    monkeypatch.setenv("REFUND_CALC_ORDERS", shop.at("main/orders.csv"))
    monkeypatch.setenv("REFUND_CALC_OUT", shop.url)
    ran = start("nightly", "--policy", str(SAMPLE / "policy"), "--as-of", MAIN, "--new-history")
    assert ran.exit_code == 0, ran.stderr
    manifest = json.loads(shop.out.read(f"{MAIN}/manifest.json") or b"")
    assert [one["name"] for one in manifest["inputs"]] == ["orders.csv", "returns-a.csv", "returns-b.csv"]


def test_messages_name_the_url_and_not_the_copy(two_nights: Shop) -> None:
    fails(start("status", "--out", two_nights.at("nowhere")), 66, two_nights.at("nowhere"), "no night is there")
    open_store(two_nights.at("main")).write("returns.csv", b"rma_number\n")
    fails(two_nights.night("--redo", "--payouts-not-sent"), 65, "returns.csv")
    fails(start("verify", two_nights.at("nowhere")), 66, two_nights.at("nowhere"))
    fails(start("check", "--inbox", two_nights.at("nowhere"), "--policy", two_nights.at("policy")), 66, "nowhere")
    two_nights.out.write(f"{FIRST}/manifest.json", b"touched")
    fails(start("status", "--out", two_nights.url), 65, f"{two_nights.url}/{FIRST}/manifest.json")


def test_copies_are_gone_at_the_end_but_that_of_out_in_its_work_folder(shop: Shop, tmp_path: Path) -> None:
    work = tmp_path / "work"
    ran = shop.night("--new-history", "--work", str(work))
    assert ran.exit_code == 0, ran.stderr
    (copy,) = work.iterdir()
    assert copy.name.startswith("out-")
    assert (copy / MAIN / "manifest.json").read_bytes() == shop.out.read(f"{MAIN}/manifest.json")


def test_without_the_extra_a_url_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: object):
        if name.partition(".")[0] in ("fsspec", "s3fs"):
            raise ImportError(name)
        return real(name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    ran = start("status", "--out", "s3://bucket/out")
    fails(ran, 2, "s3://bucket/out", "pip install 'refund-calc[cloud]'")


def test_another_protocol_names_its_own_package_and_not_the_extra_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    ran = start("status", "--out", "gs://bucket/out")
    fails(ran, 2, "gs://bucket/out: this protocol needs a package of its own", "gcsfs")
    assert "refund-calc[cloud]" not in ran.stderr


def test_a_protocol_that_nobody_knows_is_told() -> None:
    fails(start("status", "--out", "nfs4://bucket/out"), 2, "nfs4://bucket/out", "Protocol not known")


def test_what_a_url_says_of_a_secret_is_not_told() -> None:
    assert shown(f"https://user:{SECRET}@example.com/a/orders.csv?X-Amz-Signature={SECRET}") == (
        "https://example.com/a/orders.csv"
    )


class _Signed(SimpleHTTPRequestHandler):
    """The sample, to whoever has the signature."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given, directory=str(SAMPLE))

    def send_head(self):
        if self.path.endswith(f"?sig={SECRET}"):
            return super().send_head()
        self.send_error(403)
        return None

    def log_message(self, format: str, *given: object) -> None:
        """Not into the output of the command."""


def test_a_signed_file_by_https_is_told_and_recorded_without_its_signature(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Signed) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{server.server_port}"
        orders, returns = (f"{at}/{name}.csv?sig={SECRET}" for name in ("orders", "returns"))
        given = ("--policy", str(SAMPLE / "policy"), "--as-of", MAIN, "--out", str(tmp_path / "out"), "--new-history")
        ran = start("nightly", "--orders", orders, "--returns", returns, *given)
        gone = start("nightly", "--orders", orders, "--returns", f"{at}/none.csv?sig={SECRET}", *given)
        server.shutdown()
    assert ran.exit_code == 0, ran.stderr
    manifest = (tmp_path / "out" / MAIN / "manifest.json").read_text(encoding="utf-8")
    assert [one["name"] for one in json.loads(manifest)["inputs"]] == ["orders.csv", "returns.csv"]
    assert SECRET not in manifest
    fails(gone, 66, f"{at}/none.csv")


def test_a_folder_whose_name_begins_alike_is_another_one(two_nights: Shop) -> None:
    for name in two_nights.out.names():
        open_store(f"{two_nights.url}-2").write(name, b"not ours")
    assert start("verify", two_nights.url).exit_code == 0


def test_a_bucket_that_is_not_there(s3: Store, tmp_path: Path) -> None:
    nowhere, given = "s3://no-such-bucket/out", ("--inbox", str(SAMPLE), "--policy", str(SAMPLE / "policy"))
    fails(start("status", "--out", nowhere), 66, nowhere, "no such bucket")
    fails(start("nightly", *given, "--as-of", MAIN, "--out", nowhere), 73, nowhere, "no such bucket")
    fails(start("check", "--inbox", nowhere, "--policy", str(SAMPLE / "policy")), 66, nowhere)


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "no connection"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}, "no credentials"),
    ],
)
def test_a_store_that_cannot_be_asked(
    s3: Store, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    fails(start("status", "--out", s3.url), 66, s3.url, words)
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def test_what_may_not_be_written_is_told(memory: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Store, path: Path, name: str) -> None:
        with self._asked(name):
            raise PermissionError(f"https://store/?X-Amz-Signature={SECRET}")

    monkeypatch.setattr(Store, "upload", refused)
    given = ("--inbox", str(SAMPLE), "--policy", str(SAMPLE / "policy"), "--as-of", MAIN, "--new-history")
    fails(start("nightly", *given, "--out", memory.url), 74, memory.url, "permission denied", "nothing was published")
    assert [name for name in memory.names() if not name.startswith(".")] == []


def test_every_command_that_reads_out_takes_a_url() -> None:
    """By one type of option: nobody opens OUT himself."""
    from jobs.cli import COMMANDS
    from jobs.places import Out

    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command
        for option in command.params:
            if option.name == "out" and name not in ("import", "init"):
                assert isinstance(option.type, Out), name


@pytest.mark.parametrize(
    "url",
    [
        f"s3://AKIA:{SECRET}@shop/refunds",
        f"s3://AKIA:{SECRET}/and/more@shop/refunds",
        f"ftp://me:{SECRET}@host/file.csv",
        f"https://me:{SECRET}@host/file.csv",
    ],
)
def test_a_url_with_a_password_is_refused_and_not_shown(url: str) -> None:
    ran = start("status", "--out", url)
    assert ran.exit_code == 2
    assert "holds a key or a password" in ran.stderr
    assert not any(word in ran.stderr for word in (SECRET, "AKIA", "more@"))


@pytest.mark.parametrize(
    "url", ["s3://shop/a:b@c", "https://127.0.0.1:8443/a@b.csv", "sftp://me@host/x", "s3://shop/x"]
)
def test_a_url_without_a_password_is_one(url: str) -> None:
    assert not holds_secret(url)


def test_a_query_belongs_to_a_web_server_only() -> None:
    """Else OUT would be a folder of another name than the one that is told."""
    fails(start("status", "--out", f"s3://shop/refunds?X-Amz-Signature={SECRET}"), 2, "s3://shop/refunds: a ? and what")


def test_a_work_folder_that_another_command_uses_is_told(memory: Store, tmp_path: Path) -> None:
    with locked(tmp_path):
        ran = start("status", "--out", memory.url, "--work", str(tmp_path))
    assert ran.exit_code == 75
    assert f"--work {tmp_path}: another command is at work with it" in ran.stderr
