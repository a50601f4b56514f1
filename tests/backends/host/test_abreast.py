"""Whether a host that follows has the code that the one that leads has."""

from __future__ import annotations

from micro.backends.host.abreast import Abreast
from micro.backends.host.messages import Failing, Served, Told
from micro.events import LoadError, ServiceFailed, ServiceLoaded, ServiceRemoved

ERROR = LoadError(file="shop.py", line=None, message="no")


def served(generation: int) -> Served:
    event = ServiceLoaded(
        service="shop", generation=generation, file="shop.py", tools=(), duration=0.0
    )
    return Served(event=event, tools=())


def abreast(*reports: Served | Told | Failing) -> Abreast:
    made = Abreast()
    for report in reports:
        made.take(report)
    return made


def test_the_same_generation_is_the_same_code():
    assert abreast(served(2)).serves("shop", 2, broken=())
    assert not abreast(served(1)).serves("shop", 2, broken=())
    assert not abreast().serves("shop", 1, broken=())


def test_a_service_that_fails_here_alone_is_not_the_same_whatever_its_number():
    failing = abreast(served(2), Failing(service="shop", error=ERROR))
    assert not failing.serves("shop", 2, broken=())
    assert failing.serves("shop", 2, broken={"shop"})
    failing.take(served(3))
    assert failing.serves("shop", 3, broken=())


def test_a_file_that_never_loaded_has_its_error_under_its_own_name():
    failed = ServiceFailed(service="shop.py", error=ERROR, serving=None, file="shop.py")
    made = abreast(Told(event=failed))
    assert made.error("shop", "shop.py") == ERROR
    made.take(served(1))
    assert made.error("shop", "shop.py") is None


def test_a_service_that_is_gone_is_not_had():
    gone = Told(event=ServiceRemoved(service="shop"))
    assert not abreast(served(1), gone).serves("shop", 1, broken=())
