"""Which budgets may be asked for? The same on the command line, in a query and in a body."""

from __future__ import annotations

from geo.errors import BadBudgetError

MOST_YEARS = 10
MOST_WAN = 1e7
"""Most 万元 in one year."""


def read_budgets(text: str) -> list[float]:
    """万元 of each year from "500,300". Raises `BadBudgetError` for what is no budget, or too many years."""
    try:
        found = [float(part) for part in text.replace("\uff0c", ",").split(",")]  # the comma of Chinese too
    except ValueError:
        found = []
    if not found or not all(0 <= each <= MOST_WAN for each in found) or not any(found):
        raise BadBudgetError("cli.bad_budget", text=text[:60])
    if len(found) > MOST_YEARS:
        raise BadBudgetError("cli.many_years", years=len(found), most=MOST_YEARS)
    return found
