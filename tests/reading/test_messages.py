"""Every problem has its three sentences in both languages, and gets the numbers they name."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from geo.messages import catalogue

SOURCES = sorted((Path(__file__).parents[2] / "geo/reading").glob("*.py"))
CALL = re.compile(r'(?:log|quiet)\.add(?:_by_file)?\(\s*"(\w+)",(.*?)\n?\s*\)\n', re.DOTALL)
GIVEN = {"file", "row", "count", "layer", "field"}


def _calls() -> list[tuple[str, str]]:
    return [(m[1], m[2]) for path in SOURCES for m in CALL.finditer(path.read_text("utf-8"))]


def test_every_key_that_is_logged_has_sentences() -> None:
    keys = {key for key, _ in _calls()}
    assert len(keys) > 50
    missing = [
        f"reading.{k}.{p}"
        for k in keys
        for p in ("what", "done", "todo")
        if f"reading.{k}.{p}" not in catalogue()
    ]
    assert not missing


def test_no_sentence_is_idle() -> None:
    said = {k.split(".")[1] for k in catalogue() if k.startswith("reading.") and k.endswith(".what")}
    assert said == {key for key, _ in _calls()}


def test_sentences_name_only_what_they_are_given() -> None:
    for key, arguments in _calls():
        given = GIVEN | set(re.findall(r"(\w+)=", arguments))
        given |= {"low", "high"} if "**limits" in arguments else set()
        given |= {"sample"} if "shown=" in arguments else set()
        for part in ("what", "done", "todo"):
            for text in catalogue()[f"reading.{key}.{part}"].values():
                names = {name for _, name, _, _ in Formatter().parse(text) if name}
                assert names <= given, f"{key}.{part} needs {names - given}"
