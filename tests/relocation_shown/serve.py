"""Serve the toy in danger: `python -m tests.relocation_shown.serve`."""

from __future__ import annotations

from tests.relocation_shown.toy import MovingToy
from tests.serving import serve

if __name__ == "__main__":
    serve(MovingToy())
