"""Every error a user can see, with the exit status it ends a command with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from allocator.messages import Message

Made = TypeVar("Made")


class AllocatorError(Exception):
    """What went wrong, as messages in the user's language."""

    exit_code = 1

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages = tuple(messages)
        super().__init__(self.messages)

    def text(self, language: str) -> str:
        """One line per message."""
        return "\n".join(message.text(language) for message in self.messages)

    def __str__(self) -> str:
        return self.text("en")


class InputError(AllocatorError):
    """The config or a table is wrong; all problems of the stage at once."""

    exit_code = 2


class Infeasible(AllocatorError):
    """No plan meets every rule; the conflicting rules are named as the planner named them.

    ``notices`` are those of config, tables and screening, which may say why.
    """

    exit_code = 3

    def __init__(self, messages: Iterable[Message], notices: Iterable[Message] = ()) -> None:
        super().__init__(messages)
        self.notices = tuple(notices)


class NoPlanInTime(AllocatorError):
    """Time ran out before any plan was found."""

    exit_code = 4


class VerificationFailed(AllocatorError):
    """A plan does not keep what it promises."""

    exit_code = 1


class Interrupted(AllocatorError):
    """Stopped by the user with nothing to keep."""

    exit_code = 130


class Together:
    """Steps that do not need each other: what is wrong with the input is told of all of them at once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def of(self, step: Callable[[], Made]) -> Made | None:
        """What a step makes; None where the input is wrong."""
        try:
            return step()
        except InputError as error:
            self.messages += [message for message in error.messages if message not in self.messages]
            return None

    def sound(self, made: Made | None) -> Made:
        """What a step made, where nothing can be done without it.

        Raises:
            InputError: the problems of all steps so far.
        """
        if made is None:
            raise InputError(self.messages)
        return made

    def check(self) -> None:
        """Stop if anything was wrong.

        Raises:
            InputError: the problems of all steps.
        """
        if self.messages:
            raise InputError(self.messages)
