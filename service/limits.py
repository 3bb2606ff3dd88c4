"""How much may be asked for at a time? One place for the bodies that are posted, and for the page."""

from __future__ import annotations

from typing import Any

from service.budgets import MOST_WAN, MOST_YEARS

POOL_M3, MOST_POOL_M3 = 20.0, 10_000
"""Volume of a pool placed by hand: where nothing is said, and at most."""
FEWEST_COMPARED, MOST_COMPARED = 2, 5
"""Sites side by side: those of `geo.relocation.compare`, which is slow to import."""


def limits() -> dict[str, Any]:
    """What the page says beside its fields and holds what is typed against."""
    return {
        "years": MOST_YEARS,
        "wan": MOST_WAN,
        "pool_m3": POOL_M3,
        "most_pool_m3": MOST_POOL_M3,
        "compared": [FEWEST_COMPARED, MOST_COMPARED],
    }
