"""All calls about items."""

from collections.abc import Callable

from sandbox.api import Handler
from sandbox.items.reads import Reads
from sandbox.items.searches import Searches
from sandbox.items.table import Change, Tables
from sandbox.items.transactions import Transactions
from sandbox.items.writes import Writes


def calls(tables: Tables, written: Callable[[Change], None]) -> dict[str, Handler]:
    """The operations about items. `written` is called with every change that clients make."""
    writes = Writes(tables, written)
    return {
        **Reads(tables).calls(),
        **Searches(tables).calls(),
        **writes.calls(),
        **Transactions(tables, writes).calls(),
    }
