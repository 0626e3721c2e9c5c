"""The Chinese texts: all there, none stale, and the committed files are what the script makes."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = "zh_Hans"
COMMITTED = ROOT / "locale" / LANGUAGE / "LC_MESSAGES"


@pytest.fixture(scope="module")
def messages() -> Any:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the committed files."""
    shutil.copytree(COMMITTED, tmp_path / "files")
    return tmp_path / "files"


def test_every_text_is_translated_and_nothing_is_stale(messages: Any) -> None:
    assert messages.check(COMMITTED, LANGUAGE) == []


@pytest.mark.parametrize("fault", ["untranslated", "fuzzy", "placeholder", "unknown", "missing"])
def test_a_fault_in_a_text_is_found(messages: Any, folder: Path, fault: str) -> None:
    path = folder / "django.po"
    file = polib.pofile(str(path), wrapwidth=0)
    entry = file.find("%(rate)s requests/s")
    assert entry
    match fault:
        case "untranslated":
            entry.msgstr = ""
        case "fuzzy":
            entry.flags.append("fuzzy")
        case "placeholder":
            entry.msgstr = "请求/秒"
        case "unknown":
            file.append(polib.POEntry(msgid="no such text", msgstr="没有"))
        case "missing":
            file.remove(entry)
    path.write_text(f"{file}\n", encoding="utf-8")
    assert messages.check(folder, LANGUAGE)


def test_a_stale_compiled_file_is_found(messages: Any, folder: Path) -> None:
    compiled = folder / "django.mo"
    compiled.write_bytes(compiled.read_bytes()[:-1])
    assert messages.check(folder, LANGUAGE) == ["django.mo is stale: run make messages"]


def test_extracting_again_keeps_every_translation(messages: Any, folder: Path) -> None:
    messages.write(folder, LANGUAGE)
    assert (folder / "django.po").read_bytes() == (COMMITTED / "django.po").read_bytes()
    assert (folder / "django.mo").read_bytes() == (COMMITTED / "django.mo").read_bytes()


def test_a_new_language_starts_with_every_text(messages: Any, tmp_path: Path) -> None:
    file = messages.write(tmp_path / "new", LANGUAGE)
    assert len(file) == len(polib.pofile(str(COMMITTED / "django.po")))
    assert len(list(messages.faults(file))) == len(file)
