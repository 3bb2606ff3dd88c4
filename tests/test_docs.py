"""The documents tell the truth: what they point to exists, and both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.layers import LAYERS
from geo.messages import LANGS, catalogue
from geo.verdicts import NEEDS
from service.cli import COMMANDS

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")


@pytest.mark.parametrize("name", [*READMES, "docs/architecture.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_shown(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    shown = set(re.findall(r"xiangtu (\w+)", text))
    assert shown == set(COMMANDS)
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"\bmake (\w+)", text)) <= targets


def test_the_readmes_have_the_same_parts() -> None:
    parts = [re.findall(r"^(#+) ", (ROOT / name).read_text("utf-8"), re.M) for name in READMES]
    assert parts[0] == parts[1]
    code = [re.findall(r"^    (xiangtu \w+)", (ROOT / name).read_text("utf-8"), re.M) for name in READMES]
    assert code[0] == code[1]


def test_every_sentence_has_both_languages_and_the_same_gaps() -> None:
    for key, texts in catalogue().items():
        gaps = [set(re.findall(r"\{(\w+)", texts[lang])) for lang in LANGS]
        assert gaps[0] == gaps[1], key


def test_every_sentence_is_asked_for() -> None:
    """By its key in the code, or by one made of parts: f"crucial.{state}", "move.wish" with a value."""
    code = [path for room in ("geo", "maps", "service") for path in (ROOT / room).rglob("*.*")]
    code = [p for p in code if p.suffix in CODE and not {"static", "node_modules"} & {*p.parts}]
    text = "\n".join(path.read_text("utf-8") for path in code)
    whole = set(re.findall(r"""["'`]([\w.-]+)["'`]""", text))  # a key, a room of keys, the end of a key
    made = {(h, t) for h, t in re.findall(r"""["'`]([\w.-]*)\$?\{[^{}]*\}([^"'`\s]*)["'`]""", text) if h + t}
    heads = {
        h
        for h in whole | {h for h, t in made if not t or "{" in t or t[-1] in "._"}
        if "." in h and h[-1] in "._"
    }
    ends = {(h, t) for h, t in made if t and "{" not in t and t[-1] not in "._" and ("." in h or t[0] == ".")}
    free = set(NEEDS)  # rooms whose keys are put together of two words
    idle = [
        key
        for key in catalogue()
        if not (
            key in whole
            or (key.count(".") > 1 and key.rpartition(".")[0] in whole)
            or any(key.startswith(head) for head in heads)
            or any(key.startswith(h) and key.endswith(t) for h, t in ends)
            or (key.split(".")[0] in free and key.split(".")[1] in whole)
        )
    ]
    assert not idle


CODE = (".py", ".js", ".ts", ".tsx", ".html")


def test_field_names_fit_a_shapefile() -> None:
    for layer in LAYERS.values():
        for field in layer.fields:
            assert len(field.name.encode()) <= 10, (layer.name, field.name)
