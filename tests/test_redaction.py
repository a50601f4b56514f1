"""What is a secret is taken out, what is none stays, and JSON stays JSON."""

from __future__ import annotations

import json
import string
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import SecretStr

from calling import make_call, text_result
from micro import Service
from micro.events import LogWritten, ServiceLoaded
from micro.redaction import MASK, REMEMBERED, Redactor
from micro.secretnames import secret_members

PLAIN = Redactor({})
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"


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


def test_a_secret_that_is_no_utf_8_is_found_too():
    redactor = Redactor({"DB_PASSWORD": "gr\udcfcn-gr\udcfcn"})
    assert redactor.text("it is gr\udcfcn-gr\udcfcn") == f"it is {MASK}"


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


def test_a_secret_argument_is_looked_for_in_all_that_comes_of_its_call():
    redactor = Redactor({})
    call = make_call(7, arguments=b'{"password": "hun\\"ter2", "note": "hun\\"ter2!"}')
    assert redactor.arguments(call) == '{"password":"[redacted]","note":"[redacted]!"}'
    assert redactor.of_call(7, 'tried hun"ter2 twice') == f"tried {MASK} twice"
    assert redactor.of_call(8, 'tried hun"ter2 twice') == 'tried hun"ter2 twice'
    line = LogWritten(service="s", call=7, level="info", logger="l", text='with hun"ter2')
    assert redactor.event(line) == replace(line, text=f"with {MASK}")
    structured = text_result("x", structured=b'{"said": "hun\\"ter2"}')
    assert redactor.result(call, structured) == '{"said": "[redacted]"}'


def test_two_calls_with_the_very_same_arguments_are_two_calls():
    redactor, arguments = Redactor({}), b'{"password": "hunter2"}'
    for number in (1, 2):
        redactor.arguments(make_call(number, arguments=arguments))
        assert redactor.of_call(number, "hunter2") == MASK


def test_a_secret_argument_of_a_few_letters_is_looked_for_in_quotes_alone():
    redactor = Redactor({})
    redactor.arguments(make_call(7, arguments=b'{"password": "ab"}'))
    assert redactor.of_call(7, '"ab" is too short, about ab') == f'"{MASK}" is too short, about ab'


def test_every_text_in_a_secret_is_one():
    redactor = Redactor({})
    nested = b'{"credentials": {"user": "ada-lovelace", "pins": ["one-two", 3]}}'
    redactor.arguments(make_call(7, arguments=nested))
    assert redactor.of_call(7, "ada-lovelace one-two 3") == f"{MASK} {MASK} 3"


def test_the_secrets_of_the_oldest_calls_are_forgotten():
    redactor = Redactor({})
    for number in range(REMEMBERED + 1):
        text = f'{{"password": "word-{number}-"}}'
        redactor.arguments(make_call(number, arguments=text.encode()))
    assert redactor.of_call(0, "word-0-") == "word-0-"
    assert redactor.of_call(1, "word-1-") == MASK


def test_an_environment_that_changes_is_looked_at_when_a_service_was_loaded():
    environment = {"DB_PASSWORD": "first-of-all"}
    redactor = Redactor({})
    redactor.follow(lambda: dict(environment))
    environment["DB_PASSWORD"] = "second-to-none"
    assert redactor.text("second-to-none") == "second-to-none"
    loaded = ServiceLoaded(service="s", generation=1, file="s.py", tools=(), duration=0.1)
    assert redactor.event(loaded) is loaded
    assert redactor.text("first-of-all second-to-none") == f"{MASK} {MASK}"
