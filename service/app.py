"""The service as one ASGI application. `create_app(settings)` is the only way to make it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from service import errors, openapi
from service.doorman import Doorman
from service.jobs import Desk, FolderWork, Work
from service.routes import api, ogc, pages, relocation, works
from service.settings import Settings


def create_app(settings: Settings | None = None, work: Work | None = None) -> FastAPI:
    """An application that reads and plans beside its first answers.

    `work` says how an area is read and planned (default: the folder of the settings).
    """
    settings = settings or Settings()
    desk = Desk(settings, work or FolderWork(settings), first=_warm)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        desk.start()
        yield

    app = FastAPI(
        title="Xiangtu",
        version=version("xiangtu"),
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.desk = desk
    errors.install(app)
    openapi.install(app)
    app.add_middleware(Doorman, settings=settings)
    for each in (pages, relocation, api, works, ogc):  # /api/map/zones before /api/map/{layer}
        app.include_router(each.router)
    app.mount("/", StaticFiles(directory=settings.workbench, check_dir=False), name="workbench")
    return app


def _warm(desk: Desk) -> None:
    from service.usecases.warm import warm  # slow to import: not before the first answer

    warm(desk)
