"""Commands against servers that are no project of this machine: by URL, and by a command."""

import json
import shlex
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from devtool.harness import dev, run

OLD = shlex.join([sys.executable, str(Path(__file__).parent / "old_server.py")])
SHOP = '''
from micro import Service, ToolError

shop = Service("shop")

@shop.tool(scopes=["shop:read"], read_only=True)
def price(item: str) -> dict[str, int]:
    """Tell a price."""
    if item == "milk":
        raise ToolError("no milk")
    return {item: 1}
'''


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    root = tmp_path_factory.mktemp("served")
    (root / "shop.py").write_text(SHOP)
    with dev(root) as command:
        command.event("service_loaded")
        yield command.event("runtime_started")["addresses"][0]


def test_tools_of_a_url_are_listed_with_all_that_micro_says_of_them(tmp_path: Path, url: str):
    ended = run("mcp", "list", "--json", "--url", url, cwd=tmp_path)
    (service,) = json.loads(ended.stdout)["services"]
    (tool,) = service["tools"]
    assert (tool["canonicalName"], tool["name"]) == ("shop.price", "shop_price")
    assert tool["scopes"] == ["shop:read"]
    assert tool["annotations"] == {"readOnlyHint": True}
    assert "shop.price" in run("mcp", "list", "--url", f"{url}/mcp", cwd=tmp_path).stdout


def test_tools_of_a_url_are_called(tmp_path: Path, url: str):
    ended = run("mcp", "test", "shop.price", '{"item": "tea"}', "--url", url, cwd=tmp_path)
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"tea": 1})
    failed = run("mcp", "test", "shop_price", '{"item": "milk"}', "--url", url, cwd=tmp_path)
    assert (failed.returncode, "no milk" in failed.stderr) == (1, True)
    other = run("mcp", "test", "shop.price", "{}", "--url", url, "--as", "eve", cwd=tmp_path)
    assert (other.returncode, "MICRO_TOKEN" in other.stderr) == (2, True)


def test_cases_of_this_folder_are_run_on_a_url(tmp_path: Path, url: str):
    calls = tmp_path / "tests" / "calls"
    calls.mkdir(parents=True)
    (calls / "price.yaml").write_text(
        "tool: shop.price\narguments: {item: tea}\nresult: {tea: 1}\n---\n"
        "tool: shop.price\narguments: {item: milk}\nerror: no milk\n"
    )
    ended = run("mcp", "test", "--cases", "--url", url, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "2 calls: 2 ok\n"), ended.stdout


@pytest.mark.parametrize("form", ["openapi", "langchain", "autogpt"])
def test_exports_of_a_url_name_that_url(tmp_path: Path, url: str, form: str):
    assert url in run("mcp", "export", form, "--url", url, cwd=tmp_path).stdout
    public = ("--served-at", "https://api.example.com")
    assert (
        "https://api.example.com"
        in run("mcp", "export", form, "--url", url, *public, cwd=tmp_path).stdout
    )


def test_a_command_of_the_old_era_is_listed_called_and_documented(tmp_path: Path):
    old = ("--command", OLD)
    listed = run("mcp", "list", *old, cwd=tmp_path)
    assert "echo" in listed.stdout
    called = run("mcp", "test", "echo", '{"text": "hi"}', *old, cwd=tmp_path)
    assert (called.returncode, called.stdout) == (0, "hi\n")
    assert run("mcp", "test", "echo", '{"text": "fail"}', *old, cwd=tmp_path).returncode == 1
    page = run("mcp", "docs", *old, cwd=tmp_path).stdout
    assert page.startswith("# old 7\n\nEchoes.\n")
    assert "Say it again." in page
    shown = run("mcp", "docs", "--format", "html", *old, cwd=tmp_path).stdout
    assert '<a href="#echo">echo</a>' in shown
    assert '"echo"' in run("mcp", "export", "openai", *old, cwd=tmp_path).stdout


def test_an_export_that_would_call_what_is_not_there_is_refused(tmp_path: Path):
    ended = run("mcp", "export", "langchain", "--command", OLD, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "old has no REST door" in ended.stderr


@pytest.mark.parametrize(
    ("named", "code", "said"),
    [
        (("--url", "http://127.0.0.1:9"), 3, "http://127.0.0.1:9 does not answer: "),
        (("--url", "nonsense"), 3, "nonsense does not answer: "),
        (("--command", "no-such-program"), 3, "no-such-program does not answer: "),
        (("--command", "true"), 3, "true does not answer: "),
        (("--command", ""), 2, "the command is empty"),
        (("--command", "'"), 2, "is no command: No closing quotation"),
        (("--url", "http://x", "--command", "true"), 2, "two servers are named"),
        (("--header", "a: b"), 2, "--header goes with --url"),
        (("--url", "http://x", "--header", "ab"), 2, "'ab' is no header"),
    ],
)
def test_a_server_that_cannot_be_asked_is_told(
    tmp_path: Path, named: tuple[str, ...], code: int, said: str
):
    ended = run("mcp", "list", *named, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    first, second = ended.stderr.splitlines()[-2:]
    assert said in first
    assert second.startswith("  ")


def test_a_token_is_taken_from_the_environment_or_a_header(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "micro.toml").write_text("[auth]\nrequired = true\n")
    made = run("auth", "token", "create", "--subject", "eve", "--scopes", "shop:read", cwd=tmp_path)
    token = made.stdout.split()[-1]
    with dev(tmp_path) as command:
        command.event("service_loaded")
        url = command.event("runtime_started")["addresses"][0]
        listing = ("mcp", "list", "--url", url)
        refused = run(*listing, cwd=tmp_path)
        assert (refused.returncode, "MICRO_TOKEN" in refused.stderr) == (3, True)
        assert "shop.price" in run(*listing, cwd=tmp_path, MICRO_TOKEN=token).stdout
        bearer = f"Authorization: Bearer {token}"
        assert "shop.price" in run(*listing, "--header", bearer, cwd=tmp_path).stdout
