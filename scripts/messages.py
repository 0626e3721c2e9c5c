"""Extract the texts of the site into ``locale`` and compile the translations, without system gettext.

    python scripts/messages.py           update the .po files (translations are kept) and write the .mo files
    python scripts/messages.py --check   change nothing; fail on a text that is missing, untranslated, fuzzy or stale

Both files of each language are committed. They hold no dates and no line numbers, so that they change only when a
text does.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import django
import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"zh_Hans": "nplurals=1; plural=0;"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
API_VIEWS = ROOT / "leaderboard" / "api" / "views"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

Key = tuple[str | None, str]
"""Context and msgid: what names a text."""


def sources() -> Iterator[tuple[Path, bytes]]:
    """Yield each file with texts, as Python source."""
    for path in sorted((ROOT / "leaderboard").rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_bytes()
    folders = [ROOT / "templates", *sorted((ROOT / "leaderboard").glob("*/templates"))]
    for path in (path for folder in folders for path in sorted(folder.rglob("*.html"))):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield path, source.encode()


def summaries(source: bytes) -> Iterator[str]:
    """Yield the titles of the API's operations: ``summary`` of each ``extend_schema``. The reference page translates them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "extend_schema":
            for keyword in node.keywords:
                if keyword.arg == "summary" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def extracted() -> dict[Key, polib.POEntry]:
    """Return every text of the site by its name."""
    entries: dict[Key, polib.POEntry] = {}
    for path, source in sources():
        found = extract("python", BytesIO(source), KEYWORDS, options={"encoding": "utf-8"})
        texts = [(message, context) for _line, message, _comments, context in found]
        if path.parent == API_VIEWS:
            texts += [(summary, None) for summary in summaries(source)]
        for message, context in texts:
            single, plural = message if isinstance(message, tuple) else (message, "")
            entry = entries.setdefault(
                (context, single), polib.POEntry(msgid=single, msgctxt=context)
            )
            if plural:
                entry.msgid_plural = plural
            if "%(" in single:
                entry.flags = ["python-format"]
            place = (path.relative_to(ROOT).as_posix(), "")
            if place not in entry.occurrences:
                entry.occurrences.append(place)
    return entries


def updated(old: polib.POFile, language: str) -> polib.POFile:
    """Return the file of a language with today's texts, in a fixed order, and the translations that it had."""
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[language],
    }
    known = {(entry.msgctxt, entry.msgid): entry for entry in old}
    for key, entry in sorted(extracted().items(), key=lambda item: (item[0][1], item[0][0] or "")):
        if (before := known.get(key)) is not None:
            entry.flags += [flag for flag in before.flags if flag == "fuzzy"]
            entry.msgstr = "" if entry.msgid_plural else before.msgstr
            if entry.msgid_plural:
                entry.msgstr_plural = before.msgstr_plural or {0: before.msgstr}
        elif entry.msgid_plural:
            entry.msgstr_plural = {0: ""}
        file.append(entry)
    return file


def faults(file: polib.POFile) -> Iterator[str]:
    """Yield what is wrong with each translation: none, fuzzy, or other placeholders than the text."""
    for entry in file:
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if "fuzzy" in entry.flags or not all(texts):
            yield f"not translated: {entry.msgid!r}"
            continue
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for text in texts:
            if set(PLACEHOLDER.findall(text)) != wanted:
                yield f"other placeholders in the translation of {entry.msgid!r}"


def fresh(folder: Path, language: str) -> polib.POFile:
    """Return what the folder's .po file should be."""
    po = folder / "django.po"
    return updated(polib.pofile(str(po), wrapwidth=0) if po.exists() else polib.POFile(), language)


def check(folder: Path, language: str) -> list[str]:
    """Return everything that is wrong with a language's files."""
    po, mo = folder / "django.po", folder / "django.mo"
    wanted = fresh(folder, language)
    wrong = list(faults(wanted))
    if not po.exists() or po.read_text(encoding="utf-8") != f"{wanted}\n":
        wrong.append("django.po is stale: run make messages")
    if not mo.exists() or mo.read_bytes() != wanted.to_binary():
        wrong.append("django.mo is stale: run make messages")
    return wrong


def write(folder: Path, language: str) -> polib.POFile:
    """Bring a language's files up to date."""
    folder.mkdir(parents=True, exist_ok=True)
    file = fresh(folder, language)
    (folder / "django.po").write_text(f"{file}\n", encoding="utf-8")
    (folder / "django.mo").write_bytes(file.to_binary())
    return file


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail on any fault")
    checking = parser.parse_args().check
    wrong: list[str] = []
    for language in LANGUAGES:
        folder = ROOT / "locale" / language / "LC_MESSAGES"
        if checking:
            wrong += [f"{language}: {fault}" for fault in check(folder, language)]
        else:
            file = write(folder, language)
            missing = list(faults(file))
            print(
                f"{language}: {len(file)} texts, {len(missing)} to translate", *missing, sep="\n  "
            )
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    # templatize() reads the settings; none of their values matters here.
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("VLMLB_ENV", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    django.setup()
    raise SystemExit(main())
