"""Limits, scopes and auth in a project's settings: read into values, refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from micro.config import load_project
from micro.errors import ConfigError
from micro.policies import CircuitBreaker, Concurrency, Policy, RateLimit


def test_a_projects_limits_are_read_into_values(tmp_path: Path):
    (tmp_path / "micro.toml").write_text(
        """
rate_limit = "1000/s"
subject_rate_limit = "5/min burst 2"
secrets = ["iban"]

[scopes]
"users.delete" = ["users:admin", "a|b"]

[tools."users.*"]
rate_limit = "10/s burst 20"
timeout = "30s"
concurrency = "4 queue 10"
breaker = "3 open 10s"
cache = 5
approve = "always"

[auth]
required = true
issuer = "https://issuer.example"
audience = "https://tools.example/mcp"
"""
    )
    settings = load_project(tmp_path).settings
    assert settings.rate_limit == RateLimit(1000)
    assert settings.subject_rate_limit == RateLimit(5, 60.0, 2)
    assert settings.scopes == {"users.delete": ("users:admin", "a|b")}
    assert settings.tools["users.*"].policy == Policy(
        rate_limit=RateLimit(10, burst=20),
        timeout=30.0,
        concurrency=Concurrency(4, 10),
        breaker=CircuitBreaker(3, 10.0),
        cache=5.0,
        approve=True,
    )
    assert (settings.auth.required, settings.auth.issuer) == (True, "https://issuer.example")
    assert settings.secrets == ("iban",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rate_limit = 'fast'", "'fast' is no rate"),
        ("[tools.'a.*']\ntimeout = 'soon'", "'soon' is no time"),
        ("[tools.'a.*']\nbreaker = 5", "5 is no circuit breaker"),
        ("[tools.'a.*']\napprove = 'sometimes'", "'sometimes' does not say when to ask"),
        ("[tools.'a.*']\nconcurrency = 0", "running is 0"),
        ("[tools.'a.*']\ntimout = '1s'", "timout"),
        ("[scopes]\n'a.b' = ['x y']", "a scope is one word"),
        ("[scopes]\n'a.b' = 'x'", "scopes.a.b"),
        ("[auth]\nissuer = 'https://x.example'", "issuer needs audience"),
        ("[auth]\nkeys = 'x'", "keys"),
    ],
)
def test_what_is_wrong_is_refused_in_its_own_words(tmp_path: Path, text: str, said: str):
    (tmp_path / "micro.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    assert said in caught.value.message
    assert "micro.toml" in caught.value.message
