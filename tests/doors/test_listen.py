"""Addresses as people write them, and what the system says to them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from doors.harness import free_socket
from micro.doors.listen import Address, address_of, bind, parse_address
from micro.errors import AddressUnusable, ConfigError


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        (":3000", "127.0.0.1", 3000, "http://127.0.0.1:3000"),
        ("127.0.0.1:3000", "127.0.0.1", 3000, "http://127.0.0.1:3000"),
        ("[::1]:3000", "::1", 3000, "http://[::1]:3000"),
        ("localhost:0", "localhost", 0, "http://localhost:0"),
        ("0.0.0.0:80", "0.0.0.0", 80, "http://0.0.0.0:80"),
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, host: str, port: int, url: str):
    address = parse_address(text)
    assert (address.host, address.port, address.url) == (host, port, url)


def test_a_unix_address_names_its_file():
    assert parse_address("unix:/tmp/x.sock") == Address(path=Path("/tmp/x.sock"))


@pytest.mark.parametrize(
    "text",
    ["", "3000", "localhost", "a b:1", ":x", ":-1", ":70000", "[::1]", "[x]:1", "unix:", "::1:2"],
)
def test_what_is_no_address_is_refused_with_the_forms_there_are(text: str):
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    assert caught.value.mend


@pytest.mark.parametrize("text", [":0", "localhost:0", "127.0.0.1:0"])
def test_port_zero_is_any_free_one_and_the_socket_says_which(text: str):
    with bind(parse_address(text)) as sock:
        address = address_of(sock)
        assert address.host == "127.0.0.1"
        assert address.port > 0


def test_a_taken_port_is_explained_with_a_mend():
    with free_socket() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable) as caught:
            bind(parse_address(f":{port}"))
    assert caught.value.message == f"port {port} on 127.0.0.1 is taken by another program"
    assert "--address" in (caught.value.mend or "")


def test_an_address_that_other_machines_reach_needs_a_word():
    with pytest.raises(ConfigError, match="other machines") as caught:
        bind(parse_address("0.0.0.0:0"))
    assert "insecure=True" in (caught.value.mend or "")
    with bind(parse_address("0.0.0.0:0"), insecure=True) as sock:
        assert address_of(sock).port > 0


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(AddressUnusable, match="no address of this machine"):
        bind(parse_address("192.0.2.1:0"), insecure=True)


def test_a_name_that_does_not_exist_is_refused():
    with pytest.raises(AddressUnusable, match=r"nowhere\.invalid is no name"):
        bind(parse_address("nowhere.invalid:0"))


def test_a_unix_socket_is_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "a.sock"
    with bind(Address(path=path)) as sock:
        assert path.stat().st_mode & 0o777 == 0o600
        assert address_of(sock).path == path


def test_a_unix_socket_that_nobody_serves_is_replaced(tmp_path: Path):
    path = tmp_path / "a.sock"
    bind(Address(path=path)).close()
    bind(Address(path=path)).close()
    assert path.exists()


def test_a_unix_socket_that_is_served_is_left_alone(tmp_path: Path):
    path = tmp_path / "a.sock"
    with bind(Address(path=path)), pytest.raises(AddressUnusable, match="another program"):
        bind(Address(path=path))
    assert path.exists()


def test_a_file_at_the_path_is_left_alone(tmp_path: Path):
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(AddressUnusable, match="not a socket"):
        bind(Address(path=path))
    assert path.read_text() == "mine"


def test_a_path_that_is_too_long_is_explained(tmp_path: Path):
    with pytest.raises(AddressUnusable, match="cannot be listened on") as caught:
        bind(Address(path=tmp_path / ("x" * 120)))
    assert "shorter" in (caught.value.mend or "")


def test_a_bound_socket_does_not_block():
    with bind(parse_address(":0")) as sock, pytest.raises(BlockingIOError):
        sock.accept()


def test_the_ipv6_loopback_is_this_machine_only():
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    with bind(parse_address("[::1]:0")) as sock:
        assert address_of(sock).url.startswith("http://[::1]:")
