"""Condition, update and projection expressions, read into trees.

Grammar: Developer Guide, "Condition and filter expressions, operators, and functions", "Update
expressions" and "Projection expressions".
"""

from collections.abc import Callable
from functools import partial

from sandbox.expressions import operands as rules
from sandbox.expressions.nodes import Action, Call, Node, Path
from sandbox.expressions.paths import clash
from sandbox.expressions.reader import Reader
from sandbox.expressions.references import References
from sandbox.expressions.words import ExpressionError

CONDITION_KEYWORDS = ("AND", "OR", "NOT", "BETWEEN", "IN")
SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
MAX_OPERATORS = 300
"""Of a condition. AWS counts AND, OR, NOT, BETWEEN, IN and the comparisons."""


def read_condition(text: str, references: References) -> Call:
    """A condition, filter or key condition expression. Raises ExpressionError."""
    return _Condition(Reader(text, references, CONDITION_KEYWORDS, in_condition=True)).read()


def read_update(text: str, references: References) -> list[Action]:
    """An update expression. Raises ExpressionError."""
    reader = Reader(text, references, SECTIONS, in_condition=False)
    reader.argument = partial(_set_argument, reader)
    actions: list[Action] = []
    seen: set[str] = set()
    while True:
        section = reader.words.accept(*SECTIONS)
        if not section:
            raise reader.words.error()
        if section in seen:
            once = "section can only be used once in an update expression;"
            reader.note("section", f'The "{section}" {once}')
        seen.add(section)
        actions.append(_action(section, reader))
        while reader.words.accept(","):
            actions.append(_action(section, reader))
        if not reader.words.next():
            break
    _note_clash(reader, [action.path for action in actions])
    kinds = "reserved function misuse section name value levels overlap conflict operand count type"
    reader.finish(kinds.split())
    return actions


def read_projection(text: str, references: References) -> list[Path]:
    """A projection expression. Raises ExpressionError."""
    reader = Reader(text, references, (), in_condition=False)
    paths = [reader.path()]
    while reader.words.accept(","):
        paths.append(reader.path())
    _note_clash(reader, paths)
    reader.finish(("reserved", "name", "levels", "overlap", "conflict"))
    return paths


def _note_clash(reader: Reader, paths: list[Path]) -> None:
    found = clash(paths)
    if found:
        reader.note(*found)


def _action(section: str, reader: Reader) -> Action:
    path = reader.path()
    if section == "REMOVE":
        return Action(section, path)
    if section == "SET":
        reader.words.expect("=")
        return Action(section, path, _set_value(reader))
    operand = reader.constant()
    reader.note("operand", rules.action_problem(section, operand))
    return Action(section, path, operand)


def _set_value(reader: Reader) -> Node:
    """What an attribute is set to: an operand, or the sum or difference of two."""
    left = _set_operand(reader, _set_value)
    if _is(left, "+", "-"):
        return left
    sign = reader.words.accept("+", "-")
    return reader.call(sign, left, _set_argument(reader)) if sign else left


def _set_argument(reader: Reader) -> Node:
    """An operand, as it is or in parentheses."""
    return _set_operand(reader, _set_argument)


def _set_operand(reader: Reader, in_parentheses: Callable[[Reader], Node]) -> Node:
    if not reader.words.accept("("):
        return reader.operand()
    reader.enter()
    value = in_parentheses(reader)
    reader.leave()
    reader.words.expect(")")
    return value


class _Condition:
    """A condition while it is read. OR binds weaker than AND, and AND weaker than NOT."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._words = reader.words
        reader.argument = self._argument
        self._operators = 0
        self._group = (0, 0)
        """Where the latest parentheses open and close."""

    def read(self) -> Call:
        condition = self._conditions()
        self._need_condition(condition)
        self._reader.finish("parentheses function misuse reserved levels condition".split())
        assert isinstance(condition, Call)
        return condition

    def _conditions(self, outer: str = "") -> Node:
        """Conditions joined by AND and OR, until an operator that binds no tighter than `outer`.

        A path or value may stand alone: it may be in parentheses before a comparison.
        """
        left = self._condition()
        while operator := self._joint(outer):
            self._need_condition(left)
            self._take_operator()
            right = self._conditions(operator)
            self._need_condition(right)
            if isinstance(left, Call) and left.operator == operator:
                left = Call(operator, (*left.operands, right))
            else:
                left = Call(operator, (left, right))
        return left

    def _joint(self, outer: str) -> str:
        word = self._words.next().upper()
        tighter = {"": ("AND", "OR"), "OR": ("AND",), "AND": ()}[outer]
        return word if word in tighter else ""

    def _condition(self) -> Node:
        """One comparison or function, or conditions in parentheses."""
        negations = 0
        while self._words.next().upper() == "NOT":
            self._take_operator()
            negations += 1
        found = self._operand()
        if not _is(found, *CONDITION_KEYWORDS, *rules.COMPARATORS):
            found = self._comparison(found)
            kinds = "name value count repetition type".split()
            self._reader.note("condition", self._reader.first(kinds))
        if negations:
            self._need_condition(found)
        for _ in range(negations):
            found = Call("NOT", (found,))
        return found

    def _operand(self) -> Node:
        """A path, value or function, or anything in parentheses."""
        if self._words.next() != "(":
            return self._reader.operand()
        self._words.take()
        self._reader.enter()
        start = self._words.position
        found = self._conditions()
        if self._group == (start, self._words.position):
            self._reader.note("parentheses", "The expression has redundant parentheses;")
        self._words.expect(")")
        self._reader.leave()
        self._group = (start - 1, self._words.position)
        return found

    def _argument(self) -> Node:
        """An operand, as it is or in parentheses."""
        found = self._operand()
        if _is(found, *CONDITION_KEYWORDS, *rules.COMPARATORS):
            raise self._words.error()
        return found

    def _comparison(self, left: Node) -> Node:
        """The comparison of which `left` is the first operand, or `left` if there is none."""
        operator = self._words.next().upper()
        operands = [left]
        if operator in rules.COMPARATORS:
            self._take_operator()
            operands.append(self._argument())
        elif operator == "BETWEEN":
            self._take_operator()
            operands.append(self._argument())
            self._words.expect("AND")
            operands.append(self._argument())
        elif operator == "IN":
            self._take_operator()
            self._words.expect("(")
            operands.append(self._argument())
            while self._words.accept(","):
                operands.append(self._argument())
            self._words.expect(")")
        else:
            return left
        self._reader.note_operands(*operands)
        return self._reader.call(operator, *operands)

    def _need_condition(self, node: Node) -> None:
        if not isinstance(node, Call):
            raise self._words.error()
        if node.operator == "size":
            self._reader.note_misuse("size")

    def _take_operator(self) -> None:
        self._words.take()
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            raise ExpressionError(
                f"The expression contains too many operators; operator count: {self._operators}"
            )


def _is(node: Node, *operators: str) -> bool:
    return isinstance(node, Call) and node.operator in operators
