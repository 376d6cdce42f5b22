"""What the call under way has written: the items as they were, so that it can be undone."""

from moto.dynamodb.models.dynamo_type import DynamoType, Item

ItemKey = tuple[DynamoType, DynamoType | None]
"""A primary key: the partition key's value and the sort key's."""

Place = tuple[str, str, ItemKey]
"""Where an item is: region, table, key."""


class Journal:
    """The writes of one call at a time."""

    def __init__(self) -> None:
        self._before: dict[Place, Item | None] = {}

    def begin(self) -> None:
        """Forget the writes of the call before."""
        self._before.clear()

    def note(self, place: Place, before: Item | None) -> None:
        """An item is about to be written, and is like this (None: not there)."""
        self._before.setdefault(place, before)

    def changes(self) -> list[tuple[Place, Item | None]]:
        """What the call has written, in its order, each with the item as it was before the call."""
        return list(self._before.items())
