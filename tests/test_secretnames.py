"""Which names stand for secrets, and which only look like it."""

from __future__ import annotations

import pytest

from micro.secretnames import is_secret_name


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
