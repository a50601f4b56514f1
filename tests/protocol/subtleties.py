"""What servers of MCP get wrong, as found by trying several, and which test shows it right here.

``path::test`` below ``tests/``; a path alone is a whole file, or what the file drives.
"""

from __future__ import annotations

HERE = "protocol/test_subtleties.py"
LANES = "protocol/test_lanes.py"
FAST = "protocol/test_fasthttp.py"
SERVING = "protocol/test_serving.py"
VERDICTS = "test_verdicts.py"

ERRORS = f"{HERE}::test_errors_of_2026_07_28_have_their_status_and_their_order"

SUBTLETIES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "routing headers equal the body, decoded, and are there once",
        (
            f"{FAST}::test_a_routing_header_that_says_another_thing_than_the_body_is_refused",
            f"{HERE}::test_a_routing_header_that_is_there_twice_is_refused",
            f"{LANES}::test_requests_of_2026_07_28_over_http_are_answered_alike",
        ),
    ),
    2: (
        "blanks round header values are no part of them",
        (f"{SERVING}::test_blanks_round_a_routing_header_are_no_mismatch",),
    ),
    3: (
        "who may call is decided by the body, whatever the headers say",
        (f"{VERDICTS}::test_every_door_gives_the_same_verdict_in_the_same_words_and_one_record",),
    ),
    4: ("errors have their order, their status and a JSON-RPC body", (ERRORS,)),
    5: (
        "arguments that are mirrored in headers are the same in both",
        (f"{HERE}::test_an_argument_that_is_mirrored_in_a_header_is_the_same_in_both",),
    ),
    6: (
        "no GET, DELETE, session, response, batch or odd id at 2026-07-28",
        (
            f"{HERE}::test_2026_07_28_has_no_streams_and_no_sessions",
            f"{SERVING}::test_junk_json_is_a_parse_error_with_a_null_id",
            "doors/test_batches.py::test_2026_07_28_has_no_batches",
            ERRORS,
        ),
    ),
    7: (
        "hosts and origins are compared whole, on every path",
        (
            "doors/test_access.py::test_a_foreign_host_is_refused_on_every_path",
            "doors/test_access.py::test_a_foreign_origin_is_refused_on_every_path",
            "doors/test_access.py::test_loopback_names_are_ours_with_and_without_a_port",
        ),
    ),
    8: (
        "both types are accepted, or any",
        (f"{HERE}::test_who_accepts_neither_json_nor_streams_is_told",),
    ),
    9: (
        "a charset is fine, a body has a bound and may come in chunks",
        (
            f"{HERE}::test_a_charset_beside_json_is_no_other_type",
            "doors/test_asgi.py::test_a_body_that_declares_too_much_is_refused",
            "doors/test_asgi.py::test_a_chunked_body_that_grows_too_large_is_refused",
            "doors/test_asgi.py::test_a_chunked_message_is_put_together",
        ),
    ),
    10: (
        "results of 2026-07-28 say that they are whole and how long they last, older ones do not",
        (
            "protocol/test_server.py::test_a_result_of_2026_07_28_says_that_it_is_complete_and_whose_it_is",
            "protocol/test_server.py::test_an_older_result_has_nothing_of_the_newer_protocol",
            "protocol/test_convert.py::test_a_list_stays_private_to_its_caller",
        ),
    ),
    11: (
        "results say whose they are, in camel case, without nulls",
        (
            f"{LANES}::test_who_serves_is_said_alike",
            "protocol/test_convert.py::test_a_tool_shows_only_what_is_known_of_it",
        ),
    ),
    12: (
        "an unknown tool is a protocol error, bad arguments are a result",
        (
            f"{SERVING}::test_an_unknown_tool_is_a_protocol_error_that_suggests_a_name",
            f"{SERVING}::test_a_failed_tool_is_a_result_that_the_model_reads",
            f"{VERDICTS}::test_every_door_gives_the_same_verdict_in_the_same_words_and_one_record",
            ERRORS,
        ),
    ),
    13: (
        "our codes stay out of the reserved ranges, and exceptions off the wire",
        (
            "protocol/test_convert.py::test_an_unknown_tool_is_invalid_params_and_other_refusals_are_ours",
            "protocol/test_server.py::test_what_is_not_foreseen_keeps_its_text_off_the_wire",
        ),
    ),
    14: (
        "what was promised as structured comes so, and as text for older clients",
        (
            "protocol/test_convert.py::test_a_structured_result_without_content_gets_its_text",
            "doors/test_large.py::test_a_real_client_reads_the_rest_by_the_link",
        ),
    ),
    15: (
        "lists have an order and pages, and depend on who asks alone",
        (
            "protocol/test_listing.py::test_pages_follow_one_another_until_the_last",
            "protocol/test_server.py::test_a_cursor_that_nobody_gave_out_is_refused",
            "gateway/test_guards.py::test_a_list_shows_a_caller_only_what_it_may_call",
        ),
    ),
    16: (
        "JSON that parsers disagree on",
        (
            f"{HERE}::test_json_that_parsers_disagree_on_never_breaks_anything",
            "protocol/test_convert.py::test_numbers_that_json_does_not_have_are_refused",
            "protocol/test_convert.py::test_half_of_a_character_is_refused",
            "protocol/test_fuzz.py",
        ),
    ),
    17: (
        "standard streams carry the protocol alone",
        (
            "doors/test_stdio.py::test_standard_streams_carry_only_the_protocol_although_the_tool_prints",
            "doors/test_stdio.py::test_a_process_on_standard_streams_ends_with_its_input",
            "doors/test_stdio.py::test_a_line_that_is_no_message_is_answered_and_the_connection_lives",
            f"{LANES}::test_the_first_request_decides_what_a_connection_speaks_on_either_lane",
        ),
    ),
    18: (
        "progress and log lines come to who asked, and before the answer",
        (
            f"{SERVING}::test_progress_reaches_a_client_that_asked",
            f"{SERVING}::test_a_client_that_asked_for_no_progress_gets_none",
            "protocol/test_company.py::test_a_client_of_2026_is_told_of_the_calls_that_ask_for_it",
        ),
    ),
    19: (
        "JSON first, a stream where it takes long, with signs of life",
        (
            "protocol/test_responses.py::test_an_answer_that_takes_long_comes_on_a_stream_after_signs_of_life",
            f"{FAST}::test_a_call_that_takes_long_is_answered_on_a_stream_with_signs_of_life",
        ),
    ),
    20: (
        "who hangs up cancels at 2026-07-28 and not before; a posted note cancels in its session",
        (
            f"{SERVING}::test_a_disconnect_cancels_the_call_at_2026_07_28",
            f"{SERVING}::test_a_disconnect_does_not_cancel_the_call_of_an_older_client",
            f"{SERVING}::test_an_older_client_cancels_its_call_by_notification",
            f"{HERE}::test_a_notification_of_2026_07_28_is_taken_and_cancels_nothing_of_others",
            "doors/test_stdio.py::test_a_cancelled_call_is_not_answered",
        ),
    ),
    21: (
        "listeners hear what they asked for, until they leave, the server stops or the token ends",
        (
            "protocol/test_changes.py::test_listeners_of_2026_07_28_hear_that_the_list_changed",
            "protocol/test_changes.py::test_listeners_are_told_when_the_server_stops",
            "doors/test_standing.py::test_a_stream_of_changes_ends_with_the_token_that_opened_it",
        ),
    ),
    22: (
        "questions go to clients that can be asked, and their state is sealed",
        (
            "protocol/test_company.py::test_answers_travel_sealed_and_for_this_call_only",
            "protocol/test_company.py::test_a_client_of_2026_that_cannot_be_asked_gets_the_error_of_the_specification",
        ),
    ),
    23: (
        "versions are agreed on, sessions are known or not found",
        (
            f"{HERE}::test_an_older_client_gets_its_version_or_the_latest_with_a_handshake",
            f"{HERE}::test_a_session_that_is_not_known_is_not_found_and_none_is_a_bad_request",
            f"{FAST}::test_a_session_that_was_ended_is_not_found",
            "protocol/test_sessions.py::test_a_session_that_idles_for_long_is_ended",
        ),
    ),
    24: (
        "one stream of news a session, one answer an id",
        (
            f"{HERE}::test_a_session_has_one_stream_of_news",
            "doors/test_requests.py::test_a_request_id_in_flight_is_refused_a_second_time_in_its_session",
        ),
    ),
    25: (
        "batches at 2025-03-26 and nowhere else",
        ("doors/test_batches.py", "protocol/test_batches.py"),
    ),
    26: ("what 2026-07-28 has no more is not found there", (ERRORS,)),
    27: (
        "HTTP+SSE: the endpoint first, answers on the stream, checks on both",
        (
            "doors/test_sse.py::test_a_client_is_told_where_to_post_and_is_answered_on_its_stream",
            "doors/test_sse.py::test_pages_of_other_origins_get_no_stream_and_post_nothing",
            "doors/test_sse.py::test_a_stream_is_its_owners_alone",
        ),
    ),
    28: (
        "most clients open with a handshake, some probe first",
        ("clients/test_python.py", "clients/test_typescript.py", "clients/test_inspector.py"),
    ),
    29: (
        "401 and 403 say what they take, tokens come in one header",
        (
            f"{VERDICTS}::test_a_refusal_says_in_its_headers_what_it_takes",
            f"{VERDICTS}::test_a_token_in_the_url_or_sent_twice_is_not_taken",
            f"{VERDICTS}::test_the_metadata_names_the_authorization_server_and_the_scopes",
        ),
    ),
    30: (
        "what lives long belongs to the token that made it",
        (
            f"{VERDICTS}::test_an_older_session_is_its_owners_alone",
            "doors/test_standing.py::test_an_idle_websocket_is_closed_soon_after_its_key_was_revoked",
            "gateway/test_large.py::test_nobody_reads_the_result_of_another",
        ),
    ),
    31: (
        "calls in flight have a bound that is said, not a queue that hangs",
        (
            "doors/test_overload.py::test_rest_answers_503_with_retry_after",
            "doors/test_overload.py::test_mcp_answers_an_error_that_says_when_to_come_back",
        ),
    ),
    32: (
        "streams give signs of life",
        (
            "protocol/test_longcalls.py::test_a_client_gets_a_sign_of_life_again_and_again_while_its_call_runs",
            "doors/test_sse.py::test_an_idle_stream_gives_signs_of_life",
        ),
    ),
}
