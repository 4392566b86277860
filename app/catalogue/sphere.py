"""Distances on the Earth, taken as a sphere, by the straight line through it (the chord): the haversine in other words.

The haversine of the angle between two places is a quarter of the squared chord between them on the unit sphere, so
that distances compare without a single trigonometric function (R. W. Sinnott, Sky & Telescope 68, 1984, p. 159).
"""

from math import asin, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

RADIUS_KM = 6371.0088
"""The mean radius R1 of GRS 80 (H. Moritz, Journal of Geodesy 74, 2000, p. 128)."""

Points = NDArray[np.float64]


def on_sphere(degrees: Points) -> Points:
    """Rows of latitude and longitude in degrees as points on the unit sphere, rows of x, y, z."""
    latitude, longitude = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def squared_chords(points: Points, latitude: float, longitude: float) -> NDArray[np.float64]:
    """From each point to a place in degrees; these order places as distances do."""
    north, east = radians(latitude), radians(longitude)
    place = (cos(north) * cos(east), cos(north) * sin(east), sin(north))
    x, y, z = (points[:, axis] - place[axis] for axis in range(3))
    squares: NDArray[np.float64] = x * x + y * y + z * z
    return squares


def squared_chord(kilometres: float) -> float:
    """That of places so far apart; half the circumference and more is as far as can be."""
    angle = min(kilometres / RADIUS_KM, np.pi)
    return float((2 * sin(angle / 2)) ** 2)


def kilometres(squared: float) -> float:
    """How far apart places with this squared chord are."""
    return 2 * RADIUS_KM * asin(min(1.0, sqrt(squared) / 2))
