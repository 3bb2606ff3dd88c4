"""Choosing works: by hand, by brute force, and what must always hold."""

from __future__ import annotations

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import make_area
from geo.errors import AreaError, BadBudgetError
from geo.homes.design import design_yards
from geo.homes.gaps import home_gaps
from geo.messages import catalogue
from geo.pricing import price
from geo.programme import CHOICE_COLUMNS, choose
from geo.standards import default_standard
from geo.works import ONLY_MOVING, with_moving

from .toys import costs_of, works_of

S = default_standard().override({"programme.frontier_steps": 6})
EXACT = S.override({"programme.gap": 0.0})
YARD = S.table("programme.weight")["yard"] * S["programme.first_access"]  # of one person who is not poor


def chosen(programme) -> dict[str, int]:
    table = programme.table.dropna(subset="year")
    return dict(zip(table["work"], table["year"].astype(int), strict=True))


def test_the_better_of_two_is_built_first():
    works = works_of({"people": 3.0}, {"people": 5.0})
    programme = choose(works, costs_of(works, [100.0, 100.0]), [100, 100], S)
    assert chosen(programme) == {"W1": 1, "W0": 2}
    assert programme.years["spent"].tolist() == [100, 100]
    assert programme.years["people"].tolist() == [5, 3]
    assert programme.benefit == pytest.approx(YARD * (2 * 5 + 3))
    assert programme.gap == 0


def test_greed_is_not_enough():
    """Money for 10: the best rate costs 6 and leaves 4 unspent; two of 5 are worth more."""
    works = works_of({"people": 7.0}, {"people": 5.0}, {"people": 5.0})
    programme = choose(works, costs_of(works, [6.0, 5.0, 5.0]), [10], EXACT)
    assert chosen(programme) == {"W1": 1, "W2": 1}
    reason = programme.table.set_index("work").loc["W0"]
    assert reason["reason"] == "programme.no_room"


def test_the_poor_count_twice_and_a_first_access_more_than_an_improvement():
    works = works_of({"people": 4.0, "poor_people": 4.0}, {"people": 7.0})
    assert chosen(choose(works, costs_of(works, [1.0, 1.0]), [1], S)) == {"W0": 1}
    road = {"need": "road", "people": 10.0}
    works = works_of({**road, "kind": "road_upgrade", "people": 14.0}, {**road, "kind": "road_new"})
    assert chosen(choose(works, costs_of(works, [1.0, 1.0]), [1], S)) == {"W1": 1}


def test_a_system_is_whole_and_a_household_needs_all_that_serves_it():
    works = works_of(
        {"system": "S", "need": "water", "kind": "pool", "people": 9.0},
        {"system": "S", "need": "water", "kind": "pipe", "people": 9.0},
        {"people": 1.0},
        serves=[("W0", "h0", "water"), ("W1", "h0", "water"), ("W2", "h1", "yard")],
    )
    costs = costs_of(works, [50.0, 60.0, 10.0])
    assert chosen(choose(works, costs, [109], S)) == {"W2": 1}
    programme = choose(works, costs, [110], S)
    assert chosen(programme) == {"W0": 1, "W1": 1}
    assert programme.years["households"].tolist() == [1]
    assert programme.years["people"].tolist() == [9]
    loose = works.with_table(works.table.assign(system=pd.Series([np.nan] * 3, dtype="str")))
    half = choose(loose, costs, [109], S)
    assert chosen(half) == {"W2": 1}, "half a way serves nobody"
    assert half.table["reason"].tolist() == ["programme.together"] * 2 + [""]
    assert chosen(choose(loose, costs, [50, 60], S)) == {"W0": 1, "W1": 2}


def test_a_path_waits_for_its_road():
    works = works_of(
        {"kind": "road_new", "need": "road", "people": 1.0},
        {"kind": "path", "need": "path", "people": 50.0, "after": "W0"},
    )
    costs = costs_of(works, [80.0, 30.0])
    assert chosen(choose(works, costs, [80, 30], S)) == {"W0": 1, "W1": 2}
    late = choose(works, costs, [30, 80], S)
    assert chosen(late) == {"W0": 2}, "the path may not come in the first year, and then there is no money"
    never = choose(works, costs, [79], S).table.set_index("work")
    assert never.loc["W0", "reason"] == "programme.no_budget"
    assert never.loc["W1", ["reason", "nearest"]].tolist() == ["programme.prerequisite", "W0"]


