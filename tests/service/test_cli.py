"""The command line: one clear sentence for every mistake, exit codes, languages."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from geo.errors import AreaError
from geo.messages import say
from service import cli
from service.cli import language, main
from service.usecases.ledger import split
from tests.asking import PATIENCE_S, ask
from tests.service.conftest import ROOT


def command(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    """Let `serve` do `run`."""
    module = ModuleType("service.cli.serve")
    module.add_args = lambda _parser: None  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setattr(cli, "import_module", lambda _name: module)


def raises(error: BaseException) -> Any:
    def run(_args: argparse.Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (AreaError("cli.no_folder", folder="/x"), 2, "error: there is no folder /x; check the path"),
        (FileNotFoundError(2, "No such file", "a.toml"), 2, "error: a.toml no such path"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError("inside"), 70, "the program itself failed (RuntimeError: inside)"),
    ],
)
def test_every_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    sentence: str,
) -> None:
    command(monkeypatch, raises(error))
    assert main(["--lang", "en", "serve"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(sentence)
    assert len(err.splitlines()) == 1


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    command(monkeypatch, raises(RuntimeError("inside")))
    assert main(["serve", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_the_code_of_the_command_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    command(monkeypatch, lambda args: 1 if args.lang == "en" else 0)
    assert main(["serve", "--lang", "en"]) == 1
    assert main(["--lang=zh", "serve"]) == 0


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "zh"),
        ({"LANG": ""}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.GBK"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, "en"),
    ],
)
def test_the_language_of_the_terminal(environ: dict[str, str], lang: str) -> None:
    assert language(environ) == lang


@pytest.mark.parametrize("words", [[], ["fly"], ["serve", "--por", "1"], ["serve", "--port", "x"]])
def test_wrong_words_are_refused_by_the_parser(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "usage: xiangtu" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        ([], "缺少 COMMAND", "COMMAND is missing"),
        (["fly"], "COMMAND 不能是“fly”", "COMMAND cannot be 'fly'"),
        (["plan"], "缺少 FOLDER", "FOLDER, -o/--out is missing"),
        (["plan", "a", "-o", "b", "--nope"], "没有 --nope 这样的参数", "no argument --nope"),
        (["plan", "a", "-o"], "-o/--out 后面缺少取值", "-o/--out needs a value"),
        (
            ["plan", "a", "-o", "b", "--budget", "500", "--budget", "300"],
            "--budget 写了两次",
            "--budget stands",
        ),
        (["serve", "--port", "x"], "--port 须是整数，不能是“x”", "--port must be a whole number, not 'x'"),
        (["--lang", "fr", "serve"], "--lang 不能是“fr”", "--lang cannot be 'fr'"),
    ],
)
def test_wrong_words_are_told_in_one_sentence(
    words: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang, said in (("zh_CN.UTF-8", zh), ("en_US.UTF-8", en)):
        monkeypatch.setenv("LC_ALL", lang)
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err.splitlines()[-1]


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from service.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "serve" in said
    loaded = said.splitlines()[-1].split()
    assert not {"service.cli.serve", "service.cli.plan", "uvicorn", "pandas"} & set(loaded)


def test_reading_waits_for_no_compiler() -> None:
    """`xiangtu plan` begins to read before it imports what only planning needs."""
    code = "import sys, geo.reading; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "geo.reading.read" in said.split()
    assert not {"numba", "scipy", "highspy", "folium", "geo.plan"} & set(said.split())


def test_serve_refuses_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["serve", str(tmp_path / "nowhere"), "--lang", "zh"]) == 2
    assert "没有文件夹" in capsys.readouterr().err


def test_serve_says_that_the_port_is_taken(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", str(tmp_path), "--port", port, "--lang", "en"]) == 2
    err = capsys.readouterr().err
    assert port in err
    assert "--port" in err
    assert len(err.splitlines()) == 1


def test_serve_answers_over_an_empty_folder_and_stops(tmp_path: Path) -> None:
    """Nothing readable: the service still stands and says so."""
    command = [sys.executable, "-c", "from service.cli import main; raise SystemExit(main())"]
    words = ["serve", str(tmp_path), "--port", "0", "--lang", "en"]
    with subprocess.Popen([*command, *words], stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stderr is not None
            address = process.stderr.readline().split()[3]
            for _ in range(300):
                status = ask.get(f"{address}api/status").json()
                if status["stage"] == "failed":
                    break
                time.sleep(0.1)
            assert status["stage"] == "failed"
            assert status["error"]["en"]
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) in (0, 130)
        assert "Traceback" not in process.stderr.read()


def test_needs_may_be_joined_or_repeated() -> None:
    assert split(["road,water", "yard", ""]) == ("road", "water", "yard")


def test_a_port_that_is_none_and_a_folder_that_is_a_file_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "zh", "serve", "--port", "99999"]) == 2
    assert "设置 port 不能是" in capsys.readouterr().err
    (tmp_path / "out").write_text("")
    assert main(["--lang", "zh", "plan", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "已有一个同名文件" in told
    assert "File exists" not in told


def test_a_plan_without_terrain_says_so_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    homes = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"id": f"H{i}", "people": 3},
         "geometry": {"type": "Point", "coordinates": [106.5 + i / 1000, 26.5]}}
        for i in range(3)
    ]}  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "households.geojson").write_text(json.dumps(homes), "utf-8")
    assert main(["--lang", "en", "plan", str(tmp_path / "in"), "-o", str(tmp_path / "out")]) in (0, 1)
    said = "".join(capsys.readouterr().err.split())
    assert said.count("thereisnoterrainmodel") == 1
    assert "没有地形资料" in say("plan.planar", "zh")
    page = (tmp_path / "out" / "map.html").read_text("utf-8")
    assert '"planar":true' in page.replace(" ", "")
