"""Tech and Engineering."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    CHARTS,
    GEOMETRY,
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
    next_step,
    read_off,
    solve,
    tallest_color,
)
from demo.drawing import diagrams
from demo.drawing import illustrations as draw

GATES = {"AND": "0001", "OR": "0111", "XOR": "0110", "NAND": "1110"}
BLUEPRINTS = "Technical Blueprints"


def agriculture(rng: random.Random) -> Iterator[Problem]:
    """Yields, rotations and crops."""
    field = "Plant Production"
    yield tallest_color(rng, "Yield (t/ha)", ["wheat", "rice", "corn"], field)
    yield next_step(rng, "Crop rotation", ["wheat", "beans", "corn", "clover"], field)
    pool = ["carrot", "grapes", "strawberry", "banana", "apple"]
    yield named(rng, "What food is shown in the image?", pool, "Horticulture")
    parts = ["sand", "silt", "clay"]
    yield largest_share(rng, "Soil", parts, "What makes up most of this soil?", "Soil Science")


def architecture(rng: random.Random) -> Iterator[Problem]:
    """Areas, roofs and loads."""
    field = "Structural Engineering"
    width, depth = rng.randint(3, 9), rng.randint(3, 9)
    rows = [("Room", "Width (m)", "Depth (m)"), ("Hall", str(width), str(depth))]
    figure = diagrams.table(rng, SIZE, "Floor plan", rows)
    text = "What is the floor area of the hall in square metres?"
    yield solve(text, figure, gold=width * depth, kind=TABLES, field=field)
    times = rng.randint(1, 3)
    figure = diagrams.triangle(rng, SIZE, (f"{4 * times} m", "x", f"{5 * times} m"), "Roof")
    text = "The roof has a right angle at the lower left. How high is it?"
    options = around(rng, 3 * times, " m")
    yield choose(text, figure, options=options, kind=GEOMETRY, level="Hard", field=field)
    yield next_step(rng, "Building", ["ground works", "walls", "roof", "windows"], "Construction")
    loads = ["snow", "wind", "people", "furniture"]
    yield largest(rng, "Loads in kN", loads, "Which load is the largest?", field, scale=5)


def computer_science(rng: random.Random) -> Iterator[Problem]:
    """Trees, gates and queues; a binary number may be written in two ways."""
    field = "Data Structures"
    keys = [str(n) for n in sorted(rng.sample(range(10, 60), 5))]
    low, root, high = keys[1], keys[3], keys[4]
    spots = {root: (0.5, 0.25), low: (0.27, 0.52), high: (0.76, 0.52)}
    spots |= {keys[0]: (0.18, 0.82), keys[2]: (0.55, 0.82)}
    arrows = [(root, low), (root, high), (low, keys[0]), (low, keys[2])]
    figure = diagrams.boxes(rng, SIZE, "Search tree", spots, arrows)
    options = first_of(rng, keys[0], keys)
    text = "Which key does an in-order walk through this search tree visit first?"
    yield choose(text, figure, options=options, kind=TREES, level="Hard", field=field)
    gate, outputs = rng.choice(list(GATES.items()))
    rows = [("A", "B", "Out"), *zip("0011", "0101", outputs, strict=True)]
    figure = diagrams.table(rng, SIZE, "Truth table", rows)
    options = first_of(rng, gate, list(GATES))
    text = "Which gate has this truth table?"
    yield choose(text, figure, options=options, kind=TABLES, field="Digital Logic")
    number = rng.randint(5, 7)
    figure = diagrams.sheet(rng, SIZE, "Binary")
    figure.write(f"{number:04b}", 0.5, 0.5, 0.3, widest=0.8)
    text = "Which decimal number is written here in binary?"
    words = {5: "five", 6: "six", 7: "seven"}
    yield solve(text, figure, gold=(number, words[number]), field="Number Systems")
    names = ["web", "mail", "video", "games"]
    yield largest(rng, "Traffic in GB", names, "Which service causes most traffic?", "Networks")


def electronics(rng: random.Random) -> Iterator[Problem]:
    """Circuits and signals."""
    field = "Electrical Circuits"
    ohms, amperes = rng.choice([10, 20, 50]), rng.randint(2, 5)
    values = {"Resistance (ohm)": ohms, "Current (A)": amperes}
    text = "What is the voltage over the resistor?"
    yield computed(rng, ("Quantity", "Number"), values, text, ohms * amperes, field, " V")
    period = rng.choice([2, 4])
    wave = [3 if (i // (period // 2)) % 2 else 1 for i in range(9)]
    figure = diagrams.line_chart(rng, SIZE, "Signal", {"volts": wave}, [*"012345678"])
    options = [f"{period} ms", *(f"{n} ms" for n in (1, 2, 4, 8) if n != period)]
    text = "The ticks are milliseconds. What is the period of the signal?"
    yield choose(text, figure, options=options, kind=CHARTS, level="Hard", field="Signals")
    chain = ["sensor", "amplifier", "converter", "computer"]
    yield next_step(rng, "Measuring chain", chain, "Analog Electronics")
    volts = rng.choice([2, 4, 6, 8])
    figure = diagrams.gauge(rng, SIZE, "Volts", 0, 10, volts)
    text = "Which voltage does the meter show?"
    yield solve(text, figure, gold=volts, field=field)


def energy(rng: random.Random) -> Iterator[Problem]:
    """Sources, efficiency and plants."""
    field = "Energy Conversion"
    sources = ["wind", "solar", "hydro", "gas"]
    text = "Which source delivers most of the power?"
    yield largest_share(rng, "Power mix", sources, text, "Renewable Energy")
    total, share = rng.choice([200, 400, 500]), rng.choice([20, 40, 80])
    values = {"Heat in": total, "Work out": total * share // 100}
    text = "What is the efficiency of the engine?"
    yield computed(rng, ("Flow", "kJ"), values, text, share, field, "%")
    plant = ["boiler", "turbine", "generator", "grid"]
    yield next_step(rng, "Power plant", plant, field)
    yield tallest_color(rng, "Output (MW)", ["A", "B", "C", "D"], field)


def materials(rng: random.Random) -> Iterator[Problem]:
    """Strength, lattices and hardness."""
    field = "Mechanical Properties"
    names = rng.sample(["steel", "rubber"], 2)
    slopes = {"steel": [0, 6, 12, 18, 24], "rubber": [0, 1, 2, 3, 4]}
    series = {name: slopes[name] for name in names}
    figure = diagrams.line_chart(rng, SIZE, "Stress and strain", series)
    options = ["steel", "rubber", "both are equally stiff"]
    text = "Which material is stiffer?"
    yield choose(text, figure, options=options, kind=CHARTS, level="Hard", field=field)
    columns, rows = rng.randint(3, 5), rng.randint(2, 4)
    figure = diagrams.dots(rng, SIZE, columns, rows)
    text = "How many atoms does this piece of the lattice have?"
    yield solve(text, figure, gold=columns * rows, kind="Diagrams", field="Crystallography")
    hardness = {"talc": 1, "gypsum": 2, "quartz": 7, "diamond": 10}
    hardest = "diamond"
    text = "Which mineral is the hardest?"
    yield read_off(rng, ("Mineral", "Mohs"), hardness, text, hardest, field)
    mass, volume = rng.choice([2, 3, 8]), rng.choice([5, 10, 20])
    values = {"Mass (g)": mass * volume, "Volume (cm3)": volume}
    text = "What is the density in grams per cubic centimetre?"
    yield computed(rng, ("Sample", "Number"), values, text, mass, field)


def mechanical_engineering(rng: random.Random) -> Iterator[Problem]:
    """Levers, gears and slopes."""
    field = "Mechanics"
    near, far = rng.choice([(1, 2), (2, 4), (1, 4)])
    figure = diagrams.lever(rng, SIZE, ("8 kg", near), ("8 kg", far))
    if rng.random() < 0.5:
        figure = diagrams.lever(rng, SIZE, ("8 kg", far), ("8 kg", near))
        near, far = far, near
    sides = (
        ["the left side", "the right side"] if near > far else ["the right side", "the left side"]
    )
    text = "Which side of the beam goes down?"
    yield choose(text, figure, options=[*sides, "it stays level"], kind=BLUEPRINTS, field=field)
    teeth, ratio = rng.choice([10, 12, 15]), rng.randint(2, 4)
    values = {"Driving gear": teeth, "Driven gear": teeth * ratio}
    text = "How many turns of the driving gear turn the driven gear once?"
    yield computed(rng, ("Gear", "Teeth"), values, text, ratio, "Machine Design")
    falls = rng.choice(["left", "right"])
    figure = draw.slope(rng, SIZE, falls)
    words = [f"to the {side}" for side in ("left", "right")]
    options = [*first_of(rng, f"to the {falls}", words), "it stays where it is"]
    yield choose("Which way will the ball roll?", figure, options=options, field=field)
    degrees = rng.choice([30, 60, 90])
    figure = diagrams.angle(rng, SIZE, degrees)
    options = [f"{degrees} degrees", *(f"{n} degrees" for n in (30, 60, 90, 150) if n != degrees)]
    text = "Which angle do the two arms of the linkage form?"
    yield choose(text, figure, options=options, kind=BLUEPRINTS, field="Kinematics")


SUBJECTS: Mapping[str, Subject] = {
    "Agriculture": agriculture,
    "Architecture_and_Engineering": architecture,
    "Computer_Science": computer_science,
    "Electronics": electronics,
    "Energy_and_Power": energy,
    "Materials": materials,
    "Mechanical_Engineering": mechanical_engineering,
}
