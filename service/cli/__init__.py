"""The command `xiangtu`: check, plan, serve.

Each command is a module of this package with `add_args(parser)` and `run(args) -> int`;
`args.lang` is the language to speak (`parser.lang` for its help). Only the module of the
command that was asked for is imported, so that `xiangtu --help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from typing import Any, NoReturn

from geo.errors import XiangtuError
from geo.messages import LANGS, say

TOLD = ("eacces", "eexist", "eisdir", "enoent", "enospc", "enotdir", "eperm", "erofs")
COMMANDS = ("check", "plan", "serve")
ERROR, BUG, INTERRUPTED = 2, 70, 130
"""Exit codes: the caller can mend it, we must mend it (EX_SOFTWARE), stopped by the keyboard."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Never shows a traceback unless `--debug` asks for it."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _asked_language(words) or language(os.environ)
    args = None
    try:
        args = build_parser(lang, words).parse_args(words)
        return int(import_module(f"{__name__}.{args.command}").run(args))
    except XiangtuError as error:
        return _fail(say("cli.error", lang, sentence=error.said(lang)), ERROR)
    except OSError as error:
        sentence = _why(error, lang)
        return _fail(say("cli.error_file", lang, sentence=sentence, file=error.filename or ""), ERROR)
    except KeyboardInterrupt:
        return _fail(say("cli.interrupted", lang), INTERRUPTED)
    except Exception as error:
        if args is not None and args.debug:
            traceback.print_exc()
        return _fail(say("cli.bug", lang, kind=type(error).__name__, sentence=str(error)), BUG)


def _why(error: OSError, lang: str) -> str:
    """What stands in the way of a file, in the caller's language; the system's own words for the rest."""
    name = errno.errorcode.get(error.errno or 0, "").lower()
    return say(f"cli.{name}", lang) if name in TOLD else error.strerror or str(error)


def language(environ: Mapping[str, str]) -> str:
    """The language of the terminal: Chinese, unless the locale names another language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        spoken = environ.get(name, "").split(".")[0].split("@")[0].lower()
        if spoken:
            return "zh" if spoken.startswith("zh") or spoken in ("c", "posix") else "en"
    return "zh"


def build_parser(lang: str, words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser, with the arguments of the command found in `words` (of all when there is none)."""
    parser = CommandParser(lang=lang, prog="xiangtu", description=say("cli.about", lang))
    parser.add_argument("--version", action="version", version=f"xiangtu {version('xiangtu')}")
    common = CommandParser(add_help=False)
    for each in (parser, common):  # both may stand before or after the command
        each.add_argument("--lang", choices=LANGS, default=argparse.SUPPRESS, help=say("cli.lang", lang))
        told = say("cli.debug", lang)
        each.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=told)
    parser.set_defaults(lang=lang, debug=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = next((w for w in words if w in COMMANDS), None)
    for name in COMMANDS:
        told = say(f"cli.{name}", lang)
        command = commands.add_parser(name, lang=lang, help=told, description=told, parents=[common])
        if name == wanted:
            import_module(f"{__name__}.{name}").add_args(command)
    return parser


class CommandParser(argparse.ArgumentParser):
    """argparse that knows its language, takes no abbreviation (`--are` for `--area`), nothing twice."""

    def __init__(self, *, lang: str = "zh", **options: Any) -> None:
        self.lang = lang
        super().__init__(allow_abbrev=False, **options)
        self.register("action", None, _Once)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        told = say("cli.usage", self.lang, sentence=_in_words(message, self.lang), program=self.prog)
        self.exit(ERROR, f"{told}\n")


class _Once(argparse.Action):
    """Keeps the value of an option; given twice, one of the two would be lost without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option: str | None = None,
    ) -> None:
        given = vars(namespace).setdefault("given", set())
        if option is not None and self.dest in given:
            parser.error(f"argument {option}: given twice")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


_ARGPARSE = {
    "missing": r"the following arguments are required: (?P<what>.+)",
    "unknown": r"unrecognized arguments: (?P<what>.+)",
    "choice": r"argument (?P<name>\S+): invalid choice: '?(?P<what>.*?)'? \(choose from (?P<known>.+)\)",
    "number": r"argument (?P<name>\S+): invalid int value: '(?P<what>.*)'",
    "value": r"argument (?P<name>\S+): expected one argument",
    "twice": r"argument (?P<name>\S+): given twice",
}
"""What argparse says, which it says in English only -> our sentence."""


def _in_words(message: str, lang: str) -> str:
    for key, pattern in _ARGPARSE.items():
        found = re.fullmatch(pattern, message)
        if found:
            return say(f"cli.usage_{key}", lang, **found.groupdict())
    return message


def _asked_language(words: Sequence[str]) -> str | None:
    for word, following in pairwise([*words, ""]):
        asked = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and asked in LANGS:
            return asked
    return None


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