def test_villages_that_leave_poverty_this_year_come_first_if_asked():
    works = works_of({"people": 9.0, "village": "a"}, {"people": 2.0, "village": "b"})
    costs = costs_of(works, [10.0, 10.0])
    assert chosen(choose(works, costs, [10], S)) == {"W0": 1}
    assert chosen(choose(works, costs, [10], S, first_villages=["b"])) == {"W1": 1}


def test_everything_not_chosen_says_why():
    works = works_of({"people": 10.0}, {"people": 5.0}, {"people": 0.0}, {"people": 100.0})
    programme = choose(works, costs_of(works, [10.0, 10.0, 10.0, 500.0]), [15], S)
    table = programme.table.set_index("work")
    assert {c: str(t) for c, t in programme.table.dtypes.items()} == CHOICE_COLUMNS
    assert table["reason"].tolist() == [
        "",
        "programme.worse",
        "programme.no_benefit",
        "programme.no_budget",
    ]
    assert table.loc["W3", "measure"] == pytest.approx(0.05)  # 万元
    assert table.loc["W1", "measure"] < table.loc["W1", "threshold"]
    for row in programme.table[programme.table["reason"] != ""].itertuples():
        for lang in ("zh", "en"):
            said = catalogue()[row.reason][lang].format(
                measure=row.measure, threshold=row.threshold, extra=row.extra, nearest=row.nearest
            )
            assert "nan" not in said


def test_what_serves_only_those_who_move_waits_for_their_move():
    """h0 moves: its yard is left, and so is the pool of its own; the one it shares is built for h1."""
    water = {"need": "water", "kind": "pool"}
    pools = [{**water, "households": 2, "people": 2.0, "work": "W1"}, {**water, "work": "W2", "people": 1.0}]
    works = works_of({}, *pools, serves=[
        ("W0", "h0", "yard"), ("W1", "h0", "water"), ("W1", "h1", "water"), ("W2", "h0", "path"),
    ])  # fmt: skip
    costs = costs_of(works, [1.0, 1.0, 1.0])
    programme = choose(works, costs, [10], S, leaving={"h0"})
    assert chosen(programme) == {"W1": 1}
    assert programme.table["reason"].tolist() == ["programme.moving", "", "programme.moving"]
    slow = S.override({"programme.moving": 0.5})
    assert set(chosen(choose(works, costs, [10], slow, leaving={"h0"}))) == {"W0", "W1", "W2"}
    told = with_moving(works, {"h0"})
    assert told.table["moving"].tolist() == [1, 1, 1]
    assert told.table["flag"].tolist() == [ONLY_MOVING, "", ONLY_MOVING]


def test_the_frontier_begins_with_what_the_programme_reaches():
    """Rounded down, the relaxation of 10 takes the first alone (6); the programme takes the two of 5."""
    works = works_of({"people": 7.0}, {"people": 5.0}, {"people": 5.0})
    few = EXACT.override({"programme.frontier_steps": 2, "programme.frontier_step": 1.0})
    frontier = choose(works, costs_of(works, [6.0, 5.0, 5.0]), [10], few).frontier
    assert frontier["benefit"].tolist() == pytest.approx([YARD * 10, YARD * 12, YARD * 12])


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_more_money_never_reaches_less(each, money):
    works = works_of(*({"people": float(people)} for people, _ in each))
    few = EXACT.override({"programme.frontier_steps": 12, "programme.frontier_step": 1.0})
    programme = choose(works, costs_of(works, [float(yuan) for _, yuan in each]), [money], few)
    frontier = programme.frontier
    assert (frontier["households"].diff().dropna() >= 0).all()
    assert (frontier["benefit"].diff().dropna() >= -1e-9).all()
    assert (frontier["benefit"] <= frontier["bound"] + 1e-6).all()
    assert frontier["benefit"][0] >= programme.benefit - 1e-9


def test_works_that_wait_for_each_other_are_refused():
    works = works_of({"after": "W1"}, {"after": "W0"})
    with pytest.raises(AreaError, match="W0, W1"):
        choose(works, costs_of(works, [1.0, 1.0]), [5], S)


