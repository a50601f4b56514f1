from __future__ import annotations

from micro.services.names import nearest, suggestion


def test_the_nearest_name_is_found_whatever_its_case():
    assert nearest("GetUser", ["get_users", "getUser", "delete"]) == "getUser"
    assert nearest("id", ["user_id", "name"]) == "user_id"
    assert nearest("id", ["user_id", "order_id"]) is None
    assert nearest("zzz", ["get_user"]) is None


def test_a_suggestion_lists_what_there_is_if_nothing_is_near():
    assert suggestion("usr", ["user"]) == "did you mean 'user'?"
    assert suggestion("zzz", ["a1", "b2"]) == "known: a1, b2"
    assert suggestion("zzz", []) == "known: none"
