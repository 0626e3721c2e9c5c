"""The words of the drawn world: colours, shapes, and the emoji that stand for objects.

``OBJECTS`` and everything above it is what the toy checkpoint was trained on. ``FIGURES`` came later, for questions of
benchmark categories that the training never saw. A name is also the glyph's file name, with ``_`` for a space.
"""

from __future__ import annotations

from pathlib import Path

RGB = tuple[int, int, int]

COLORS: dict[str, RGB] = {
    "red": (220, 40, 40),
    "green": (40, 160, 60),
    "blue": (40, 80, 220),
    "yellow": (245, 220, 50),
    "orange": (245, 140, 30),
    "purple": (140, 60, 180),
    "pink": (250, 150, 190),
    "black": (20, 20, 20),
    "white": (250, 250, 250),
}
COLOR_NAMES = tuple(COLORS)

LIGHT_BACKGROUNDS: tuple[RGB, ...] = (
    (255, 255, 255),
    (245, 240, 225),
    (225, 235, 245),
    (230, 230, 230),
    (200, 220, 200),
)
BACKGROUNDS: tuple[RGB, ...] = (*LIGHT_BACKGROUNDS, (190, 190, 200), (60, 65, 80), (35, 35, 40))

SHAPES = ("circle", "square", "triangle", "star", "diamond", "cross")

GROUPS: dict[str, dict[str, str]] = {
    "animal": {
        "cat": "🐈",
        "dog": "🐕",
        "horse": "🐎",
        "cow": "🐄",
        "pig": "🐖",
        "elephant": "🐘",
        "bird": "🐦",
        "fish": "🐟",
        "turtle": "🐢",
        "butterfly": "🦋",
        "rabbit": "🐇",
        "frog": "🐸",
    },
    "food": {
        "apple": "🍎",
        "banana": "🍌",
        "pizza": "🍕",
        "hamburger": "🍔",
        "cake": "🎂",
        "strawberry": "🍓",
        "carrot": "🥕",
        "donut": "🍩",
        "grapes": "🍇",
    },
    "vehicle": {
        "car": "🚗",
        "bus": "🚌",
        "bicycle": "🚲",
        "airplane": "✈️",
        "boat": "⛵",
        "train": "🚂",
        "helicopter": "🚁",
    },
    "thing": {
        "ball": "⚽",
        "book": "📖",
        "watch": "⌚",
        "umbrella": "☂️",
        "key": "🔑",
        "guitar": "🎸",
        "shoe": "👟",
    },
    "outdoor": {"house": "🏠", "tree": "🌳", "sun": "☀️", "moon": "🌙", "flower": "🌻"},
}
OBJECTS: dict[str, str] = {name: mark for group in GROUPS.values() for name, mark in group.items()}
OBJECT_NAMES = tuple(OBJECTS)
GROUP_OF: dict[str, str] = {name: group for group, names in GROUPS.items() for name in names}

FIGURES: dict[str, str] = {
    # faces
    "happy": "😀",
    "sad": "😢",
    "angry": "😠",
    "surprised": "😮",
    "sleepy": "😴",
    "in love": "😍",
    # people at work
    "cook": "👩‍🍳",
    "firefighter": "👨‍🚒",
    "police officer": "👮",
    "doctor": "👩‍⚕️",
    "farmer": "👨‍🌾",
    "astronaut": "👩‍🚀",
    "painter": "👨‍🎨",
    "teacher": "👩‍🏫",
    # people in motion
    "running": "🏃",
    "cycling": "🚴",
    "swimming": "🏊",
    "surfing": "🏄",
    "dancing": "💃",
    "sleeping": "🛌",
    "skiing": "⛷️",
    "lifting weights": "🏋️",
    "climbing": "🧗",
    # people
    "baby": "👶",
    "child": "🧒",
    "woman": "👩",
    "man": "👨",
    "old man": "👴",
    "bride": "👰‍♀️",
    "groom": "🤵‍♂️",
    "two friends": "👭",
    # widely known characters and landmarks
    "Santa Claus": "🎅",
    "Statue of Liberty": "🗽",
    "Easter Island moai": "🗿",
    "Mount Fuji": "🗻",
    "Tokyo Tower": "🗼",
    "vampire": "🧛",
    "mermaid": "🧜",
    "snowman": "⛄",
    # nature
    "mouse": "🐁",
    "bee": "🐝",
    "lion": "🦁",
    "zebra": "🦓",
    "caterpillar": "🐛",
    "chicken": "🐔",
    "cactus": "🌵",
    "seedling": "🌱",
    # matter and tools
    "ice": "🧊",
    "fire": "🔥",
    "feather": "🪶",
    "rock": "🪨",
    "balloon": "🎈",
    "anchor": "⚓",
    "magnet": "🧲",
    "scissors": "✂️",
    "hammer": "🔨",
    "thermometer": "🌡️",
    "telescope": "🔭",
    "broom": "🧹",
    "lamp": "💡",
    "snowflake": "❄️",
}
EMOJI: dict[str, str] = OBJECTS | FIGURES

WORDS = tuple((Path(__file__).parent / "assets" / "words.txt").read_text("ascii").split())
"""In alphabetical order, three to five capital letters each."""


def with_article(noun: str) -> str:
    """Return ``noun`` with its indefinite article: ``an apple``; a plural such as ``grapes`` has none."""
    if noun == "grapes":
        return noun
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
