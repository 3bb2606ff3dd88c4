"""The errors of the planning science.

    XiangtuError
    ├── StandardError(ValueError)      a standard file is wrong: says line, key and what to do
    ├── AreaError(ValueError)          an area cannot be built from what was given
    │   └── NothingReadableError            not one layer could be read
    ├── UnknownFeatureError(KeyError)       an id, layer, need or indicator that does not exist
    ├── BadSearchError(ValueError)          a search for sites that makes no sense
    ├── BadBudgetError(ValueError)          a budget that is none
    ├── BadDraftError(ValueError)           a road or pool that cannot stand where it was drawn
    └── BadPolygonError(ValueError)         a site that cannot be judged as drawn

Each carries a message key and its numbers, so that the sentence can be said in
Chinese or English by `geo.messages.say`.
"""

from __future__ import annotations

from typing import Any

from geo.messages import say


class XiangtuError(Exception):
    """Something the caller can mend; `key` names the sentence in the catalogue."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key = key
        self.values = values
        super().__init__(say(key, "en", **values))

    def __str__(self) -> str:
        return say(self.key, "en", **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.key, self.values)  # so that it comes back from a helper

    def said(self, lang: str) -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(self.key, lang, **self.values)


def _again(kind: type[XiangtuError], key: str, values: dict[str, Any]) -> XiangtuError:
    return kind(key, **values)


class StandardError(XiangtuError, ValueError):
    """A standard file is wrong."""


class AreaError(XiangtuError, ValueError):
    """An area cannot be built from what was given."""


class NothingReadableError(AreaError):
    """Not one layer of the folder could be read."""


class UnknownFeatureError(XiangtuError, KeyError):
    """An id, layer, need or indicator that does not exist."""


class BadPolygonError(XiangtuError, ValueError):
    """A polygon that cannot be judged as a site."""


class BadDraftError(XiangtuError, ValueError):
    """A road or pool drawn by hand that cannot stand where it was drawn."""


class BadBudgetError(XiangtuError, ValueError):
    """What a year may spend is not a number from 0 upward."""


class BadSearchError(XiangtuError, ValueError):
    """What is asked of a search for sites, or of a comparison of them, makes no sense."""
