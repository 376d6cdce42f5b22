"""A row of data/flights_data.csv, and the item that it becomes."""

SAMPLE_LINE = (
    "2452052965,American,502,FirstClass,fhryniewicki6y@jigsy.com,"
    "(943) 8641482,New Zealand,Denmark,2/14/19,9:56"
)
SAMPLE_ITEM = {
    "flight_id": {"N": "2452052965"},
    "airlines_name": {"S": "American"},
    "available_seats": {"N": "502"},
    "seat_type": {"S": "FirstClass"},
    "support": {"S": "fhryniewicki6y@jigsy.com"},
    "phone": {"S": "(943) 8641482"},
    "from": {"S": "New Zealand"},
    "to": {"S": "Denmark"},
    "date": {"S": "2/14/19"},
    "time": {"S": "9:56"},
}
FIELDS = SAMPLE_LINE.split(",")


def fields_with(**changes: str) -> list[str]:
    """The sample row's fields, some of them changed."""
    return [changes.get(name, text) for name, text in zip(SAMPLE_ITEM, FIELDS, strict=True)]
