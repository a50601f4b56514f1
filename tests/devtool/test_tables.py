from rich.cells import cell_len

from micro_devtool.tables import cut, table

ROWS = [("users.get", "a" * 40, "b" * 30), ("users.create", "日本語" * 10, "short")]


def test_the_widest_columns_are_cut_until_the_line_fits():
    lines = table(("TOOL", "ONE", "TWO"), ROWS, width=60).splitlines()
    assert max(map(cell_len, lines)) <= 60
    assert lines[1].startswith("users.get     aaaaaaaaaa")
    assert lines[1].count("…") == 2
    assert lines[2].endswith("…   short")


def test_nothing_is_cut_where_nobody_looks_at_lines():
    lines = table(("TOOL", "ONE", "TWO"), ROWS).splitlines()
    assert "…" not in "".join(lines)
    assert "b" * 30 in lines[1]


def test_a_line_that_is_too_narrow_for_anything_is_no_error():
    assert "users.create" in table(("TOOL", "ONE", "TWO"), ROWS, width=5)
    assert table(("TOOL",), [("users.get",)], width=5) == "TOOL\nusers.get"


def test_what_is_cut_says_so_and_fits():
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
    assert cell_len(cut("日本語", 4)) <= 4
    assert cut("longer", None) == "longer"
