"""Another server behind our gateway: for agents that start commands, and for HTTP and REST."""

import json
import shlex
import signal
import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import Tool

from devtool.harness import DEADLINE, call, dev, micro, run
from micro_devtool.servers.proxy import safe_name, spec_of
from micro_devtool.servers.views import Listed

OLD = shlex.join([sys.executable, str(Path(__file__).parent / "old_server.py")])
SHOP = """
from micro import Service

shop = Service("shop")

@shop.tool(read_only=True)
def price(item: str) -> int:
    return 3
"""


async def test_an_agent_that_starts_commands_reaches_a_server_by_its_url(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    with dev(tmp_path) as command:
        command.event("service_loaded")
        url = command.event("runtime_started")["addresses"][0]
        arguments = ["-m", "micro_devtool", "mcp", "serve", "--url", url]
        proxy = StdioServerParameters(command=sys.executable, args=arguments, cwd=str(tmp_path))
        with anyio.fail_after(DEADLINE):
            async with Client(proxy) as client:
                (tool,) = (await client.list_tools()).tools
                assert tool.name == "shop_price"
                assert tool.annotations is not None
                assert tool.annotations.read_only_hint is True
                result = await client.call_tool("shop_price", {"item": "tea"})
                assert result.structured_content == {"result": 3}
                refused = await client.call_tool("shop_price", {"itme": "tea"})
                assert refused.is_error
                async with client.listen(tools_list_changed=True) as changes:
                    (tmp_path / "shop.py").write_text(SHOP.replace("def price", "def cost"))
                    await anext(aiter(changes))
                (tool,) = (await client.list_tools()).tools
                assert tool.name == "shop_cost"


def test_a_command_is_served_over_http_and_rest(tmp_path: Path):
    named = ("--command", OLD, "--address", "127.0.0.1:0")
    with micro("mcp", "serve", *named, cwd=tmp_path) as proxy:
        url = proxy.line("serving").split(" on ")[1].split()[0]
        assert call(url, "old.echo", text="hi")["result"] == "hi"
        listed = run("mcp", "list", "--url", url, "--json", cwd=tmp_path)
        (service,) = json.loads(listed.stdout)["services"]
        assert [tool["canonicalName"] for tool in service["tools"]] == ["old.echo"]
        assert service["description"] == "Echoes."
        failed = run("mcp", "test", "old.echo", '{"text": "fail"}', "--url", url, cwd=tmp_path)
        assert (failed.returncode, "fail" in failed.stderr) == (1, True)
        exported = run("mcp", "export", "langchain", "--url", url, cwd=tmp_path)
        assert "old_echo" in exported.stdout
        assert proxy.end(signal.SIGINT) == 0
        assert proxy.out == []


def test_a_server_that_does_not_start_is_told(tmp_path: Path):
    ended = run("mcp", "serve", "--command", "true", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "true does not answer" in ended.stderr


def test_names_that_clients_refuse_are_mended():
    def named(name: str, known: Listed | None = None) -> str:
        tool = Tool(name=name, input_schema={"type": "object"})
        return spec_of(tool, known, server="old").wire_name

    assert named("files/read me") == "old_files-read-me"
    assert named("ü") == "old_tool"
    assert named("shop_price", Listed(name="shop.price", mcp_name="shop_price")) == "shop_price"
    assert safe_name("9 lives") == "lives"
