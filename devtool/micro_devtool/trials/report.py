"""How trials went, for people, for programs and for CI. Pure: nothing is printed here."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from collections.abc import Sequence
from typing import Any

from micro_devtool.output import Tone
from micro_devtool.trials.run import Outcome, Tried
from micro_tui.format import clean, duration

TONES: dict[Outcome, Tone] = {"ok": "good", "error": "bad", "refused": "warn", "differs": "bad"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def result_text(tried: Tried) -> str:
    """Give what a call gave, as people read it: indented JSON, or the text."""
    if tried.result is None or isinstance(tried.result, str):
        text = tried.result or tried.text
    else:
        text = json.dumps(tried.result, indent=2, ensure_ascii=False)
    return "\n".join(clean(line) for line in text.split("\n"))


def verdict(tried: Tried) -> str:
    """Give one line: how the call went, how long it took, and its trace."""
    trace = f"  trace {tried.trace_id}" if tried.trace_id else ""
    return f"{tried.outcome:<8}{clean(tried.trial.name)}  {duration(tried.duration)}{trace}"


def reason(tried: Tried) -> str:
    """Give the lines below the verdict of a call that gave no result; empty for one that did."""
    if tried.outcome == "ok":
        return ""
    sent = json.dumps(tried.trial.arguments, ensure_ascii=False)
    # Who tries a tool is its developer, to whom the words for clients say nothing.
    said = (tried.traceback or tried.text).splitlines()
    lines = [f"sent {sent}", *said, *tried.mend.splitlines()]
    return "\n".join(f"        {clean(line)}" for line in lines)


def summary(tried: Sequence[Tried]) -> str:
    """Give the last line: ``7 calls: 6 ok, 1 failed``."""
    good = sum(each.outcome == "ok" for each in tried)
    calls = "1 call" if len(tried) == 1 else f"{len(tried)} calls"
    failed = f", {len(tried) - good} failed" if good < len(tried) else ""
    return f"{calls}: {good} ok{failed}"


def as_json(tried: Tried) -> dict[str, Any]:
    """Give a trial as other programs read it."""
    return {
        "tool": tried.trial.tool,
        "example": tried.trial.number or None,
        "case": tried.trial.label or None,
        "arguments": tried.trial.arguments,
        "outcome": tried.outcome,
        "result": tried.result,
        "text": tried.text,
        "mend": tried.mend or None,
        "traceback": tried.traceback or None,
        "trace_id": tried.trace_id or None,
        "duration_ms": round(tried.duration * 1000, 3),
    }


def junit(tried: Sequence[Tried]) -> str:
    """Give a JUnit report, as CI systems read it."""
    suite = xml.Element(
        "testsuite",
        name="micro mcp test",
        tests=str(len(tried)),
        failures=str(sum(each.outcome != "ok" for each in tried)),
        errors="0",
        time=f"{sum(each.duration for each in tried):.3f}",
    )
    for each in tried:
        service, _, name = each.trial.name.partition(".")
        case = xml.SubElement(
            suite, "testcase", classname=service, name=name, time=f"{each.duration:.3f}"
        )
        if each.outcome != "ok":
            failure = xml.SubElement(
                case, "failure", type=each.outcome, message=_for_xml(each.text.split("\n", 1)[0])
            )
            said = [each.text, each.mend, each.traceback]
            failure.text = _for_xml("\n".join(filter(None, said)))
    root = xml.Element("testsuites")
    root.append(suite)
    xml.indent(root)
    return xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _for_xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
