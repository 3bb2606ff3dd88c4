"""Serve the toy township: `python -m tests.service.serve_toy`."""

from __future__ import annotations

from tests.service.toy import ToyWork
from tests.serving import serve

if __name__ == "__main__":
    serve(ToyWork())
