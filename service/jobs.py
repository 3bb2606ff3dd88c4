"""What is being served, and how far along is it? Reading and planning run beside the answers.

A `Desk` is made at once and fills in a thread of its own: first the area, then the
plan. Whoever needs what is not there yet gets a `NotReadyError`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from threading import RLock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from geo.errors import XiangtuError
from service.crew import helpers
from service.errors import BusyError, FailedError, NotReadyError
from service.settings import Settings

if TYPE_CHECKING:
    from pandas import DataFrame

    from geo.area import Area
    from geo.beside import Crew
    from geo.plan import Plan
    from geo.standards import Standard

logger = logging.getLogger(__name__)
T = TypeVar("T")
Stage = Literal["reading", "planning", "designing", "ready", "failed"]
KEPT = 512
"""Most answers kept on each shelf; those not asked for longest go first."""
TILES = "tiles"
"""The shelf of pictures of the ground, which no plan changes."""
HEAD_START_S = 0.3
"""The first answers go out before the science is imported, which holds the interpreter."""


class Problems(Protocol):
    """What reading reports: how many problems there were, and their sentences."""

    @property
    def count(self) -> int: ...

    def said(self, lang: str) -> DataFrame: ...


class Work(Protocol):
    """How an area is read and planned; the tests bring their own."""

    def standard(self) -> Standard: ...

    def read(self) -> tuple[Area, Problems]: ...

    def plan(
        self,
        area: Area,
        standard: Standard,
        progress: Callable[[str, int, int], None],
        judged: Callable[[Plan], None],
    ) -> Plan:
        """The whole plan; `judged` is given the half without works before."""

    def close(self) -> None:
        """Nothing more is asked: whoever helped may go."""


@dataclass(frozen=True)
class State:
    """What is known by now. `step` is a message key."""

    stage: Stage = "reading"
    step: str = "step.reading"
    done: int = 0
    total: int = 1
    standard: Standard | None = None
    area: Area | None = None
    problems: Problems | None = None
    plan: Plan | None = None
    error: XiangtuError | None = None


class Desk:
    """The one area being served. `state` is replaced whole, never changed."""

    def __init__(
        self, settings: Settings, work: Work, *, first: Callable[[Desk], None] | None = None
    ) -> None:
        """`first` makes the answers everybody asks for first; it is called before a plan is shown."""
        self.settings = settings
        self._first = first
        self.state = State()
        self._work = work
        self._turn = RLock()
        self._kept: defaultdict[str, OrderedDict[Hashable, Any]] = defaultdict(OrderedDict)
        self._thread = Thread(target=self._run, name="planning", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until everything is planned (tests, and whoever needs it all)."""
        self._thread.join(timeout_s)

    def standard(self) -> Standard:
        """The standard, which is read first."""
        state = self.state
        if state.standard is None:
            raise _missing(state)
        return state.standard

    def area(self) -> Area:
        """The area, once it is read."""
        state = self.state
        if state.area is None:
            raise _missing(state)
        return state.area

    def problems(self) -> Problems:
        """What was wrong with the files, once they are read."""
        state = self.state
        if state.problems is None:
            raise _missing(state)
        return state.problems

    def plan(self) -> Plan:
        """The plan, once gaps and sites are judged; its works follow later."""
        state = self.state
        if state.plan is None:
            raise _missing(state)
        return state.plan

    def designed(self) -> Plan:
        """The plan with its works, once they are designed."""
        state = self.state
        if state.plan is None or state.stage != "ready":
            raise _missing(state)
        return state.plan

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One computation at a time: threads that fight for the interpreter are all slower.

        Raises `BusyError` when others do not finish within the wait of the settings.
        """
        if not self._turn.acquire(timeout=self.settings.wait_s):
            raise BusyError("problem.detail_busy")
        try:
            yield
        finally:
            self._turn.release()

    def once(self, key: Hashable, make: Callable[[], T], *, shelf: str = "answers", most: int = 0) -> T:
        """`make()`, kept under `key`. Made once, however many ask at the same time.

        What is many and cheap (map tiles) has a shelf of its own: it pushes out nothing else. What is
        large says how many of it may be kept (`most`).
        """
        kept = self._kept[
            shelf
        ]  # an answer to what was asked before another plan came is kept for no one else
        try:
            return self.kept(key, shelf=shelf)  # type: ignore[no-any-return]
        except KeyError:
            with self.turn():
                if key not in kept:
                    made = make()
                    kept[key] = made
                    while len(kept) > (most or KEPT):
                        kept.popitem(last=False)
                    return made
                return kept[key]  # type: ignore[no-any-return]

    def kept(self, key: Hashable, *, shelf: str = "answers") -> Any:
        """What is kept under `key`, which is then the last to go. Raises `KeyError` where nothing is."""
        found = self._kept[shelf][key]
        with suppress(KeyError):  # pushed out or forgotten by another thread since: it is still an answer
            self._kept[shelf].move_to_end(key)
        return found

    def _run(self) -> None:
        sleep(HEAD_START_S)
        try:
            self._plan()
        finally:
            self._work.close()

    def _plan(self) -> None:
        try:
            standard = self._work.standard()
            self._tell(standard=standard)
            area, problems = self._work.read()
            self._tell(stage="planning", step="step.ground", area=area, problems=problems)
            self._publish(self._work.plan(area, standard, self._progress, self._judged))
        except XiangtuError as error:
            logger.warning("%s", error)
            self._tell(stage="failed", error=error)
        except OSError as error:
            logger.warning("%s", error)
            self._tell(stage="failed", error=FailedError("problem.detail_file", sentence=str(error)))
        except Exception as error:
            logger.exception("reading or planning failed")
            self._tell(stage="failed", error=FailedError("problem.detail_bug", kind=type(error).__name__))

    def _judged(self, plan: Plan) -> None:
        self._show(plan, self._kept, stage="designing")

    def _publish(self, plan: Plan) -> None:
        """The finished plan; answers made from the unfinished one are forgotten."""
        fresh: defaultdict[str, OrderedDict[Hashable, Any]] = defaultdict(OrderedDict)
        fresh[TILES] = self._kept[TILES]
        self._show(plan, fresh, stage="ready", step="step.done", done=1, total=1)

    def _show(self, plan: Plan, kept: defaultdict[str, OrderedDict[Hashable, Any]], **changes: Any) -> None:
        """The plan together with the answers everybody asks for first: nobody waits in line while these
        are made, and those from before serve until then."""
        beside = copy(self)
        beside._turn, beside._kept = RLock(), kept
        beside._tell(plan=plan, **changes)
        try:
            if self._first is not None:
                self._first(beside)
        except Exception:  # what is made beforehand can be made later: the plan stands
            logger.exception("making the first answers failed")
        with self._turn:
            self._kept = kept
            self._tell(plan=plan, **changes)

    def _progress(self, step: str, done: int, total: int) -> None:
        self._tell(step=step, done=done, total=total)

    def _tell(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)


def _missing(state: State) -> XiangtuError:
    if state.error is not None:
        return FailedError("problem.detail_failed", sentence=state.error)
    return NotReadyError("problem.detail_not-ready", stage=state.stage)


class FolderWork:
    """Reads and plans the folder of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._helpers = ExitStack()
        self._crew: Crew | None = None

    def standard(self) -> Standard:
        from geo.standards import load_standard  # slow to import: not before the first answer

        return load_standard(self._settings.standard)

    def read(self) -> tuple[Area, Problems]:
        from geo import read_area  # slow to import: not before the first answer

        self._crew = self._helpers.enter_context(helpers())  # they get ready meanwhile
        return read_area(self._settings.folder, area_file=self._settings.area)

    def plan(
        self,
        area: Area,
        standard: Standard,
        progress: Callable[[str, int, int], None],
        judged: Callable[[Plan], None],
    ) -> Plan:
        from geo.plan import make_plan  # slow to import: not before the first answer

        return make_plan(area, standard, progress=progress, crew=self._crew, judged=judged)

    def close(self) -> None:
        self._helpers.close()
