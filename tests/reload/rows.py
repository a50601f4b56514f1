"""The acceptance cases of reloading, by their numbers, and which tests show each.

``path::test`` below ``tests/``. What is timed is in ``bench/``: nothing here measures.
"""

from __future__ import annotations

SAVES = "reload/test_saves.py"
IMPORTS = "reload/test_imports.py"
HOST = "reload/test_host.py"
HANDOVER = "reload/test_handover.py"
TORN = "reload/test_torn.py"
LAYOUTS = "reload/test_layouts.py"
PYTHON = "reload/test_python.py"
EDITORS = "reload/test_editors.py"
WORKERS = "reload/test_workers.py"
WATCHING = "devtool/watching/test_watching.py"
RUNTIMES = "devtool/bridge/test_runtimes.py"
BRIDGE = "devtool/bridge/test_loop.py"
DEV = "devtool/commands/test_dev.py"

ROWS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "a body edited and called at once",
        (f"{SAVES}::test_the_first_call_after_a_save_is_answered_by_the_new_code",),
    ),
    2: (
        "the same by an atomic rename",
        (
            f"{EDITORS}::test_each_way_to_save_is_one_reload",
            f"{EDITORS}::test_vim_itself_saves_once",
        ),
    ),
    3: ("the same bytes, or a touch", (f"{SAVES}::test_the_same_bytes_again_are_no_reload",)),
    4: (
        "one service edited, another untouched",
        (f"{SAVES}::test_an_edit_of_one_service_leaves_the_state_of_another",),
    ),
    5: ("no list_changed for a body", (f"{SAVES}::test_an_edit_of_a_body_tells_clients_nothing",)),
    6: (
        "one list_changed for what clients see",
        (f"{SAVES}::test_an_edit_that_clients_see_changes_the_list_once",),
    ),
    7: (
        "an edit while calls run",
        (f"{SAVES}::test_calls_in_flight_end_in_the_code_that_they_began_in",),
    ),
    8: (
        "the order of hooks",
        (f"{SAVES}::test_calls_in_flight_end_in_the_code_that_they_began_in",),
    ),
    9: (
        "a syntax error",
        (
            f"{SAVES}::test_a_file_that_does_not_parse_keeps_the_last_good_code_serving",
            f"{SAVES}::test_answers_of_code_whose_last_save_does_not_load_say_so",
        ),
    ),
    10: (
        "its mend",
        (
            f"{SAVES}::test_a_file_that_does_not_parse_keeps_the_last_good_code_serving",
            f"{SAVES}::test_going_back_to_the_good_bytes_clears_the_error",
        ),
    ),
    11: (
        "a missing module that appears",
        (f"{SAVES}::test_a_missing_module_that_appears_heals_who_imports_it",),
    ),
    12: ("sys.exit in a module", (f"{SAVES}::test_a_module_that_ends_the_program_ends_nothing",)),
    13: (
        "a module that hangs",
        (
            "reload/test_stuck.py::test_a_module_that_hangs_is_let_go_of_at_the_next_save",
            "reload/test_stuck.py::test_a_module_that_hangs_does_not_keep_others_from_being_loaded",
        ),
    ),
    14: (
        "a shared helper",
        (f"{IMPORTS}::test_a_helper_reloads_its_dependents_and_no_one_else",),
    ),
    15: (
        "a helper of many: the called one first",
        (f"{IMPORTS}::test_of_all_that_a_helper_touches_what_is_called_is_loaded_first",),
    ),
    16: (
        "a broken helper",
        (f"{IMPORTS}::test_a_broken_helper_keeps_all_its_dependents_until_it_is_mended",),
    ),
    17: (
        "a helper that drops a name",
        (
            f"{IMPORTS}::test_a_helper_that_drops_a_name_keeps_who_imports_it_by_name",
            f"{IMPORTS}::test_a_helper_that_drops_a_name_is_told_by_who_looks_it_up_in_a_call",
        ),
    ),
    18: (
        "a shared model gains a field",
        (f"{IMPORTS}::test_a_shared_model_that_gains_a_field_changes_the_schema_once",),
    ),
    19: (
        "imports in functions",
        (f"{IMPORTS}::test_modules_imported_inside_functions_are_followed",),
    ),
    20: (
        "relative, circular, re-exported",
        (f"{IMPORTS}::test_packages_with_relative_and_circular_imports_are_followed_inwards",),
    ),
    21: (
        "edits of one length in one second",
        (f"{SAVES}::test_five_edits_of_one_length_within_a_second_are_all_served",),
    ),
    22: ("a new file", (f"{SAVES}::test_a_new_file_is_served_at_once",)),
    23: ("a renamed file", (f"{SAVES}::test_a_renamed_file_keeps_its_service_without_a_gap",)),
    24: ("a deleted file", (f"{SAVES}::test_a_deleted_file_takes_its_service_with_it",)),
    25: (
        "a package moved away and back",
        (f"{IMPORTS}::test_a_folder_that_is_moved_away_and_back_serves_again",),
    ),
    26: (
        "a checkout",
        (
            f"{IMPORTS}::test_a_checkout_of_many_files_is_one_reload",
            f"{LAYOUTS}::test_a_git_checkout_of_300_files_is_one_reload",
        ),
    ),
    27: (
        "a module that cannot be executed twice",
        (f"{WORKERS}::test_a_module_that_cannot_be_executed_twice_gets_a_process_of_its_own",),
    ),
    28: (
        "os._exit and a segfault",
        (f"{HOST}::test_a_tool_that_ends_the_process_fails_alone_and_the_next_call_is_answered",),
    ),
    29: (
        "sync tools that block, one that is busy",
        (f"{HOST}::test_ten_blocking_tools_and_a_busy_one_do_not_stop_another",),
    ),
    30: (
        "a regular expression that runs away",
        (f"{HOST}::test_a_host_that_is_stuck_as_a_whole_is_replaced_and_says_where_it_was",),
    ),
    31: (
        "async code that blocks",
        (f"{HOST}::test_async_code_that_blocks_stops_no_other_service_and_is_named",),
    ),
    32: (
        "output of all kinds",
        (
            f"{HOST}::test_all_that_code_writes_becomes_log_lines_of_its_call",
            f"{RUNTIMES}::test_whatever_a_service_prints_an_agent_reads_nothing_but_messages",
        ),
    ),
    33: (
        "a thousand edits",
        (
            "reload/test_upkeep.py::test_reloads_leave_no_old_module_behind",
            "reload/test_soak.py::test_reloads_under_callers_at_all_doors_lose_no_call_and_serve_no_old_code",
        ),
    ),
    34: (
        "a slow editor",
        (
            f"{TORN}::test_a_file_written_in_steps_is_never_served_or_told_of_in_part",
            f"{TORN}::test_a_file_in_a_process_of_its_own_is_never_read_in_part_either",
        ),
    ),
    35: (
        "a formatter after the save",
        (
            f"{TORN}::test_a_formatter_that_writes_the_same_again_reloads_nothing",
            f"{TORN}::test_an_error_that_the_next_save_mends_is_not_told",
        ),
    ),
    36: (
        "an exclusive service with a port",
        (
            f"{HANDOVER}::test_a_port_is_free_before_the_next_generation_takes_it",
            f"{HANDOVER}::test_an_exclusive_service_that_does_not_start_leaves_the_old_one_running",
        ),
    ),
    37: (
        "state that is handed over",
        (
            f"{HANDOVER}::test_state_goes_from_one_generation_to_the_next",
            f"{WORKERS}::test_a_module_that_cannot_be_executed_twice_gets_a_process_of_its_own",
        ),
    ),
    38: (
        "the project's own Python",
        (f"{PYTHON}::test_the_projects_own_virtualenv_runs_its_code",),
    ),
    39: (
        "packages and virtualenvs that come meanwhile",
        (
            f"{PYTHON}::test_packages_that_are_installed_meanwhile_are_used_and_no_call_is_lost",
            f"{PYTHON}::test_a_virtualenv_that_is_made_meanwhile_runs_the_project_once_it_can",
        ),
    ),
    40: (
        "breakpoints",
        (
            "reload/test_breakpoint.py::test_a_breakpoint_is_reached_at_a_socket_while_all_else_goes_on",
            "reload/test_debugpy.py::test_a_call_that_stands_at_a_breakpoint_has_no_deadline",
            "devtool/test_breakpoints.py::test_the_screen_gives_way_to_pdb_and_comes_back_when_the_code_goes_on",
        ),
    ),
    41: (
        "many folders beside the code",
        (f"{WATCHING}::test_a_virtualenv_beside_the_code_costs_no_watch",),
    ),
    42: (
        "no inotify",
        (
            f"{WATCHING}::test_where_no_watches_are_left_files_are_polled_and_that_is_told",
            f"{SAVES}::test_where_files_are_polled_the_first_call_after_a_save_is_answered_by_new_code_too",
        ),
    ),
    43: (
        "a thread of replaced code",
        (f"{HANDOVER}::test_a_thread_that_stays_in_replaced_code_is_named_once",),
    ),
    44: (
        "a removed tool is called: a tool error each time, and the connection lives",
        (
            f"{SAVES}::test_a_deleted_file_takes_its_service_with_it",
            "gateway/test_unknown.py::test_a_removed_tool_is_a_tool_error_to_who_could_call_it",
            "protocol/test_serving.py::test_a_removed_tool_is_a_tool_error_and_the_connection_lives",
        ),
    ),
    45: ("two saves at once", (f"{SAVES}::test_two_files_saved_at_once_are_one_reload",)),
    46: (
        "an agent attaches",
        (f"{RUNTIMES}::test_agents_in_any_folder_of_a_project_share_its_runtime",),
    ),
    47: (
        "takeover, both ways",
        (
            f"{DEV}::test_a_headless_runtime_yields_to_dev_and_its_agent_stays",
            f"{RUNTIMES}::test_a_headless_runtime_takes_over_from_dev_and_every_agent_stays",
        ),
    ),
    48: (
        "a stale socket",
        (f"{RUNTIMES}::test_what_a_killed_runtime_left_behind_is_in_nobodys_way",),
    ),
    49: (
        "SIGKILL of the runtime",
        (f"{DEV}::test_a_runtime_that_crashes_is_started_again_and_that_is_told",),
    ),
    50: (
        "a second dev",
        (f"{DEV}::test_a_second_dev_of_one_project_exits_3_and_names_the_first",),
    ),
    51: (
        "several agents",
        (f"{RUNTIMES}::test_agents_in_any_folder_of_a_project_share_its_runtime",),
    ),
    52: (
        "a call in flight at a kill",
        (
            f"{RUNTIMES}::test_a_call_in_flight_is_answered_when_the_runtime_dies_and_the_next_one_by_its_successor",
            f"{BRIDGE}::test_a_call_in_flight_at_a_crash_gets_a_tool_error_and_is_not_repeated",
        ),
    ),
    53: (
        "permissions, and other users",
        (
            f"{RUNTIMES}::test_only_the_owner_can_reach_a_runtime",
            f"{RUNTIMES}::test_a_state_folder_of_another_user_is_refused",
            f"{BRIDGE}::test_a_socket_of_another_user_is_refused",
        ),
    ),
}