def test_no_money_and_no_works():
    works = works_of({"people": 3.0})
    programme = choose(works, costs_of(works, [10.0]), [0.0, 0.0], S)
    assert chosen(programme) == {}
    assert programme.benefit == 0
    none = replace(works, table=works.table.iloc[:0], serves=works.serves.iloc[:0])
    assert not len(choose(none, costs_of(none, []), [10.0], S).table)
    assert choose(works, costs_of(works, [10.0]), [], S).benefit == 0


def test_the_frontier_says_what_more_money_buys():
    """Works of 100,000 yuan for 5, 4, 3 people beyond a budget of nothing: one more with every step."""
    works = works_of({"people": 5.0}, {"people": 4.0}, {"people": 3.0})
    frontier = choose(works, costs_of(works, [1e5] * 3), [0.0], S).frontier
    assert frontier["budget"].head(4).tolist() == [0, 1e5, 2e5, 3e5]
    np.testing.assert_allclose(frontier["benefit"].head(5), YARD * np.array([0, 5, 9, 12, 12]))
    np.testing.assert_allclose(frontier["extra"].iloc[1:5], YARD * np.array([5, 4, 3, 0]))
    assert frontier["households"].head(5).tolist() == [0, 1, 2, 3, 3]
    assert (frontier["bound"] >= frontier["benefit"] - 1e-9).all()


def brute(works, yuan, budgets, standard):
    """Every way of giving each work a year or none."""
    table, best, n = works.table, 0.0, len(budgets)
    place = {w: k for k, w in enumerate(table["work"])}
    weight = standard.table("programme.weight")
    systems = table["system"].to_numpy(object)
    for years in itertools.product(range(n + 1), repeat=len(table)):
        when = np.array(years)
        if any(yuan[when == y].sum() > budgets[y] for y in range(n)):
            continue
        if any(len(set(when[systems == s])) > 1 for s in set(systems) - {np.nan} if isinstance(s, str)):
            continue
        if any(
            when[place[b]] > when[k] for k, a in enumerate(table["after"]) for b in a.split() if when[k] < n
        ):
            continue
        total = 0.0
        for (_, need), mine in works.serves.groupby(["household", "need"]):
            rows = [place[w] for w in mine["work"]]
            row = table.iloc[min(rows, key=lambda r: (table["households"].iloc[r], rows.index(r)))]
            worth = weight[need] * (
                row["people"] + (standard["programme.poor_weight"] - 1) * row["poor_people"]
            )
            new = not set(table["kind"].iloc[rows]) <= {"road_upgrade", "transformer", "connection"}
            total += worth * (standard["programme.first_access"] if new else 1) * (n - when[rows].max())
        best = max(best, total)
    return best


@st.composite
def cases(draw):
    n = draw(st.integers(1, 5))
    rows, serves = [], []
    for k in range(n):
        kind, need = draw(
            st.sampled_from(
                [("yard", "yard"), ("road_new", "road"), ("road_upgrade", "road"), ("pool", "water")]
            )
        )
        people = draw(st.integers(1, 9))
        rows.append(
            {
                "kind": kind,
                "need": need,
                "people": float(people),
                "poor_people": float(draw(st.integers(0, people))),
                "after": f"W{draw(st.integers(0, k - 1))}" if k and draw(st.booleans()) else "",
                "system": draw(st.sampled_from([np.nan, np.nan, "S"])) if need == "water" else np.nan,
            }
        )
        serves.append((f"W{k}", f"h{draw(st.integers(0, 3))}", need))
    works = works_of(*rows, serves=serves)
    yuan = np.array(draw(st.lists(st.integers(1, 20), min_size=n, max_size=n)), float)
    budgets = draw(st.lists(st.integers(0, 30), min_size=1, max_size=2))
    return works, yuan, [float(b) for b in budgets]


def circular(works) -> bool:
    """A system whose parts wait for works that wait for the system."""
    try:
        choose(works, costs_of(works, [1.0] * len(works.table)), [1.0], S)
    except AreaError:
        return True
    return False


