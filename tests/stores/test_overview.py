"""What the dashboard sees follows the events, and stays within its bounds."""

from __future__ import annotations

import pytest

from calling import make_tool, ok
from micro.events import (
    AnyEvent,
    ClientConnected,
    ClientDisconnected,
    HostExited,
    HostStarted,
    LoadError,
    LogWritten,
    ProblemFound,
    RuntimeStarted,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
    ToolsListed,
)
from micro.registry.registry import Registry
from micro.snapshots import HostView
from micro.stores.overview import KEPT_LINES, KEPT_LISTS, KEPT_PROBLEMS, Overview

BROKEN = LoadError(file="demo.py", line=3, message="SyntaxError: oh")


def loaded(service: str, generation: int, file: str = "demo.py") -> ServiceLoaded:
    return ServiceLoaded(
        service=service,
        generation=generation,
        file=file,
        tools=("ok",),
        duration=0.25,
        changes=("+ ok",),
        version="1.0",
        description="Words.",
    )


def failed(service: str, file: str = "demo.py") -> ServiceFailed:
    return ServiceFailed(service=service, error=BROKEN, serving=None, file=file)


def overview(*events: AnyEvent) -> Overview:
    registry = Registry()
    registry.swap({"demo": [make_tool("ok", ok, description="Says fine.")]})
    made = Overview(registry, HostView(pid=None, state="starting"))
    for event in events:
        made.take(event)
    return made


def states(made: Overview) -> dict[str, tuple[str, int]]:
    return {view.name: (view.state, view.generation) for view in made.services}


def test_a_loaded_service_is_shown_with_the_tools_that_serve():
    (view,) = overview(loaded("demo", 2)).services
    assert (view.state, view.generation, view.version) == ("serving", 2, "1.0")
    assert (view.changes, view.load_duration) == (("+ ok",), 0.25)
    assert [(tool.name, tool.wire_name) for tool in view.tools] == [("demo.ok", "demo_ok")]
    assert view.tools[0].description == "Says fine."


def test_services_are_listed_by_name():
    made = overview(loaded("zoo", 1), loaded("abc", 1, "abc.py"))
    assert [view.name for view in made.services] == ["abc", "zoo"]


def test_a_service_that_no_longer_loads_shows_its_error_and_what_serves_on():
    (view,) = overview(loaded("demo", 2), failed("demo")).services
    assert (view.state, view.generation, view.error) == ("failed", 2, BROKEN)
    assert len(view.tools) == 1


def test_a_service_that_loads_again_has_no_error():
    made = overview(loaded("demo", 2), failed("demo"), loaded("demo", 3))
    assert (states(made), made.services[0].error) == ({"demo": ("serving", 3)}, None)


def test_a_file_that_never_loaded_is_shown_under_its_own_name():
    made = overview(failed("demo.py"))
    assert states(made) == {"demo.py": ("failed", 0)}
    assert made.services[0].file == "demo.py"


def test_a_file_that_loads_at_last_is_shown_under_the_names_of_its_services():
    made = overview(failed("demo.py"), loaded("demo", 1))
    assert states(made) == {"demo": ("serving", 1)}


def test_a_file_that_loads_leaves_the_failures_of_others():
    made = overview(failed("other.py", "other.py"), loaded("demo", 1))
    assert states(made) == {"demo": ("serving", 1), "other.py": ("failed", 0)}


def test_a_removed_service_is_gone():
    made = overview(loaded("demo", 1), ServiceRemoved(service="demo"), ServiceRemoved(service="x"))
    assert made.services == ()


def test_clients_come_get_their_name_and_go():
    made = overview(
        ClientConnected(connection="stdio-1", door="stdio", client="", time=1.0),
        ClientConnected(connection="http-2", door="http", client="b", time=3.0),
        ClientConnected(connection="stdio-1", door="stdio", client="a", time=2.0),
    )
    assert [(view.connection, view.client, view.since) for view in made.clients] == [
        ("stdio-1", "a", 1.0),
        ("http-2", "b", 3.0),
    ]
    made.take(ClientDisconnected(connection="stdio-1"))
    made.take(ClientDisconnected(connection="never-was"))
    assert [view.connection for view in made.clients] == ["http-2"]


@pytest.mark.parametrize(
    ("event", "host"),
    [
        (HostStarted(pid=7), HostView(pid=7, state="serving")),
        (HostExited(pid=7, status="signal 9", calls=2), HostView(pid=None, state="restarting")),
    ],
)
def test_the_host_is_followed(event: AnyEvent, host: HostView):
    assert overview(event).host == host


def test_calls_can_be_run_while_one_of_several_hosts_is_there():
    made = overview(HostStarted(pid=7), HostStarted(pid=8), HostStarted(pid=9, replaces=7))
    made.take(HostExited(pid=8, status="signal 9", calls=0))
    assert made.host == HostView(pid=9, state="serving")
    made.take(HostExited(pid=9, status="signal 9", calls=0))
    assert made.host.state == "restarting"


def test_the_addresses_are_those_of_the_doors_that_opened():
    assert overview(RuntimeStarted(addresses=("http://x",))).addresses == ("http://x",)


def test_only_the_last_lines_and_problems_are_kept():
    made = overview()
    for number in range(KEPT_LINES + 10):
        made.take(LogWritten(service="demo", call=None, level="INFO", logger="", text=str(number)))
        made.take(ProblemFound(message=str(number)))
    assert (len(made.logs), made.logs[-1].text) == (KEPT_LINES, str(KEPT_LINES + 9))
    assert (len(made.problems), made.problems[-1].message) == (KEPT_PROBLEMS, str(KEPT_LINES + 9))


def test_of_lists_that_clients_were_given_each_clients_last_is_kept_and_not_too_many() -> None:
    overview = Overview(Registry(), HostView(pid=None, state="starting"))
    for client in ("first", *(f"c{number}" for number in range(KEPT_LISTS - 1)), "first", "last"):
        overview.take(listed(client))
    kept = [view.client for view in overview.lists]
    assert len(kept) == KEPT_LISTS
    assert kept[-2:] == ["first", "last"]
    assert "c0" not in kept


def listed(client: str) -> ToolsListed:
    return ToolsListed(
        door="http",
        client=client,
        client_version="1",
        protocol="2026-07-28",
        subject="kim",
        tools=3,
    )
