"""The documents tell the truth: what they point to exists, and both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.layers import LAYERS
from geo.messages import LANGS, catalogue
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


def test_field_names_fit_a_shapefile() -> None:
    for layer in LAYERS.values():
        for field in layer.fields:
            assert len(field.name.encode()) <= 10, (layer.name, field.name)
