"""The one normaliser of text for search: what is indexed and what is asked pass through the same function."""

import re
import unicodedata
from itertools import pairwise

LONGEST_WORD = 60
"""Words are cut here, in the index and in questions alike, so that both databases hold the same ones."""

# Letters that Unicode gives no decomposition for, spelt as people without that keyboard spell them.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"[^\W_]+")
_HYPHENATED = re.compile(r"[^\W_]+(?:[-\u2010\u2012\u2013\u2212][^\W_]+)*")


def plain(text: str) -> str:
    """Compatibility forms unfolded, case and marks gone: `Sjögren` is `sjogren`, `²` is `2`."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in folded if not unicodedata.category(letter).startswith("M"))
    return bare.translate(_PLAIN)


def words(text: str) -> list[str]:
    """The words of a text in their order, split at everything that is neither letter nor digit."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain(text))]


def index_words(text: str) -> list[str]:
    """The words to index: those of `words`, and each hyphenated one joined up too (`CAR-T`: car, t, cart)."""
    indexed: list[str] = []
    for chain in _HYPHENATED.findall(plain(text)):
        parts = _WORD.findall(chain)
        indexed += parts
        if len(parts) > 1:
            joined = ["".join(pair) for pair in pairwise(parts)]
            indexed += joined if len(parts) == 2 else [*joined, "".join(parts)]
    return [word[:LONGEST_WORD] for word in indexed]
