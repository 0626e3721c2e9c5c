"""Health and Medicine. Drawn instruments, charts and counts: nothing here is medical advice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    CHARTS,
    MAPS,
    SIZE,
    TABLES,
    Problem,
    Subject,
    choose,
    computed,
    depicted,
    first_of,
    largest,
    largest_share,
    next_step,
    read_off,
    solve,
    tallest_color,
)
from demo.drawing import diagrams

HOURS = ("0", "2", "4", "6", "8")


def basic_medical_science(rng: random.Random) -> Iterator[Problem]:
    """The way of the blood, cells and the body's parts."""
    field = "Physiology"
    yield next_step(rng, "Way of the blood", ["body", "right heart", "lungs", "left heart"], field)
    columns, rows = rng.randint(3, 5), rng.randint(2, 3)
    figure = diagrams.dots(rng, SIZE, columns, rows)
    text = "Each dot is a cell. How many cells are in the field of view?"
    kind, cells = "Microscopic Images", "Cell Biology"
    yield solve(text, figure, gold=columns * rows, kind=kind, level="Easy", field=cells)
    parts = ["water", "protein", "fat"]
    text = "Which substance makes up most of this tissue?"
    yield largest_share(rng, "Mass of a tissue", parts, text, "Biochemistry")
    beats = rng.randint(28, 44)
    text = "What is the pulse in beats a minute?"
    values = {"Beats": beats, "Seconds": 30}
    yield computed(rng, ("Measured", "Number"), values, text, 2 * beats, field)


def clinical_medicine(rng: random.Random) -> Iterator[Problem]:
    """Fever, doses and expressions."""
    field, rising = "Internal Medicine", rng.random() < 0.5
    course = sorted(rng.sample(range(36, 42), 5), reverse=not rising)
    figure = diagrams.line_chart(rng, SIZE, "Temperature (C)", {"fever": course}, HOURS)
    moves = ["it rises", "it falls"] if rising else ["it falls", "it rises"]
    options = [*moves, "it stays the same"]
    text = "How does the temperature change over the eight hours?"
    yield choose(text, figure, options=options, kind=CHARTS, level="Easy", field=field)
    weight, dose = rng.randrange(40, 90, 10), rng.choice([2, 3, 5])
    values = {"Weight in kg": weight, "Dose in mg per kg": dose}
    text = "How much of the drug does the patient get?"
    yield computed(rng, ("Patient", "Number"), values, text, weight * dose, field, " mg")
    faces = ["happy", "sad", "angry", "sleepy"]
    yield depicted(rng, "Which mood does the face of the patient show?", faces, "Psychiatry")
    pulses = rng.sample((60, 120), 2)
    figures = [diagrams.gauge(rng, SIZE, "Pulse", 40, 140, pulse) for pulse in pulses]
    text = "Compare <image 1> with <image 2>. In which one is the pulse faster?"
    answers = ["the first", "the second"]
    options = first_of(rng, answers[pulses.index(120)], answers)
    yield choose(text, *figures, options=options, kind="Medical Images", field=field)


def diagnostics(rng: random.Random) -> Iterator[Problem]:
    """Gauges, laboratory values and counts."""
    field, value = "Laboratory Medicine", rng.choice([20, 30, 70, 80])
    figure = diagrams.gauge(rng, SIZE, "Pressure", 0, 100, value)
    options = [str(n) for n in (value, 50, 100 - value, value + 10)]
    text = "Which value does the instrument show?"
    yield choose(text, figure, options=options, kind="Medical Images", field=field)
    names = ["sodium", "potassium", "glucose", "calcium"]
    high = rng.choice(names)
    rows = [("Test", "Result"), *((n, "too high" if n == high else "normal") for n in names)]
    figure = diagrams.table(rng, SIZE, "Blood test", rows)
    options = first_of(rng, high, names)
    text = "Which result lies outside the normal range?"
    yield choose(text, figure, options=options, kind=TABLES, level="Easy", field=field)
    columns = rng.randint(3, 5)
    figure = diagrams.dots(rng, SIZE, columns, 3, 1)
    text = "How many wells of the plate are filled?"
    yield solve(text, figure, gold=columns * 3 - 1, kind="Medical Images", field=field)
    yield tallest_color(rng, "White blood cells", ["Mon", "Tue", "Wed"], field)


def pharmacy(rng: random.Random) -> Iterator[Problem]:
    """Half-lives, solutions and sales."""
    field, half_life = "Pharmacology", rng.choice([2, 4])
    levels = [8 / 2 ** (hour / half_life) for hour in range(0, 10, 2)]
    figure = diagrams.line_chart(rng, SIZE, "Level (8 at the start)", {"drug": levels}, HOURS)
    options = [f"{half_life} hours", *(f"{n} hours" for n in (1, 2, 4, 8) if n != half_life)]
    text = "The ticks are hours. What is the half-life of the drug?"
    yield choose(text, figure, options=options, kind=CHARTS, level="Hard", field=field)
    grams, share = rng.randrange(100, 500, 100), rng.choice([2, 5, 10])
    values = {"Solution in g": grams, "Drug in %": share}
    text = "How many grams of the drug does the solution contain?"
    yield computed(rng, ("Mixture", "Number"), values, text, grams * share / 100, field, " g")
    doses = dict(zip(["tablet", "capsule", "syrup"], rng.sample([5, 10, 20, 40], 3), strict=True))
    most = max(doses, key=lambda name: doses[name])
    text = "Which form contains most of the drug?"
    yield read_off(rng, ("Form", "Drug (mg)"), doses, text, most, field)
    yield next_step(rng, "Way of a drug", ["uptake", "spread", "change", "removal"], field)


def public_health(rng: random.Random) -> Iterator[Problem]:
    """Epidemics, vaccination and maps."""
    field = "Epidemiology"
    weeks = ["week 1", "week 2", "week 3", "week 4"]
    yield largest(rng, "New cases", weeks, "When did the epidemic peak?", field)
    yield tallest_color(rng, "Vaccinated (%)", ["city", "town", "village"], field)
    people, cases = rng.choice([200, 400, 500]), rng.choice([2, 4, 6])
    values = {"People": people, "New cases": people * cases // 100}
    text = "What is the incidence?"
    yield computed(rng, ("Town", "Number"), values, text, cases, field, "%")
    names = rng.sample(["Ash", "Oak", "Elm", "Fir"], 4)
    places = dict(zip(names, [(0, 0), (1, 0), (0, 1), (1, 1)], strict=True))
    figure = diagrams.tile_map(rng, SIZE, "Districts", places)
    text = f"The disease moves east from {names[0]}. Which district does it reach next?"
    options = first_of(rng, names[1], names[1:])
    yield choose(text, figure, options=options, kind=MAPS, level="Easy", field=field)


SUBJECTS: Mapping[str, Subject] = {
    "Basic_Medical_Science": basic_medical_science,
    "Clinical_Medicine": clinical_medicine,
    "Diagnostics_and_Laboratory_Medicine": diagnostics,
    "Pharmacy": pharmacy,
    "Public_Health": public_health,
}
