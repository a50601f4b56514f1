"""Which JWTs are taken: every part that a forger or a mix-up could change is checked."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwk, jwt
from joserfc.jwk import KeySet

from clocks import Clock
from micro.errors import ConfigError
from micro.gateway.auth.auth import TokenRefused
from micro.gateway.auth.jwks import LIFETIME, PAUSE, FetchedKeys
from micro.gateway.auth.jwt import LEEWAY, JwtVerifier
from micro.sections import AuthSettings

ISSUER, AUDIENCE = "https://issuer.example", "https://tools.example/mcp"
OLD = jwk.RSAKey.generate_key(2048, {"kid": "old"}, private=True)
NEW = jwk.ECKey.generate_key("P-256", {"kid": "new"}, private=True)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(fields: dict[str, str]) -> str:
    return _text(json.dumps(fields).encode())


class Issuer:
    """An authorization server's documents, and how often they were asked for."""

    def __init__(self, *keys: Any, openid: bool = False) -> None:
        self.keys = keys
        self.asked: list[str] = []
        self.issuer = ISSUER
        self.is_down = False
        self._openid = openid

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.is_down:
            raise OSError("refused")
        if url.endswith("/oauth-authorization-server") and self._openid:
            raise OSError("404")
        if "/.well-known/" in url:
            metadata = {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/jwks"}
            return json.dumps(metadata).encode()
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


class Desk:
    def __init__(self, *keys: Any, **options: Any) -> None:
        self.clock = Clock()
        self.issuer = Issuer(*(keys or (OLD,)), openid=options.pop("openid", False))
        self.source = FetchedKeys(ISSUER, fetch=self.issuer, clock=self.clock)
        self.verifier = JwtVerifier(
            self.source, issuer=ISSUER, audience=AUDIENCE, clock=self.clock, **options
        )

    def token(self, *, key: Any = OLD, header: dict[str, Any] | None = None, **claims: Any) -> str:
        head = {"alg": "RS256" if key is OLD else "ES256", "kid": key.kid} | (header or {})
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "scope": "users:read orders:*",
            "exp": int(self.clock()) + 300,
        }
        body = {name: value for name, value in (body | claims).items() if value is not None}
        return jwt.encode(head, body, key, algorithms=[head["alg"]])

    async def refusal(self, token: str) -> str:
        with pytest.raises(TokenRefused) as caught:
            await self.verifier.authenticate(token)
        return caught.value.message


async def test_a_token_stands_for_its_subject_and_scopes():
    desk = Desk()
    identity = await desk.verifier.authenticate(desk.token())
    assert identity is not None
    assert (identity.subject, identity.scopes) == ("alice", ("users:read", "orders:*"))
    assert identity.expires == int(desk.clock()) + 300


@pytest.mark.parametrize(
    "fields",
    [
        {"aud": ["https://other.example", AUDIENCE]},
        {"header": {"typ": "at+jwt"}},
        {"header": {"typ": "JWT"}},
        {"scope": None, "scp": ["users:read", "orders:*"]},
    ],
)
async def test_the_usual_forms_are_taken(fields: dict[str, Any]):
    desk = Desk()
    identity = await desk.verifier.authenticate(desk.token(**fields))
    assert identity is not None
    assert identity.scopes == ("users:read", "orders:*")


@pytest.mark.parametrize(
    "fields",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "https://other.example"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"sub": None},
        {"nbf": 10**11},
        {"scope": {"admin": True}},
        {"header": {"typ": "logout+jwt"}},
    ],
)
async def test_a_token_made_for_something_else_is_refused(fields: dict[str, Any]):
    desk = Desk()
    assert await desk.refusal(desk.token(**fields))


async def test_a_token_is_refused_once_it_has_expired():
    desk = Desk()
    token = desk.token()
    desk.clock.advance(300 + LEEWAY + 1)
    assert await desk.refusal(token) == "The token has expired"


