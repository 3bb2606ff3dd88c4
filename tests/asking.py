"""Asking a running service: a busy machine may take long to answer, and no clock fails a test."""

from __future__ import annotations

import httpx

PATIENCE_S = 300.0
ask = httpx.Client(timeout=PATIENCE_S)
