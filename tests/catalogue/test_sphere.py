"""Distances: those of the haversine, whichever way they are computed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.documents import Position
from app.catalogue.sphere import kilometres, on_sphere, squared_chord, squared_chords
from tests.catalogue.naive import haversine

degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return kilometres(float(squared_chords(on_sphere(np.array([one])), *other)[0]))


@given(degrees, degrees)
def test_the_chord_gives_the_haversine(one, other):
    expected = haversine(one, Position(latitude=other[0], longitude=other[1]))
    assert apart(one, other) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((30.27, 120.16), (31.23, 121.47), 164), ((49.6, 11.0), (42.36, -71.06), 6078), ((0, -179.5), (0, 179.5), 111)],
)
def test_cities_are_as_far_apart_as_maps_say(one, other, expected):
    assert apart(one, other) == pytest.approx(expected, rel=0.01)


@given(st.floats(0.001, 20_015))
def test_a_distance_becomes_a_chord_and_back(distance):
    assert kilometres(squared_chord(distance)) == pytest.approx(distance, rel=1e-6, abs=0.05)


def test_half_the_circumference_is_as_far_as_can_be():
    assert squared_chord(20_100) == pytest.approx(4)
