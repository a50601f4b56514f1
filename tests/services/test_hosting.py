"""What a service may say of its hosting is checked where it is said."""

from typing import Any

import pytest

from micro import Service
from micro.errors import DeclarationError, NameTaken


def test_what_is_said_of_hosting_is_kept():
    service = Service("shop", exclusive=True, isolated=True, watch=["*.html"])
    assert service.hosting == {"exclusive": True, "isolated": True, "watch": ["*.html"]}


def test_an_option_that_there_is_not_is_refused_with_those_there_are():
    options: Any = {"exklusive": True}
    with pytest.raises(DeclarationError, match="exklusive") as raised:
        Service("shop", **options)
    assert raised.value.mend == "known: exclusive, isolated, watch"


def test_one_pattern_is_refused_with_how_to_write_it():
    with pytest.raises(DeclarationError) as raised:
        Service("shop", watch="*.html")
    assert raised.value.mend == "write a list: watch=['*.html']"


def test_there_is_one_hook_for_handing_over_and_one_for_taking_over():
    service = Service("shop")
    service.on_handover(lambda: {})
    service.on_takeover(lambda given: None)
    with pytest.raises(NameTaken):
        service.on_handover(lambda: {})
    with pytest.raises(NameTaken):
        service.on_takeover(lambda given: None)


def test_hooks_that_cannot_be_called_are_refused():
    def give(much: int) -> int:
        return much

    def take() -> None: ...

    def take_two(given: int, more: int) -> None: ...

    service: Any = Service("shop")
    for declare, hook in (
        (service.on_handover, give),
        (service.on_takeover, take),
        (service.on_takeover, take_two),
    ):
        with pytest.raises(DeclarationError):
            declare(hook)
