import xml.etree.ElementTree as xml
from typing import Any

from micro_devtool.trials import report
from micro_devtool.trials.run import Trial, Tried

TRIAL = Trial(tool="shop.price", arguments={"item": "tea"}, number=2)


def tried(**changes: Any) -> Tried:
    fields: dict[str, Any] = {"trial": TRIAL, "outcome": "ok", "text": "1", "duration": 0.0042}
    return Tried(**(fields | changes))


def test_a_verdict_says_outcome_tool_time_and_trace():
    line = report.verdict(tried(trace_id="ab" * 16))
    assert line == f"ok      shop.price[2]  4.20 ms  trace {'ab' * 16}"


def test_what_failed_says_what_was_sent_and_the_mend():
    refused = tried(outcome="refused", text="no scope", mend="ask for one")
    assert report.reason(refused).split("\n") == [
        '        sent {"item": "tea"}',
        "        no scope",
        "        ask for one",
    ]
    assert report.summary([tried(), refused]) == "2 calls: 1 ok, 1 failed"


def test_what_raised_shows_its_developer_where_and_not_the_words_for_clients():
    frames = 'File "shop.py", line 3\nKeyError: 1'
    failed = tried(outcome="error", text="shop.price failed unexpectedly", traceback=frames)
    assert report.reason(failed).split("\n")[1:] == [
        '        File "shop.py", line 3',
        "        KeyError: 1",
    ]
    assert report.as_json(failed)["traceback"] == frames
    assert "KeyError: 1" in report.junit([failed])


def test_results_cannot_steer_a_terminal():
    assert "\x1b" not in report.result_text(tried(text="\x1b[2J"))
    assert "\x9b" not in report.result_text(tried(result={"a": "\x9b2J"}))


def test_junit_counts_failures_and_takes_any_text():
    failed = tried(outcome="error", text="bad \x00\ud800 <text>")
    suite = xml.fromstring(report.junit([tried(), failed]))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite[1][0].get("message") == "bad �� <text>"
