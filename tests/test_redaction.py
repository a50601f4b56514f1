"""What is a secret is taken out, what is none stays, and JSON stays JSON."""

from __future__ import annotations

import json
import string
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from micro import Service
from micro.redaction import MASK, Redactor, is_secret_name, secret_members

PLAIN = Redactor({})
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        *("password", "dbPassword", "DB_PASSWD", "user-pwd", "client_secret", "SECRET_KEY"),
        *("apiKey", "API-KEY", "api_key", "x-api-key", "aws_secret_access_key", "privateKey"),
        *("token", "accessToken", "GITHUB_TOKEN", "refresh_token", "Authorization", "auth"),
        *("credentials", "Cookie", "set-cookie", "sessionId", "passphrase"),
    ],
)
def test_names_that_stand_for_secrets_are_known(name: str):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("name", "key", "keyboard", "tokens", "max_tokens", "token_count", "next_page_token"),
        *("author", "authority", "pass", "passenger", "compass", "monkey", "session", "page_token"),
        *("primary_key", "sort_key", "tokenizer", "secretary_count"),
    ],
)
def test_names_that_only_look_like_it_are_not(name: str):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgres://ada:hunter2@db/shop", f"postgres://ada:{MASK}@db/shop"),
        ("redis://:hunter2@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        (f"sent {JWT} there", f"sent {MASK} there"),
        ("Authorization: Bearer abcdefghijklmnop", f"Authorization: Bearer {MASK}"),
        ("key sk-abcdefghijklmnopqrstuvwx", f"key {MASK}"),
        ("ghp_" + "a" * 36, MASK),
        ("AKIA" + "A" * 16, MASK),
        (f"micro_{'0' * 12}_{'a' * 43}", MASK),
        ("password=hunter2 user=ada", f"password={MASK} user=ada"),
        ("https://x.example/?api_key=abc&page=2", f"https://x.example/?api_key={MASK}&page=2"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend",
            f"{MASK}\nend",
        ),
    ],
)
def test_what_has_the_shape_of_a_secret_is_taken_out(text: str, clean: str):
    assert PLAIN.text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "https://example.com:8080/a?b=c",
        "mailto:ada@example.com",
        "a = b",
        "ghost story",
        "task-1 sk-8",
        "2026-11-22T10:00:00Z",
        '{"email":"ada@example.com","count":3}',
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str):
    assert PLAIN.text(text) == text
    assert PLAIN.json(text) == text


def test_members_are_taken_out_by_their_names_at_any_depth():
    given = {"user": "ada", "login": [{"password": "x"}], "apiKey": {"id": 1}, "token": None}
    clean = json.loads(PLAIN.json(json.dumps(given)))
    assert clean == {"user": "ada", "login": [{"password": MASK}], "apiKey": MASK, "token": None}


def test_json_without_secrets_comes_back_letter_for_letter():
    text = '{ "keyboard" : "qwerty",  "n": 1.50, "tokens": 3 }'
    assert PLAIN.json(text) is text


def test_secrets_of_the_environment_are_found_by_their_value():
    environment = {
        "STRIPE_KEY_NAME": "visible-value",
        "DB_PASSWORD": 'p"w\\with quotes',
        "API_KEY": "correct-horse",
        "SHORT_TOKEN": "dev",
        "PIN_SECRET": "12345678",
        "HOME": "/home/ada/src",
    }
    redactor = Redactor(environment)
    text = 'correct-horse p"w\\with quotes visible-value dev 12345678 /home/ada/src'
    assert redactor.text(text) == f"{MASK} {MASK} visible-value dev 12345678 /home/ada/src"
    assert "with quotes" not in redactor.json(json.dumps({"note": 'it is p"w\\with quotes!'}))


def test_a_project_names_more_of_its_own():
    redactor = Redactor({}, ["iban", "Card-Number"])
    text = '{"iban":"DE00","cardNumber":"4111","city":"Rome"}'
    assert json.loads(redactor.json(text)) == {"iban": MASK, "cardNumber": MASK, "city": "Rome"}


def test_types_that_are_secrets_are_known_from_the_schema():
    service = Service("s")

    @service.tool
    def log_in(user: str, word: SecretStr, other: SecretStr | None = None) -> str:
        return user

    (tool,) = service.bind()
    secrets = secret_members(tool.spec.input_schema)
    assert secrets == {"word", "other"}
    text = PLAIN.json('{"user":"ada","word":"hunter2"}', secrets)
    assert json.loads(text) == {"user": "ada", "word": MASK}


def test_a_parameter_is_declared_a_secret():
    from micro import Secret

    service = Service("s")

    @service.tool
    def log_in(user: str, word: Annotated[str, Secret]) -> str:
        return user

    (tool,) = service.bind()
    assert secret_members(tool.spec.input_schema) == {"word"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(string.ascii_letters + "_-", max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_json_stays_json_and_cleaning_twice_changes_no_more(value: Any):
    once = PLAIN.json(json.dumps(value))
    json.loads(once)
    assert PLAIN.json(once) == once


@given(st.text(string.ascii_letters, min_size=8, max_size=30), JSON)
def test_a_planted_secret_is_found_wherever_it_stands(secret: str, other: Any):
    redactor = Redactor({"APP_SECRET": secret})
    given = {"a": [other, {"note": f"it is {secret}."}], "password": secret, "b": secret}
    assert secret not in redactor.json(json.dumps(given, ensure_ascii=False))
