"""Calls about items, between the handlers and moto: moto never sees an expression."""

from sandbox.api import Ask, Json
from sandbox.item_reads import ItemReads
from sandbox.item_writes import ItemWrites
from sandbox.moto_tables import MotoTables
from sandbox.searches import Searches


def with_expressions(tables: MotoTables, ask_moto: Ask) -> Ask:
    """moto's answers, but to calls about items AWS's."""
    answers = {
        **ItemReads(ask_moto).answers(),
        **ItemWrites(tables, ask_moto).answers(),
        **Searches(tables).answers(),
    }

    def ask(region: str, operation: str, request: Json) -> Json:
        return answers.get(operation, ask_moto)(region, operation, request)

    return ask
