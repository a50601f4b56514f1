import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.html import html_page


class Page(HTMLParser):
    """Counts what is opened and closed, and keeps the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for key, value in attrs if key == "id"]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string", "minLength": 1, "description": "Which"}},
    "required": ["id"],
    "$defs": {"Role": {"enum": ["admin"]}},
}


def test_the_page_is_whole_and_has_a_place_for_each_tool():
    tools = (tool_view("users.get", input_schema=SCHEMA), tool_view("users.add"))
    page = Page(html_page([service_view(*tools)], title="shop"))
    assert page.open == []
    assert page.ids == ["users.add", "users.get"]
    for wanted in ("length ≥ 1", "Which", "Role", "Retrieve a user."):
        assert wanted in page.text


def test_the_page_needs_nothing_from_anywhere():
    text = html_page([service_view(tool_view())], title="shop")
    assert not re.findall(r"https?://|<link|src=|@import|url\(", text)


@given(st.text(alphabet="<>&\"'$`a/-!", max_size=20))
def test_text_from_outside_is_never_markup(text: str):
    plain = Page(html_page([service_view(tool_view())], title="t")).tags
    tool = tool_view(description=text, returns="", raises=((text, text),), examples=({text: 1},))
    shown = Page(html_page([service_view(tool, description=text)], title=text))
    assert shown.open == []
    added = {"h3", "pre", "ul", "li", "code", "p"}
    assert [t for t in shown.tags if t not in added] == [t for t in plain if t not in added]


def test_the_same_services_give_the_same_page_in_any_order():
    tools = [tool_view("users.a"), tool_view("users.b")]
    other = service_view(name="orders")
    one = html_page([service_view(*tools), other], title="t")
    assert one == html_page([other, service_view(*tools[::-1])], title="t")


def test_resources_and_prompts_are_sections_of_their_own():
    resource = tool_view("users.city", uri="users://{city}<")
    page = html_page(
        [service_view(resources=(resource,), prompts=(tool_view("users.plan"),))], title="x"
    )
    assert "<span>resource <code>users://{city}&lt;</code></span>" in page
    assert '<section id="users.plan">' in page
    assert "<span>prompt</span>" in page
