from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from micro.errors import DeclarationError, NameTaken
from micro.services.service import Service

HERE = Path(__file__).name


def test_a_service_knows_the_module_file_and_line_that_made_it():
    service = Service("users", version="1.2.0", description="People.", instructions="Ask first.")

    assert service.module == __name__
    assert service.file == str(Path(__file__).resolve())
    assert "Service(" in Path(service.file).read_text().splitlines()[service.line - 1]
    assert (service.version, service.description) == ("1.2.0", "People.")
    assert service.instructions == "Ask first."
    assert service.modules == {__name__}


@pytest.mark.parametrize("name", ["", "1st", "my service", "a.b", "ünder", "-x", "a\n", "x" * 63])
def test_a_name_that_clients_would_refuse_cannot_name_a_service(name: str):
    with pytest.raises(DeclarationError) as caught:
        Service(name)

    assert HERE in caught.value.message
    assert caught.value.mend


@pytest.mark.parametrize("name", ["", "2nd", "get user", "get.user", "_private", "a" * 60])
def test_a_name_that_clients_would_refuse_cannot_name_a_tool(name: str):
    service = Service("users")

    with pytest.raises(DeclarationError) as caught:

        @service.tool(name=name)
        def get_user() -> None: ...

    assert HERE in caught.value.message
    assert service.bind() == ()


def test_a_lambda_needs_a_name():
    service = Service("users")

    with pytest.raises(DeclarationError, match="<lambda>") as caught:
        service.tool(lambda: None)

    assert caught.value.mend is not None
    assert "name=" in caught.value.mend


def test_two_tools_of_one_name_are_refused_with_the_places_of_both():
    service = Service("users")

    @service.tool
    def first() -> None: ...

    with pytest.raises(NameTaken) as caught:

        @service.tool(name="first")
        def second() -> None: ...

    assert caught.value.message.count(HERE) == 2
    assert caught.value.line != first.__code__.co_firstlineno
    assert f":{first.__code__.co_firstlineno}" in caught.value.message


def test_a_decorated_function_stays_the_function_it_was():
    service = Service("users")

    @service.tool(title="Add")
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, 2) == 3


def test_tools_are_bound_in_the_order_they_were_declared():
    service = Service("users")
    for name in ("zebra", "ant", "mole"):
        service.tool(name=name)(lambda: None)

    assert [tool.spec.name for tool in service.bind()] == ["zebra", "ant", "mole"]


@pytest.mark.parametrize("thing", ["name", 3, functools.partial(print), Service])
def test_only_functions_can_be_tools(thing: Any):
    with pytest.raises(DeclarationError, match="no function") as caught:
        Service("users").tool(thing)

    assert caught.value.mend is not None
    assert "@service.tool" in caught.value.mend


def test_an_unknown_option_is_refused_with_the_one_that_was_meant():
    with pytest.raises(DeclarationError, match="no option 'scope'") as caught:
        Service("users").tool(scope=["a"])(lambda: None)

    assert caught.value.mend == "did you mean 'scopes'?"


@pytest.mark.parametrize("scopes", ["users:read", ["a b"], [""], [1], 5])
def test_scopes_are_a_list_of_words(scopes: Any):
    service = Service("users")

    with pytest.raises(DeclarationError, match="scopes="):
        service.tool(name="get", scopes=scopes)(lambda: None)


@pytest.mark.parametrize(
    "options", [{"read_only": 1}, {"title": 3}, {"name": 5}, {"description": None}]
)
def test_options_of_a_wrong_type_are_refused(options: dict[str, Any]):
    with pytest.raises(DeclarationError, match=next(iter(options))):
        Service("users").tool(**{"name": "get", **options})(lambda: None)


def test_options_reach_the_spec():
    service = Service("users")

    @service.tool(
        title="Get", scopes=["users:read"], read_only=True, destructive=False, open_world=True
    )
    def get() -> None:
        """Get it."""

    (tool,) = service.bind()
    assert tool.spec.title == "Get"
    assert tool.spec.scopes == ("users:read",)
    assert tool.spec.annotations == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "openWorldHint": True,
    }
    assert tool.spec.full_name == "users.get"
    assert tool.spec.wire_name == "users_get"
    assert tool.spec.line == get.__code__.co_firstlineno


def test_a_hook_that_wants_arguments_is_refused():
    with pytest.raises(DeclarationError, match="wants app"):
        Service("users").on_start(lambda app: None)


def test_docs_go_over_the_docstring():
    service = Service("users")

    @service.tool(title="Old")
    def get(user_id: str, full: bool = False) -> str:
        """Get a user.

        Args:
            user_id: The old words.
            full: All of it.

        Returns:
            Old result.
        """
        return user_id

    service.docs(
        {
            "get": {
                "title": "New",
                "description": "Fetch a user.",
                "parameters": {"user_id": "A UUID."},
                "returns": "The user.",
            }
        }
    )

    spec = service.bind()[0].spec
    assert (spec.title, spec.description, spec.returns) == ("New", "Fetch a user.", "The user.")
    assert spec.input_schema["properties"]["user_id"]["description"] == "A UUID."
    assert spec.input_schema["properties"]["full"]["description"] == "All of it."


@pytest.mark.parametrize(
    ("docs", "message", "mend"),
    [
        ({"gte": {}}, "no tool 'gte'", "did you mean 'get'?"),
        ({"get": {"descripton": ""}}, "no key 'descripton'", "did you mean 'description'?"),
        ({"get": {"parameters": {"user": ""}}}, "no parameter 'user'", "did you mean 'user_id'?"),
    ],
)
def test_docs_of_what_does_not_exist_are_refused(docs: Any, message: str, mend: str):
    service = Service("users")

    @service.tool
    def get(user_id: str) -> None: ...

    service.docs(docs)
    with pytest.raises(DeclarationError, match=message) as caught:
        service.bind()

    assert caught.value.mend == mend
    assert HERE in caught.value.message


def test_binding_twice_gives_tools_that_share_nothing():
    service = Service("users")

    @service.tool
    def get(user_id: str) -> str:
        return user_id

    (first,), (second,) = service.bind(), service.bind()

    assert first.spec == second.spec
    assert first.spec.input_schema is not second.spec.input_schema
