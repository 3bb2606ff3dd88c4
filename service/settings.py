"""What can be set about the service? Built once, at the command line or in a test, and passed down.

Every field can also come from the environment as XIANGTU_<FIELD>.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parents[1]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Settings(BaseSettings):
    """Where the data is, where to listen, what to show and what to refuse."""

    model_config = SettingsConfigDict(env_prefix="XIANGTU_", frozen=True)

    folder: Path = Field(default=ROOT / "data" / "shapefiles", description="the folder with the layers")
    area: Path | None = Field(default=None, description="an area.toml that says which file is which layer")
    standard: Path | None = Field(default=None, description="a TOML file that overrides the default standard")
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="the port to listen on")
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host headers to answer; empty: names of this machine if only it can reach us, else any",
    )
    open_names: bool = Field(default=False, description="show full names and other personal fields")
    max_body_bytes: int = Field(default=1_000_000, ge=1_000, description="largest request body")
    max_vertices: int = Field(default=5_000, ge=4, description="most vertices of a polygon sent to us")
    max_items: int = Field(default=10_000, ge=1, description="most features in one page of OGC API Features")
    default_items: int = Field(default=1_000, ge=1, description="features in one page when nobody says")
    wait_s: float = Field(
        default=20.0, gt=0, description="longest wait for another computation before answering 503"
    )
    workbench: Path = Field(
        default=ROOT / "maps" / "static" / "workbench", description="the built web application"
    )

    def hosts(self) -> tuple[str, ...]:
        """The Host headers we answer to; empty for any. Guards against DNS rebinding."""
        if self.allowed_hosts:
            return tuple(h.lower() for h in self.allowed_hosts)
        return LOOPBACK if self.host in ("127.0.0.1", "localhost", "::1") else ()
