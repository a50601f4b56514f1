import os
import subprocess
import sys
from pathlib import Path

from devtool.harness import DEADLINE

SHOP = """
import uuid
from micro import Service

shop = Service("shop")

@shop.tool
def order(item: str) -> dict[str, str]:
    return {"id": str(uuid.uuid4()), "item": item}
"""
GOOD = "tool: shop.order\narguments: {item: tea}\nresult: {id: !uuid , item: tea}\n"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:anyio", *arguments],
        cwd=folder,
        env=os.environ | {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""},
        capture_output=True,
        text=True,
        timeout=DEADLINE * 2,
    )


def case(folder: Path, name: str, text: str) -> Path:
    path = folder / "tests" / "calls" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_cases_are_tests_of_pytest(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    case(tmp_path, "order.yaml", GOOD)
    case(
        tmp_path,
        "wrong.yaml",
        GOOD.replace("!uuid , item: tea", "!uuid , item: milk") + "---\ntool: a.b\n",
    )
    case(tmp_path, "odd.yaml", "tool: shop.order\nresults: 1\n")
    ended = pytest_in(tmp_path, "-v", "--continue-on-collection-errors")
    assert ended.returncode == 1, ended.stdout
    assert "calls/order.yaml::order PASSED" in ended.stdout
    assert 'shop.order: item: "milk" → "tea"' in ended.stdout
    assert "There is no tool 'a.b'" in ended.stdout
    assert "odd.yaml is no case: results" in ended.stdout
    assert "2 failed, 1 passed, 1 error" in ended.stdout
    assert "plugin.py" not in ended.stdout


def test_yaml_that_is_no_case_is_left_alone(tmp_path: Path):
    case(tmp_path, "playbook.yaml", "- hosts: all\n")
    (tmp_path / "tests" / "order.yaml").write_text(GOOD)
    (tmp_path / "tests" / "test_it.py").write_text(
        "import sys\n\ndef test_micro_is_not_imported():\n"
        "    assert not {'micro', 'micro_devtool.cases.files'} & set(sys.modules)\n"
    )
    ended = pytest_in(tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout
