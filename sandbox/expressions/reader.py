"""What all expressions have in common: document paths, values, functions, and their mistakes.

Of several mistakes AWS reports the first one of the most basic kind. So mistakes are collected
while an expression is read, and sorted by kind at its end.
"""

from collections.abc import Callable, Sequence

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from sandbox.expressions import operands as rules
from sandbox.expressions.nodes import Call, Constant, Node, Path
from sandbox.expressions.references import References
from sandbox.expressions.words import ExpressionError, Words

RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
MAX_SIZE = 4096
"""Bytes of an expression."""
MAX_NESTING = 200
"""Parentheses in parentheses. AWS has no such limit, but one of operators and of size."""
MAX_LEVELS = 32
"""Steps of a document path."""


class Reader:
    """Reads an expression's words, and keeps the first mistake of each kind."""

    def __init__(
        self, text: str, references: References, keywords: Sequence[str], in_condition: bool
    ) -> None:
        """`keywords` cannot be attribute names; `in_condition`: which functions there are."""
        if not text.strip():
            raise ExpressionError("The expression can not be empty;")
        size = len(text.encode())
        if size > MAX_SIZE:
            raise ExpressionError(
                f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            )
        self.words = Words(text)
        self._references = references
        self._keywords = keywords
        self._in_condition = in_condition
        self._mistakes: dict[str, str] = {}
        self._nesting = 0
        self.argument: Callable[[], Node] = self.operand
        """Reads an operand of a function."""

    def note(self, kind: str, mistake: str | None) -> None:
        """Keep a mistake, if it is one and the first of its kind."""
        if mistake is not None:
            self._mistakes.setdefault(kind, mistake)

    def first(self, kinds: Sequence[str]) -> str | None:
        """The first mistake of the first of these kinds."""
        return next((self._mistakes[kind] for kind in kinds if kind in self._mistakes), None)

    def finish(self, kinds: Sequence[str]) -> None:
        """The expression must end here, without a mistake of these kinds."""
        if self.words.next():
            raise self.words.error()
        mistake = self.first(kinds)
        if mistake is not None:
            raise ExpressionError(mistake)

    def path(self) -> Path:
        """A document path: a, #n, a.b, a[0]."""
        steps: list[str | int] = [self._name()]
        while sign := self.words.accept(".", "["):
            steps.append(self._name() if sign == "." else self._index())
        if len(steps) > MAX_LEVELS:
            levels = f"too many nesting levels; nesting levels: {len(steps)}"
            self.note("levels", f"The document path has {levels}")
        return Path(tuple(steps))

    def _name(self) -> str:
        word = self.words.next()
        if len(word) > 1 and word.startswith("#"):
            name = self._references.name(self.words.take())
            if name is None:
                self.note(
                    "name",
                    "An expression attribute name used in the document path is not defined; "
                    f"attribute name: {word}",
                )
            return name or word
        if not _is_name(word) or word.upper() in self._keywords:
            raise self.words.error()
        if word.upper() in RESERVED:
            reserved = f"reserved keyword; reserved keyword: {word}"
            self.note("reserved", f"Attribute name is a {reserved}")
        return self.words.take()

    def _index(self) -> int:
        word = self.words.next()
        if not word.isdecimal():
            raise self.words.error()
        self.words.take()
        self.words.expect("]")
        return int(word)

    def constant(self) -> Constant:
        """A value of the request: :v."""
        word = self.words.next()
        if len(word) < 2 or not word.startswith(":"):
            raise self.words.error()
        value = self._references.value(self.words.take())
        if value is None:
            self.note(
                "value",
                "An expression attribute value used in expression is not defined; "
                f"attribute value: {word}",
            )
        return Constant(value or {"S": ""})

    def operand(self) -> Node:
        """A path, a value, or a function of these."""
        word = self.words.next()
        if word.startswith(":"):
            return self.constant()
        if _is_name(word) and self.words.next(1) == "(" and word.upper() not in self._keywords:
            return self._function()
        return self.path()

    def _function(self) -> Call:
        name = self.words.take()
        self.words.expect("(")
        self.enter()
        found = [self.argument()]
        while self.words.accept(","):
            found.append(self.argument())
        self.leave()
        self.words.expect(")")
        self.note("function", rules.function_problem(name, self._in_condition))
        self.note_operands(*found)
        return self.call(name, *found)

    def note_operands(self, *operands: Node) -> None:
        """Note a function that cannot be an operand."""
        for operand in operands:
            if isinstance(operand, Call):
                name = operand.operator
                if name == "list_append" or (self._in_condition and name != "size"):
                    self.note_misuse(name)

    def note_misuse(self, function: str) -> None:
        """Note that a function is where it cannot be."""
        allowed = "not allowed to be used this way in an expression"
        self.note("misuse", f"The function is {allowed}; function: {function}")

    def call(self, operator: str, *operands: Node) -> Call:
        """An operator or function with its operands, of which the mistakes are noted."""
        call = Call(operator, operands)
        count_problem = rules.count_problem(call)
        self.note("count", count_problem)
        if count_problem is None:
            if self._in_condition:
                self.note("repetition", rules.repetition_problem(call))
            self.note("type", rules.type_problem(call))
        return call

    def enter(self) -> None:
        """Go into parentheses, but not for ever."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ExpressionError("The expression is nested too deeply;")

    def leave(self) -> None:
        """Come out of parentheses."""
        self._nesting -= 1


def _is_name(word: str) -> bool:
    return word[:1].isalpha() and word.isascii()
