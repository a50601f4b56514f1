from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pydantic
import pytest

from micro.errors import DeclarationError, NameTaken
from micro.services.service import Service
from micro.services.tool import tool


@dataclass
class Users:
    names: dict[str, str] = field(default_factory=dict[str, str])

    def get(self, id: str) -> str:
        """Get a name."""
        return self.names[id]

    @tool(scopes=["users:write"], idempotent=True)
    async def put(self, id: str, name: str) -> None:
        self.names[id] = name

    def delete(self, id: str) -> None:
        del self.names[id]

    @staticmethod
    def rules() -> list[str]:
        return ["no spaces"]

    @tool
    def untyped_but_marked(self):
        return 1

    def untyped(self):
        return 1

    def _hidden(self, id: str) -> str:
        return id

    @property
    def size(self) -> int:
        return len(self.names)


def names(service: Service) -> list[str]:
    return [bound.spec.name for bound in service.bind()]


def test_public_typed_methods_of_an_instance_become_tools():
    service = Service("users")
    service.handle(Users())

    assert names(service) == ["get", "put", "delete", "rules", "untyped_but_marked"]


def test_methods_run_on_the_instance_that_was_given():
    service = Service("users")
    users = Users({"1": "Ada"})
    service.handle(users)

    get = next(bound for bound in service.bind() if bound.spec.name == "get")
    assert get.function(id="1") == "Ada"
    assert list(get.spec.input_schema["properties"]) == ["id"]
    assert get.spec.description == "Get a name."


def test_scopes_of_the_table_come_beside_those_of_the_decorator():
    service = Service("users")
    service.handle(Users(), scopes={"delete": ["users:admin"], "put": ["audit", "users:write"]})

    specs = {bound.spec.name: bound.spec for bound in service.bind()}
    assert specs["delete"].scopes == ("users:admin",)
    assert specs["put"].scopes == ("users:write", "audit")
    assert specs["put"].annotations == {"idempotentHint": True}
    assert specs["get"].scopes == ()


def test_a_misspelt_method_in_the_scope_table_is_refused():
    with pytest.raises(DeclarationError, match="no method 'delet'") as caught:
        Service("users").handle(Users(), scopes={"delet": ["users:admin"]})

    assert caught.value.mend == "did you mean 'delete'?"


def test_a_prefix_lets_two_instances_of_a_class_serve_side_by_side():
    service = Service("users")
    service.handle(Users(), prefix="old")
    service.handle(Users(), prefix="new")

    assert names(service)[0] == "old_get"
    assert "new_get" in names(service)


def test_without_a_prefix_the_second_instance_is_refused():
    service = Service("users")
    service.handle(Users())

    with pytest.raises(NameTaken):
        service.handle(Users())


def test_a_class_in_place_of_an_instance_is_refused():
    with pytest.raises(DeclarationError) as caught:
        Service("users").handle(Users)

    assert caught.value.mend == "give an instance: handle(Users())"


def test_an_instance_without_typed_methods_is_refused():
    with pytest.raises(DeclarationError, match="no public typed method"):
        Service("users").handle(object())


def test_methods_of_base_classes_are_tools_and_those_of_pydantic_are_not():
    class Base(pydantic.BaseModel):
        def ping(self) -> str:
            """Say pong."""
            return "pong"

    class Handler(Base):
        def ping(self) -> str:
            return "PONG"

        def extra(self) -> int:
            return 1

    service = Service("users")
    service.handle(Handler())

    assert names(service) == ["ping", "extra"]
    ping = service.bind()[0]
    assert ping.function() == "PONG"
    assert ping.spec.description == "Say pong."


def test_methods_that_are_hooks_are_no_tools():
    class Handler:
        async def start(self) -> None: ...

        def get(self) -> int:
            return 1

    service, handler = Service("users"), Handler()
    service.handle(handler)
    service.on_start(handler.start)

    assert names(service) == ["get"]


def test_a_mark_with_an_unknown_option_is_refused_at_once():
    options: Any = {"scope": ["a"]}

    with pytest.raises(DeclarationError, match="no option 'scope'"):
        tool(**options)(lambda: None)
