"""Strict YAML: scalars keep what they say, every place has its line, and what is ambiguous is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from app.vocabulary.yaml_lines import SeedError, Yaml, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1", 1),
        ("-12", -12),
        ("1.10", Decimal("1.10")),
        ("0.1", Decimal("0.1")),
        ("012", "012"),
        ("１２", "１２"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1:80", "1:80"),
        ("718-7", "718-7"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05", "2024-05"),
        ("'1'", "1"),
        ('"null"', "null"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("9" * 60, "9" * 60),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says_and_text_where_in_doubt(text: str, value: Yaml):
    read = parse_yaml(f"key: {text}").data
    assert isinstance(read, dict)
    assert read["key"] == value
    assert type(read["key"]) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_decimal_keeps_its_digits(number: Decimal):
    data = parse_yaml(f"[{number:f}]").data
    assert isinstance(data, list)
    assert str(data[0]) == f"{number:f}"


TEXT = """\
# a comment
first:
  label: one
  list:
    - a
    - b: 1
      c: >-
        folded
        text

second: {label: two,
  code: [x,
         y]}
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("first",), 2),
        (("first", "label"), 3),
        (("first", "list", 0), 5),
        (("first", "list", 1), 6),
        (("first", "list", 1, "c"), 7),
        (("second",), 11),
        (("second", "code"), 12),
        (("second", "code", 1), 13),
        (("first", "missing"), 2),
        (("first", "list", "a_tag_of_a_union", 1, "c"), 7),
    ],
)
def test_every_place_has_its_line_and_a_missing_one_that_of_its_holder(place: tuple[str | int, ...], line: int):
    assert parse_yaml(TEXT).line_of(place) == line


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: the key a is given twice"),
        ("a: &x 1\nb: *x\n", "f.yaml:1: anchors and aliases are refused: write it out"),
        ("a: 1\nb: *x\n", "f.yaml:2: anchors and aliases are refused: write it out"),
        ("a: 1\nb: !!str 2\n", "f.yaml:2: tags are refused"),
        ("a: 1\nb: !python/object:os.system x\n", "f.yaml:2: tags are refused"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document begins: a file holds one"),
        ("? [a]\n: 1\n", "f.yaml:1: a key is plain text"),
        ("&x a: 1\n", "f.yaml:1: a key is plain text"),
        ("a: 1\nb: c: d\n", "f.yaml:2: this is not YAML: mapping values are not allowed in this context"),
        ("a: 1\n\tb: 2\n", "f.yaml:2: this is not YAML: found a tab character that violates indentation"),
        ("a: 1\nb: \x00\n", "f.yaml:2: a control character stands in the text: remove it"),
        ('a: 1\nb: "\\0"\n', "f.yaml:2: a control character stands in the text: remove it"),
        ('a: 1\nb: "\\e"\n', "f.yaml:2: a control character stands in the text: remove it"),
        ("a: 1\nb: \x9b\n", "f.yaml:2: a control character stands in the text: remove it"),
        ("a: \ufffe\n", "f.yaml:1: this is not YAML"),
        ("a: " + "[" * 300 + "]" * 300, "f.yaml:1: this is nested more than 200 deep"),
    ],
)
def test_what_is_ambiguous_or_no_yaml_is_refused_with_its_line(text: str, fault: str):
    with pytest.raises(SeedError) as refusal:
        parse_yaml(text, "f.yaml")
    assert str(refusal.value) == fault


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_says_nothing(text: str):
    assert parse_yaml(text).data is None


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int
    name: str


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    parts: list[Part]


def test_a_model_is_refused_with_the_line_of_every_fault():
    file = parse_yaml("parts:\n  - number: 1\n    name: a\n  - number: one\n    colour: red\n", "f.yaml")
    with pytest.raises(SeedError) as refusal:
        file.build(Whole, file.data)
    places = [(problem.line, problem.message.partition(":")[0]) for problem in refusal.value.problems]
    assert places == [(4, "/parts/1/number"), (4, "/parts/1/name"), (5, "/parts/1/colour")]