async def test_a_signature_that_does_not_fit_is_refused():
    desk = Desk()
    head, body, signature = desk.token().split(".")
    other = desk.token(sub="root").split(".")[1]
    assert await desk.refusal(f"{head}.{other}.{signature}")
    assert await desk.refusal(f"{head}.{body}.")
    forged = jwk.RSAKey.generate_key(2048, {"kid": "old"}, private=True)
    text = jwt.encode({"alg": "RS256", "kid": "old"}, {"sub": "root"}, forged)
    assert await desk.refusal(text)


async def test_no_signature_and_the_public_key_as_a_shared_secret_are_refused():
    desk = Desk()
    body = desk.token().split(".")[1]
    signed = f"{_part({'alg': 'HS256', 'kid': 'old'})}.{body}"
    digest = hmac.digest(OLD.as_pem(private=False), signed.encode(), "sha256")
    assert await desk.refusal(f"{signed}.{_text(digest)}")
    assert await desk.refusal(f"{_part({'alg': 'none'})}.{body}.")


async def test_only_the_algorithms_that_are_named_are_taken():
    desk = Desk(OLD, NEW, algorithms=("ES256",))
    assert await desk.verifier.authenticate(desk.token(key=NEW))
    assert await desk.refusal(desk.token(key=OLD))


@pytest.mark.parametrize("text", ["a.b.c", "..", "é.é.é", "e30.e30.e30"])
async def test_what_is_no_jwt_is_refused(text: str):
    assert await Desk().refusal(text)


async def test_a_token_of_another_kind_is_left_to_others():
    assert await Desk().verifier.authenticate("micro_key") is None


async def test_keys_are_fetched_once_for_their_time():
    desk = Desk()
    for _ in range(3):
        await desk.verifier.authenticate(desk.token())
    assert len(desk.issuer.asked) == 2
    desk.clock.advance(LIFETIME)
    await desk.verifier.authenticate(desk.token())
    assert len(desk.issuer.asked) == 4


async def test_a_key_that_is_new_is_fetched_when_it_is_first_named():
    desk = Desk(OLD)
    await desk.verifier.authenticate(desk.token())
    desk.issuer.keys = (NEW,)
    desk.clock.advance(PAUSE)
    assert await desk.verifier.authenticate(desk.token(key=NEW))
    assert await desk.refusal(desk.token(key=OLD))


async def test_tokens_that_name_unknown_keys_do_not_make_us_fetch_each_time():
    desk = Desk(OLD)
    for _ in range(5):
        await desk.refusal(desk.token(key=NEW))
    assert len(desk.issuer.asked) == 2


async def test_keys_stay_in_use_while_the_issuer_is_down():
    desk = Desk()
    await desk.verifier.authenticate(desk.token())
    desk.issuer.is_down = True
    desk.clock.advance(LIFETIME)
    assert await desk.verifier.authenticate(desk.token())


async def test_nobody_is_let_in_before_the_keys_were_had():
    desk = Desk()
    desk.issuer.is_down = True
    assert await desk.refusal(desk.token()) == "The issuer's keys cannot be had now"
    desk.issuer.is_down = False
    desk.clock.advance(PAUSE)
    assert await desk.verifier.authenticate(desk.token())


async def test_the_keys_are_found_by_openid_connect_too():
    desk = Desk(openid=True)
    assert await desk.verifier.authenticate(desk.token())
    assert desk.issuer.asked[1] == f"{ISSUER}/.well-known/openid-configuration"


async def test_metadata_of_another_issuer_is_not_believed():
    desk = Desk()
    desk.issuer.issuer = "https://evil.example"
    assert await desk.refusal(desk.token())


@pytest.mark.parametrize(
    "url", ["http://issuer.example", "ftp://issuer.example", "issuer", "file:///etc/passwd"]
)
def test_keys_come_over_https_only(url: str):
    with pytest.raises(ConfigError, match="https"):
        FetchedKeys(url)
    FetchedKeys("http://127.0.0.1:9")


def test_an_issuer_needs_an_audience():
    with pytest.raises(ValueError, match="audience"):
        AuthSettings(issuer=ISSUER)


def test_key_sets_hold_no_private_part():
    assert not any("d" in key for key in KeySet([OLD]).as_dict(private=False)["keys"])
