"""Clients of 2026-07-28 get questions as the result of a call, and call again with the answers.

The call is run anew each time, with all answers so far. Those of earlier rounds travel with the
client, as the request state: the SDK's boundary seals it (``server``), so what comes back here is
what was said here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import msgspec
from mcp_types import InputResponseRequestParams

from micro.peers import Answer, InputNeeded, Question


class Rounds:
    """One round of one call: the client's answers so far, by the keys of the questions."""

    def __init__(self, params: InputResponseRequestParams) -> None:
        self._answers: dict[str, Answer] = {}
        if params.request_state is not None:
            self._answers = json.loads(params.request_state)
        for key, answer in (params.input_responses or {}).items():
            dumped = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
            self._answers.setdefault(key, dumped)
        self._used: dict[str, Answer] = {}
        self._asked: set[str] = set()

    def result(self, questions: Sequence[Question]) -> dict[str, Any]:
        """Give the result that asks for more answers; those that were used go along."""
        return {
            "resultType": "input_required",
            "inputRequests": {
                each.key: {"method": each.method, "params": each.params} for each in questions
            },
            "requestState": json.dumps(self._used),
        }

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Give the answers, if all of them are known.

        Raises:
            InputNeeded: Some are not.
        """
        keyed = [self._keyed(question) for question in questions]
        known = {q.key: self._answers[q.key] for q in keyed if q.key in self._answers}
        self._used |= known
        missing = [question for question in keyed if question.key not in known]
        if missing:
            raise InputNeeded(missing)
        return [known[question.key] for question in keyed]

    def _keyed(self, question: Question) -> Question:
        """Give a question its own key, the same in each round as long as it is the same."""
        key = question.key
        if not key:
            text = json.dumps([question.method, question.params], sort_keys=True)
            key = f"{question.needs}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        number = 1
        while (name := key if number == 1 else f"{key}-{number}") in self._asked:
            number += 1
        self._asked.add(name)
        return msgspec.structs.replace(question, key=name)