@settings(max_examples=40, deadline=None)
@given(cases())
def test_brute_force_finds_nothing_better(case):
    works, yuan, budgets = case
    if circular(works):
        return
    programme = choose(works, costs_of(works, yuan), budgets, EXACT)
    assert programme.benefit == pytest.approx(brute(works, yuan, budgets, EXACT), abs=1e-6)
    assert programme.gap == pytest.approx(0, abs=1e-6)
    assert (programme.years["spent"] <= programme.years["budget"] + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_stated_gap_is_true_where_a_programme_is_too_large_to_be_solved_exactly(case):
    works, yuan, budgets = case
    if circular(works):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.programme_search._SMALL", 0)
        programme = choose(works, costs_of(works, yuan), budgets, EXACT)
    best = brute(works, yuan, budgets, EXACT)
    assert programme.benefit <= best + 1e-6
    assert programme.benefit == 0 or programme.benefit * (1 + programme.gap) >= best - 1e-6
    assert (programme.years["spent"] <= programme.years["budget"] + 1e-6).all()


def test_a_large_work_is_not_left_half_built(monkeypatch):
    """Money for 100: fifty small ones at 2 people each leave half of it, five sixths of the large one for 90;
    better the large one and forty small ones than what little the rest is worth."""
    monkeypatch.setattr("geo.programme_search._SMALL", 0)
    works = works_of(*([{"people": 2.0}] * 50), *([{"people": 0.1}] * 100), {"people": 90.0})
    programme = choose(works, costs_of(works, [1.0] * 150 + [60.0]), [100.0], S)
    assert programme.years["people"].tolist() == [pytest.approx(90 + 40 * 2)]
    assert (programme.table["year"].iloc[:150] == 1).sum() == 40
    assert programme.gap == pytest.approx(0, abs=1e-9)  # though half of the large one would promise more


@settings(max_examples=20, deadline=None)
@given(cases(), st.floats(0, 20))
def test_more_budget_never_lowers_the_benefit(case, more):
    works, yuan, budgets = case
    if circular(works):
        return
    costs = costs_of(works, yuan)
    low = choose(works, costs, budgets, EXACT)
    high = choose(works, costs, [budgets[0] + more, *budgets[1:]], EXACT)
    assert high.benefit >= low.benefit - 1e-6
    assert (low.frontier["benefit"].diff().dropna() >= 0).all()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0, 400), min_size=1, max_size=4))
def test_many_works_stay_within_every_budget_and_the_stated_gap(seed, budgets):
    rng = np.random.default_rng(seed)
    n = 60
    people = rng.integers(1, 9, n).astype(float)
    works = works_of(
        *(
            {"people": people[k], "after": f"W{rng.integers(0, k)}" if k and rng.random() < 0.3 else ""}
            for k in range(n)
        )
    )
    costs = costs_of(works, rng.uniform(1, 60, n))
    programme = choose(works, costs, budgets, S)
    year = programme.table["year"].fillna(0).to_numpy(int)
    for y, budget in enumerate(budgets, 1):
        assert costs.table["likely"].to_numpy()[year == y].sum() <= budget + 1e-6
    when = dict(zip(works.table["work"], np.where(year == 0, 99, year), strict=True))
    for row in works.table.itertuples():
        assert all(when[b] <= when[row.work] for b in row.after.split())
    assert (
        programme.gap <= 0.02
    )  # branch and bound may end before the gap that is asked; what is left is stated
    again = choose(works, costs, budgets, S)
    pd.testing.assert_frame_equal(programme.table, again.table)
    pd.testing.assert_frame_equal(programme.frontier, again.frontier)


def test_people_nobody_counted_are_not_nobody():
    """Yards of two households, the people of one not recorded: it is worth as much, not nothing."""
    homes = gpd.GeoDataFrame(
        {"id": ["a", "b"], "people": [4, None], "yard": False, "yard_m2": 50.0},
        geometry=[shapely.Point(0, 0), shapely.Point(9, 9)],
        crs="EPSG:32648",
    )
    area = make_area({"households": homes}, crs="EPSG:32648")
    works = design_yards(area, home_gaps(area, S), np.array([True, True]), S)
    assert works.table["people"].tolist() == [4.0, 4.0]
    nobody = area.with_layer("households", homes.assign(people=None))
    works = design_yards(nobody, home_gaps(nobody, S), np.array([True, True]), S)
    found = choose(works, price(works, S), [1e6], S)
    assert (found.table["year"] == 1).all()
    assert found.years["people"].tolist() == [8.0]


@pytest.mark.parametrize("budgets", [[-1.0], [100, float("nan")], [-5, 100]])
def test_a_budget_below_nothing_is_refused_with_a_sentence(budgets):
    works = works_of({"people": 3.0})
    with pytest.raises(BadBudgetError, match=r"year [12]"):
        choose(works, costs_of(works, [100.0]), budgets, S)
