"""Serve the toy with works: `python -m tests.works_shown.serve`."""

from __future__ import annotations

from tests.serving import serve
from tests.works_shown.conftest import WorksToy

if __name__ == "__main__":
    serve(WorksToy())
