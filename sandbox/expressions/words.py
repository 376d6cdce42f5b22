"""The words of an expression, one after the other."""

import re

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|[0-9]+|<>|<=|>=|\S")
END = ""
"""What comes after the last word."""


class ExpressionError(Exception):
    """What is wrong with an expression, in AWS's words."""


class Words:
    """An expression's words, and how far they are read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(WORD.finditer(text))
        self.position = 0
        """How many are read."""

    def next(self, ahead: int = 0) -> str:
        """The word that is read next, or a later one; END if there is none."""
        index = self.position + ahead
        return self._words[index].group() if index < len(self._words) else END

    def take(self) -> str:
        """Read a word."""
        word = self.next()
        self.position += 1
        return word

    def accept(self, *words: str) -> str:
        """Read a word if it is one of these, in capitals or not. Returns it in capitals, or ""."""
        word = self.next().upper()
        if word and word in words:
            self.position += 1
            return word
        return ""

    def expect(self, word: str) -> None:
        """Read this word, or refuse the expression."""
        if not self.accept(word):
            raise self.error()

    def error(self) -> ExpressionError:
        """That the next word is not one that may be here."""
        near = self._words[max(0, self.position - 1) : self.position + 2]
        text = self._text[near[0].start() : near[-1].end()] if near else ""
        return ExpressionError(f'Syntax error; token: "{self.next() or "<EOF>"}", near: "{text}"')
