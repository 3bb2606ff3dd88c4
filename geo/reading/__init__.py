"""How do files become an Area? Formats, encodings, grids and repairs, and a report of every problem."""

from geo.reading.files import Limits
from geo.reading.problems import Problems
from geo.reading.read import read_area

__all__ = ["Limits", "Problems", "read_area"]
