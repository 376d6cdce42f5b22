"""Numbers as DynamoDB stores them; moto stores them as they came."""

import re
from decimal import Decimal, InvalidOperation

from sandbox.api import invalid

DIGITS = 38
LARGEST_EXPONENT = 125
SMALLEST_EXPONENT = -130
MAGNITUDE = "Attempting to store a number with magnitude"


def number(text: str) -> str:
    """A number without leading or trailing zeros, or a ValidationException.

    Source: Developer Guide, "Supported data types and naming rules": 38 digits at the most, from
    1E-130 to 9.99E+125, and the negative numbers likewise.
    """
    if re.fullmatch(r"0|-?[1-9][0-9]{0,37}", text):
        return text
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        shown = f": {text}" if text else ""
        raise invalid(f"The parameter cannot be converted to a numeric value{shown}")
    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise invalid(f"Number overflow. {MAGNITUDE} larger than supported range") from None
    if not value:
        return "0"
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > DIGITS:
        raise invalid(f"Attempting to store more than {DIGITS} significant digits in a Number")
    if value.adjusted() > LARGEST_EXPONENT:
        raise invalid(f"Number overflow. {MAGNITUDE} larger than supported range")
    if value.adjusted() < SMALLEST_EXPONENT:
        raise invalid(f"Number underflow. {MAGNITUDE} smaller than supported range")
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
