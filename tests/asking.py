"""Asking a running service: a busy machine may take long to answer, and no clock fails a test."""

from __future__ import annotations

import httpx

ask = httpx.Client(timeout=120)
