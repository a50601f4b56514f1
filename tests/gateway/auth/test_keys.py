"""Keys are shown once and kept as digests; a changed file counts at once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from clocks import Clock
from micro.errors import ConfigError, StoreUnusable
from micro.gateway.auth.auth import TokenRefused
from micro.gateway.auth.keys import KeyStore


def remove(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> None:
    path.write_text('{"pepper": ')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def store(path: Path) -> KeyStore:
    return KeyStore(path)


async def refused(store: KeyStore, token: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        await store.authenticate(token)
    return caught.value.message


async def test_a_key_stands_for_its_subject_and_scopes(store: KeyStore):
    token = store.create("alice", ("users:read", "orders:*"), ttl=None)
    identity = await store.authenticate(token)
    assert identity is not None
    assert (identity.subject, identity.scopes) == ("alice", ("users:read", "orders:*"))
    assert identity.expires is None


def test_the_file_is_its_owners_and_holds_no_key(store: KeyStore, path: Path):
    token = store.create("alice", ("*",), ttl=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.split("_", 2)[2] not in path.read_text()
    assert len(token.split("_", 2)[2]) == 43  # 256 bits


async def test_every_key_is_another(store: KeyStore):
    assert len({store.create("alice", ("*",), ttl=None) for _ in range(20)}) == 20
    assert len(store.list()) == 20


@pytest.mark.parametrize("change", ["last", "id", "short", "empty", "unicode"])
async def test_a_key_that_was_tampered_with_is_refused(store: KeyStore, change: str):
    token = store.create("alice", ("*",), ttl=None)
    _, number, secret = token.split("_", 2)
    wrong = {
        "last": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "id": f"micro_{'0' * 12}_{secret}",
        "short": f"micro_{number}_{secret[:-1]}",
        "empty": "micro_",
        "unicode": f"micro_{number}_{'é' * 43}",
    }
    assert await refused(store, wrong[change]) == "The key is not valid"


async def test_a_token_of_another_kind_is_left_to_others(store: KeyStore):
    assert await store.authenticate("eyJhbGciOi.x.y") is None


async def test_a_key_ends_when_its_time_is_over(path: Path):
    clock = Clock()
    store = KeyStore(path, clock)
    token = store.create("alice", ("*",), ttl=60)
    identity = await store.authenticate(token)
    assert identity is not None
    assert identity.expires == clock() + 60
    clock.advance(60)
    assert await refused(store, token) == "The key has expired"


async def test_a_key_that_another_process_revokes_is_refused_at_once(store: KeyStore, path: Path):
    token = store.create("alice", ("*",), ttl=None)
    assert await store.authenticate(token)
    other = KeyStore(path)
    revoked = other.revoke(other.list()[0].id)
    assert revoked is not None
    assert revoked.subject == "alice"
    assert await refused(store, token) == "The key is not valid"
    assert other.revoke("nope") is None


async def test_a_key_that_another_process_makes_is_taken_at_once(store: KeyStore, path: Path):
    assert await refused(store, f"micro_{'0' * 12}_{'a' * 43}")
    token = KeyStore(path).create("bob", ("*",), ttl=None)
    assert await store.authenticate(token)


async def test_removing_the_file_revokes_every_key(store: KeyStore, path: Path):
    token = store.create("alice", ("*",), ttl=None)
    assert await store.authenticate(token)
    remove(path)
    assert await refused(store, token)


async def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(store: KeyStore, path: Path):
    token = store.create("alice", ("*",), ttl=None)
    damage(path)
    with pytest.raises(StoreUnusable, match=r"keys\.json cannot be read") as caught:
        await store.authenticate(token)
    assert "rm " in (caught.value.mend or "")


@pytest.mark.parametrize(
    ("subject", "scopes"), [("", ("*",)), (" ", ("*",)), ("a", ("a b",)), ("a", ("a|b",))]
)
def test_a_key_for_nobody_or_for_no_scope_is_not_made(
    store: KeyStore, path: Path, subject: str, scopes: tuple[str, ...]
):
    with pytest.raises(ConfigError):
        store.create(subject, scopes, ttl=None)
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(StoreUnusable, match="cannot be written"):
        KeyStore(tmp_path / "none" / "keys.json").create("a", ("*",), ttl=None)
