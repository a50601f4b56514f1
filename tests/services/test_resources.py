"""Resources as authors declare them, and what is read of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from micro import Context, Image, Resource, Service, ToolError, resource
from micro.errors import DeclarationError, MissingScopes, NameTaken, UnknownResource
from micro.testing import open_client


@dataclass
class User:
    name: str
    age: int


def users() -> Service:
    service = Service("users")

    @service.resource("users://all", audience=["assistant"], priority=0.5, size=11)
    def everyone() -> str:
        """Name every user."""
        return "ada\nbob"

    @service.resource("users://{user_id}", scopes=["users:read"])
    async def profile(user_id: int, ctx: Context) -> User | None:
        """Describe one user."""
        ctx.log.info("read")
        return User("ada", 36) if user_id == 1 else None

    @service.resource("files://{+path}", mime_type="text/x-note")
    def note(path: str, lines: int = 1) -> list[Resource]:
        """Read a note and what belongs to it."""
        return [Resource(data=path * lines), Resource(data=b"\x00", uri="files://raw")]

    @service.resource("users://picture")
    def picture() -> Image:
        """Show a user."""
        return Image(data=b"png")

    @service.resource("users://broken")
    def broken() -> str:
        """Fail."""
        raise ToolError("the disk is full", retryable=True)

    return service


@pytest.mark.parametrize(
    ("uri", "value"),
    [
        ("users://all", "ada\nbob"),
        ("users://1", '{"name":"ada","age":36}'),
        ("users://picture", b"png"),
        ("files://a/b%20c", ["a/b c", b"\x00"]),
    ],
)
async def test_a_resource_gives_text_data_or_bytes(uri: str, value: Any):
    async with open_client(users()) as client:
        assert (await client.read(uri)).value == value


async def test_reading_is_a_call_with_its_record():
    async with open_client(users(), subject="ada") as client:
        await client.read("users://1")
        (record,) = client.calls
        assert (record.tool, record.subject, record.outcome) == ("users.profile", "ada", "ok")


@pytest.mark.parametrize(
    "uri",
    [
        "users://2",
        "users://",
        "nothing://1",
        "users://1/more",
        "users://%2e%2e%2fetc",
        "files://a/../../etc/passwd",
        "files://a/%2e%2e/b",
        "files://" + "a" * 5_000,
    ],
)
async def test_what_is_no_resource_is_refused_with_its_uri(uri: str):
    async with open_client(users()) as client:
        with pytest.raises(UnknownResource) as refused:
            await client.read(uri)
        assert refused.value.uri == uri[: len(refused.value.uri)]


async def test_a_variable_that_does_not_fit_its_type_is_said():
    async with open_client(users()) as client:
        read = await client.read("users://ada")
        assert (read.error_kind, "`user_id`" in read.text) == ("bad_arguments", True)


async def test_a_resource_fails_in_its_own_words():
    async with open_client(users()) as client:
        read = await client.read("users://broken")
        assert (read.error_kind, read.text) == ("tool_error", "the disk is full")


async def test_a_resource_needs_its_scopes():
    async with open_client(users(), scopes=["other"]) as client:
        assert (await client.read("users://all")).value == "ada\nbob"
        with pytest.raises(MissingScopes):
            await client.read("users://1")
        assert [record.outcome for record in client.calls] == ["ok", "refused"]


def test_a_resource_is_described_by_its_declaration():
    specs = {bound.spec.name: bound.spec for bound in users().bind()}
    everyone, profile = specs["everyone"].resource, specs["profile"].resource
    assert everyone is not None
    assert profile is not None
    assert (everyone.mime_type, everyone.size) == ("text/plain", 11)
    assert specs["everyone"].annotations == {"audience": ["assistant"], "priority": 0.5}
    assert (profile.uri, profile.is_template) == ("users://{user_id}", True)
    assert specs["profile"].input_schema["properties"] == {"user_id": {"type": "integer"}}


@pytest.mark.parametrize(
    ("uri", "options", "message"),
    [
        ("no-scheme", {}, "a URI begins with a scheme"),
        ("a://{x}", {}, "takes no x"),
        ("a://{x}{y}", {}, "cannot be told apart"),
        ("a://{?x}", {}, "is not understood"),
        ("a://{+x}/{+y}", {}, "only one variable"),
        ("a://{x", {}, "a brace is open"),
        ("a://{x}/{x}", {}, "twice"),
        ("a://b", {"read_only": True}, "a resource has no option 'read_only'"),
        ("a://b", {"priority": 2}, "between 0 and 1"),
        ("a://b", {"audience": "user"}, "is not one of user and assistant"),
        ("a://b", {"cache": "soon"}, "cache"),
    ],
)
def test_what_cannot_be_a_resource_is_refused_with_its_place(
    uri: str, options: dict[str, Any], message: str
):
    service = Service("users")
    with pytest.raises(DeclarationError, match=message) as refused:
        service.resource(uri, **{"name": "read"} | options)(lambda: "x")
        service.bind()
    assert "test_resources.py" in refused.value.message
    assert refused.value.mend


def test_a_parameter_that_the_uri_does_not_name_needs_a_default():
    service = Service("users")

    @service.resource("users://all")
    def everyone(limit: int) -> str:
        return str(limit)

    with pytest.raises(DeclarationError, match="parameter limit is not in its URI"):
        service.bind()


def test_members_of_a_service_share_their_names():
    service = Service("users")

    @service.tool
    def all() -> str:
        return ""

    with pytest.raises(NameTaken, match=r"users\.all is declared here"):

        @service.resource("users://all", name="all")
        def others() -> str:
            return ""


async def test_two_services_cannot_have_one_uri():
    def named(name: str) -> Service:
        service = Service(name)

        @service.resource("same://uri")
        def read() -> str:
            return name

        return service

    with pytest.raises(NameTaken, match="same://uri"):
        async with open_client([named("a"), named("b")]):
            pass


class Handler:
    def __init__(self) -> None:
        self.reads = 0

    @resource("count://reads")
    def count(self) -> dict[str, int]:
        """Count how often this was read."""
        self.reads += 1
        return {"reads": self.reads}


async def test_methods_of_an_instance_are_resources_where_they_are_marked():
    service = Service("count")
    service.handle(Handler())
    async with open_client(service) as client:
        assert await client.list_tools() == ()
        await client.read("count://reads")
        assert json.loads((await client.read("count://reads")).value) == {"reads": 2}


async def test_a_cached_resource_is_not_read_again():
    service, reads = Service("slow"), list[int]()

    @service.resource("slow://{n}", cache="1m")
    def read(n: int) -> str:
        reads.append(n)
        return str(n)

    async with open_client(service) as client:
        for n in (1, 1, 2):
            await client.read(f"slow://{n}")
    assert reads == [1, 2]
