"""Business."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    CHARTS,
    SIZE,
    TABLES,
    TREES,
    Problem,
    Subject,
    around,
    choose,
    computed,
    first_of,
    largest,
    largest_share,
    named,
    read_off,
    solve,
    tallest_color,
)
from demo.drawing import diagrams

QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def accounting(rng: random.Random) -> Iterator[Problem]:
    """Profit, assets, ratios and costs."""
    field = "Financial Accounting"
    sales, cost = rng.randrange(600, 900, 20), rng.randrange(200, 500, 20)
    values = {"Sales": sales, "Cost of goods": cost}
    text = "What is the gross profit?"
    yield computed(rng, ("Item", "Dollars"), values, text, sales - cost, field, " dollars")
    parts = {"Cash": rng.randrange(10, 50), "Stock": rng.randrange(50, 90), "Machines": 120}
    figure = diagrams.table(
        rng, SIZE, "Assets", [("Item", "Dollars"), *((n, str(v)) for n, v in parts.items())]
    )
    total = sum(parts.values())
    yield solve("What are the total assets?", figure, gold=total, kind=TABLES, field=field)
    times, liabilities = rng.randint(2, 4), rng.randrange(40, 90, 10)
    values = {"Current assets": times * liabilities, "Current liabilities": liabilities}
    yield computed(rng, ("Item", "Dollars"), values, "What is the current ratio?", times, field)
    names = ["wages", "rent", "energy", "taxes"]
    yield largest_share(rng, "Expenses", names, "Which expense is the largest?", "Cost Accounting")


def economics(rng: random.Random) -> Iterator[Problem]:
    """Markets, growth and work."""
    field, meet = "Microeconomics", rng.randint(2, 5)
    quantities = range(meet + meet // 2 + 1)
    series = {
        "supply": [i + 1 for i in quantities],
        "demand": [3 * meet + 1 - 2 * i for i in quantities],
    }
    ticks = [str(i) for i in quantities]
    figure = diagrams.line_chart(rng, SIZE, "Market for apples", series, ticks)
    options = [str(n) for n in (meet, meet + 1, meet - 1, meet + 2)]
    text = "At which quantity is the market in equilibrium?"
    yield choose(text, figure, options=options, kind=CHARTS, field=field)
    countries = ["Arland", "Borland", "Corland"]
    yield tallest_color(rng, "Growth by country", countries, "Macroeconomics")
    rate = rng.choice([5, 10, 20])
    values = {"Labor force": 400, "Employed": 400 - 4 * rate}
    text = "What is the unemployment rate?"
    yield computed(rng, ("People", "Number"), values, text, rate, "Macroeconomics", "%")
    yield largest(
        rng, "Exports", ["corn", "oil", "steel", "cloth"],
        "Which good does the country export most?", "International Economics",
    )  # fmt: skip


def finance(rng: random.Random) -> Iterator[Problem]:
    """Interest, returns and prices."""
    field = "Managerial Finance"
    rate, years = rng.choice([2, 4, 5]), rng.randint(2, 5)
    rows = [("Principal", "Rate", "Years"), ("500", f"{rate} %", str(years))]
    figure = diagrams.table(rng, SIZE, "Simple interest", rows)
    interest = 5 * rate * years
    text = "How much simple interest is paid in all?"
    yield choose(
        text,
        figure,
        options=around(rng, interest, " dollars"),
        kind=TABLES,
        level="Hard",
        field=field,
    )
    returns = dict(zip(["bond", "stock", "fund"], rng.sample(range(2, 12), 3), strict=True))
    best = max(returns, key=lambda name: returns[name])
    text = "Which investment has the highest return?"
    yield read_off(rng, ("Investment", "Return (%)"), returns, text, best, field)
    steps = [rng.randint(1, 3) for _ in range(4)]
    prices = [10 + sum(steps[:i]) for i in range(5)]
    falls = rng.random() < 0.5
    figure = diagrams.line_chart(
        rng, SIZE, "Share price", {"price": prices[::-1] if falls else prices}, [*QUARTERS, "Q1"]
    )
    moves = ["it fell", "it rose"] if falls else ["it rose", "it fell"]
    options = [*moves, "it did not change"]
    yield choose("How did the price move?", figure, options=options, kind=CHARTS, field=field)
    earnings, ratio = rng.choice([2, 4, 5]), rng.choice([8, 12, 15])
    values = {"Price": earnings * ratio, "Earnings": earnings}
    text = "What is the price-earnings ratio?"
    yield computed(rng, ("Per share", "Dollars"), values, text, ratio, field)


def manage(rng: random.Random) -> Iterator[Problem]:
    """Organisations, projects and quality."""
    field = "Strategic Management"
    places = {"Director": (0.5, 0.25), "Sales": (0.25, 0.52), "Plant": (0.75, 0.52)}
    places |= {"Shop": (0.25, 0.82), "Stores": (0.75, 0.82)}
    above = {"Sales": "Director", "Plant": "Director", "Shop": "Sales", "Stores": "Plant"}
    arrows = [(boss, unit) for unit, boss in above.items()]
    figure = diagrams.boxes(rng, SIZE, "Organization", places, arrows)
    unit = rng.choice(["Shop", "Stores"])
    options = first_of(rng, above[unit], [name for name in places if name != unit])
    text = f"To whom does the unit called {unit} report?"
    yield choose(text, figure, options=options, kind=TREES, level="Easy", field=field)
    days = dict(zip(["design", "build", "test"], rng.sample(range(2, 9), 3), strict=True))
    text = "The tasks follow one another. How many days does the project take?"
    yield computed(rng, ("Task", "Days"), days, text, sum(days.values()), "Project Management")
    faults = ["scratches", "dents", "leaks", "noise"]
    text = "Which fault should be dealt with first?"
    yield largest(rng, "Complaints", faults, text, "Quality Management")
    margin, units = rng.choice([4, 5, 8]), rng.randrange(20, 60, 10)
    values = {"Fixed costs": margin * units, "Price": margin + 2, "Cost per unit": 2}
    text = "How many units must be sold to break even?"
    yield computed(rng, ("Item", "Dollars"), values, text, units, field)


def marketing(rng: random.Random) -> Iterator[Problem]:
    """Shares, campaigns and brands."""
    field = "Market Research"
    text = "Which brand leads the market?"
    yield largest_share(rng, "Market shares", ["Alpha", "Beta", "Gamma"], text, field)
    visitors, rate = rng.randrange(200, 500, 100), rng.choice([2, 5, 10])
    values = {"Visitors": visitors, "Buyers": visitors * rate // 100}
    text = "What is the conversion rate?"
    yield computed(rng, ("Shop", "People"), values, text, rate, field, "%")
    pool = ["shoe", "watch", "car", "bicycle", "guitar"]
    yield named(rng, "Which product does this advertisement show?", pool, "Advertising")
    yield tallest_color(rng, "Sales by channel", ["web", "shops", "phone"], field)


SUBJECTS: Mapping[str, Subject] = {
    "Accounting": accounting,
    "Economics": economics,
    "Finance": finance,
    "Manage": manage,
    "Marketing": marketing,
}
