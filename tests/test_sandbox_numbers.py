"""Numbers come out as DynamoDB stores them."""

import pytest

from sandbox.api import ApiError
from sandbox.numbers import number


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0", "0"),
        ("000", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("007", "7"),
        ("+5", "5"),
        ("9902917690", "9902917690"),
        ("1.50", "1.5"),
        ("100.00", "100"),
        (".5", "0.5"),
        ("-1.20", "-1.2"),
        ("1E3", "1000"),
        ("1.5e-3", "0.0015"),
        ("12e-1", "1.2"),
        ("9" * 38, "9" * 38),
        ("1" + "0" * 60, "1" + "0" * 60),
    ],
)
def test_a_number_loses_its_leading_and_trailing_zeros(given: str, stored: str) -> None:
    assert number(given) == stored


@pytest.mark.parametrize(
    "given", ["", "abc", "1_000", "NaN", "Infinity", " 1", "1 ", "٣", "--1", "1e"]
)
def test_what_is_no_number_is_refused(given: str) -> None:
    with pytest.raises(ApiError, match="cannot be converted to a numeric value"):
        number(given)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("1" * 39, "38 significant digits"),
        ("1e126", "overflow"),
        ("1e" + "9" * 20, "overflow"),
        ("1e-131", "underflow"),
    ],
)
def test_a_number_that_dynamodb_cannot_hold_is_refused(given: str, why: str) -> None:
    with pytest.raises(ApiError, match=why):
        number(given)
