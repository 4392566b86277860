"""The normaliser of search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.text import LONGEST_WORD, index_words, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CAR-T", ["car", "t"]),
        ("anti‑CD19", ["anti", "cd19"]),  # a non-breaking hyphen
        ("Sjögren's", ["sjogren", "s"]),
        ("Łódź, Ærø", ["lodz", "aero"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("10⁶ m²", ["106", "m2"]),
        ("snake_case", ["snake", "case"]),
        ("杭州 Hangzhou", ["杭州", "hangzhou"]),
        ("ＣＤ１９", ["cd19"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("🧬 — !", []),
        ("", []),
    ],
)
def test_text_becomes_plain_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CAR-T", ["car", "t", "cart"]),
        ("CD19", ["cd19"]),
        ("SLEDAI-2K score", ["sledai", "2k", "sledai2k", "score"]),
        ("IL-6R-alpha", ["il", "6r", "alpha", "il6r", "6ralpha", "il6ralpha"]),
        ("18 - 65", ["18", "65"]),
    ],
)
def test_hyphenated_words_are_indexed_joined_up_too(text, expected):
    assert index_words(text) == expected


@given(st.text())
def test_words_are_a_fixed_point(text):
    found = words(text)
    assert words(" ".join(found)) == found
    assert all(word.isalnum() and 0 < len(word) <= LONGEST_WORD for word in found)


@given(st.text())
def test_whatever_is_a_word_is_indexed(text):
    assert set(words(text)) <= set(index_words(text))
