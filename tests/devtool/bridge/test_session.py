import json
from typing import Any

from micro_devtool.bridge.session import PATIENCE, Session

MODERN = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}


def line(id: int | str | None = None, method: str = "", **more: Any) -> bytes:
    message: dict[str, Any] = {"jsonrpc": "2.0"} | more
    if id is not None:
        message["id"] = id
    if method:
        message["method"] = method
    return json.dumps(message).encode()


def decoded(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(each) for each in lines]


def sent(session: Session, *lines: bytes) -> None:
    for each in lines:
        session.from_agent(each, 0.0)
    session.take()


def test_a_request_that_no_runtime_took_is_answered_once_its_patience_is_over():
    session = Session()
    session.from_agent(line(1, "tools/list"), 100.0)
    assert session.give_up("gone", before=100.0 + PATIENCE - 0.1) == []
    (answer,) = decoded(session.give_up("gone", before=100.0 + PATIENCE))
    assert (answer["id"], answer["error"]["message"]) == (1, "gone")
    assert session.idle
    assert session.waiting_bytes == 0


def test_a_call_is_refused_as_a_tool_error_in_the_form_of_its_era():
    session = Session()
    sent(session, line(1, "tools/call"), line(2, "tools/call", params=MODERN))
    old, new = decoded(session.lost(0.0))
    assert "resultType" not in old["result"]
    assert new["result"]["resultType"] == "complete"
    assert old["result"]["_meta"] == {"micro/retryable": True}


def test_only_what_is_safe_to_repeat_is_asked_again():
    session = Session()
    sent(session, line(1, "tools/list"), line(2, "tasks/cancel"), line(3, "resources/read"))
    (refused,) = decoded(session.lost(0.0))
    assert (refused["id"], refused["error"]["data"]) == (2, {"retryable": True})
    assert [message["id"] for message in decoded(session.take())] == [1, 3]


def test_a_call_that_the_runtime_never_read_is_asked_again_after_what_came_before_it():
    session = Session()
    sent(session, line(1, "tools/list"), line(2, "tools/call"), line(3, "tools/call"))
    (refused,) = decoded(session.lost(0.0, unread=True))
    assert refused["id"] == 2
    assert [message["id"] for message in decoded(session.take())] == [1, 3]


def test_a_batch_in_flight_is_refused_part_by_part_and_not_repeated():
    session = Session()
    sent(session, b"[%s,%s]" % (line(1, "tools/list"), line(2, "tools/call")))
    assert [answer["id"] for answer in decoded(session.lost(0.0))] == [1, 2]
    assert session.idle


def test_answers_come_back_for_each_part_of_a_batch():
    session = Session()
    sent(session, b"[%s,%s]" % (line(1, "a"), line(2, "b")))
    session.from_runtime(b"[%s,%s]" % (line(2, result={}), line(1, result={})))
    assert session.idle


def test_the_handshake_is_repeated_before_anything_else_and_its_answer_kept_back():
    session = Session()
    session.joined("h")
    sent(session, line(1, "initialize", params={"x": 1}))
    session.from_runtime(line(1, result={}))
    sent(session, line(method="notifications/initialized"))
    session.from_agent(line(2, "ping"), 0.0)
    session.lost(0.0)
    _, first = session.joined("h")
    (again,) = decoded(first)
    assert (again["method"], again["params"]) == ("initialize", {"x": 1})
    assert session.take() == []
    to_agent, to_runtime = session.from_runtime(line(again["id"], result={}))
    assert to_agent == []
    assert decoded(to_runtime)[0]["method"] == "notifications/initialized"
    assert [message["id"] for message in decoded(session.take())] == [2]


def test_an_initialize_that_was_not_answered_is_asked_again_as_it_was():
    session = Session()
    session.joined("h")
    sent(session, line(1, "initialize"))
    session.lost(0.0)
    assert session.joined("h") == ([], [])
    assert [message["id"] for message in decoded(session.take())] == [1]


def test_a_list_that_changed_and_changed_back_while_away_is_told():
    session = Session()
    session.joined("h1")
    sent(session, line(method="notifications/initialized"))
    session.from_runtime(line(method="notifications/tools/list_changed"))
    session.lost(0.0)
    to_agent, _ = session.joined("h1")
    assert decoded(to_agent)[0]["method"] == "notifications/tools/list_changed"


def test_a_listening_client_of_the_new_era_is_told_under_its_subscription():
    session = Session()
    session.joined("h1")
    wanted = {"notifications": {"toolsListChanged": True}} | MODERN
    sent(session, line("listen-1", "subscriptions/listen", params=wanted))
    session.lost(0.0)
    to_agent, _ = session.joined("h2")
    (notice,) = decoded(to_agent)
    assert notice["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": "listen-1"}


def test_a_client_that_does_not_listen_is_told_nothing():
    session = Session()
    session.joined("h1")
    sent(session, line(1, "subscriptions/listen", params={"notifications": {}} | MODERN))
    session.lost(0.0)
    assert session.joined("h2") == ([], [])


def test_a_cancelled_request_that_was_not_sent_is_forgotten():
    session = Session()
    session.from_agent(line(1, "tools/call"), 0.0)
    cancel = line(method="notifications/cancelled", params={"requestId": 1})
    session.from_agent(cancel, 0.0)
    assert session.take() == []
    assert session.idle


def test_a_cancelled_request_in_flight_is_cancelled_and_owes_no_answer():
    session = Session()
    sent(session, line(1, "tools/call"))
    session.from_agent(line(method="notifications/cancelled", params={"requestId": 1}), 0.0)
    assert decoded(session.take())[0]["method"] == "notifications/cancelled"
    assert session.lost(0.0) == []


def test_an_answer_to_a_question_of_an_earlier_runtime_is_not_passed_to_the_next():
    session = Session()
    session.from_runtime(line(5, "sampling/createMessage"))
    session.from_agent(line(5, result={}), 0.0)
    assert len(session.take()) == 1
    session.from_runtime(line(6, "sampling/createMessage"))
    session.lost(0.0)
    session.from_agent(line(6, result={}), 0.0)
    assert session.take() == []


def test_ids_of_any_shape_do_no_harm():
    session = Session()
    for odd in (b'{"id": [1], "method": "x"}', b'{"id": {}, "result": 1}', b'{"method": 5}', b"3"):
        session.from_agent(odd, 0.0)
        session.from_runtime(odd)
    session.lost(0.0)
