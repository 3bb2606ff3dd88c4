"""What counts as enough? The standard: values with unit, source and confidence."""

from geo.standards.load import IndicatorSet, Standard, Value, default_standard, load_standard

__all__ = ["IndicatorSet", "Standard", "Value", "default_standard", "load_standard"]
