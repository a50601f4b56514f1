"""Files that define services are found without importing one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from micro.config import load_project
from micro.errors import ConfigError
from micro.registry.discovery import Discovery, defines_service, module_name

SERVICE = "from micro import Service\nit = Service('it')\n"


def lay(root: Path, *names: str, text: str = SERVICE) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def found(root: Path) -> list[str]:
    sources = Discovery(load_project(root)).find()
    return [source.path.relative_to(root).as_posix() for source in sources]


@pytest.mark.parametrize(
    "text",
    [
        SERVICE,
        "import micro\nit = micro.Service('it')\n",
        "import micro as m\nit = m.Service('it')\n",
        "from micro import Service as S\nit = S('it')\n",
        "if True:\n    from micro import Context, Service\n    it = Service('it')\n",
        "from micro import Service\nit = Service('it'\n",
    ],
)
def test_a_file_that_makes_a_service_is_found(text: str):
    assert defines_service(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from micro import Service\n",
        "from other import Service\nit = Service('micro')\n",
        "# from micro import Service; Service('x')\n",
        "import microscope\nit = microscope.Service('it')\n",
        "def f(:\n  micro Service\n",
        "\x00from micro import Service",
    ],
)
def test_a_file_that_makes_none_is_not(text: str):
    assert not defines_service(text.encode())


def test_folders_that_hold_other_peoples_code_are_not_looked_into(tmp_path: Path):
    lay(
        tmp_path,
        "a.py",
        "deep/down/b.py",
        "src/c.py",
        ".venv/lib/x.py",
        "mine/lib/x.py",
        "node_modules/x.py",
        "__pycache__/x.py",
        ".hidden/x.py",
        "tests/x.py",
        "test_x.py",
        "conftest.py",
        "x_test.py",
        "generated/x.py",
        "deep/out/x.py",
    )
    (tmp_path / "mine" / "pyvenv.cfg").touch()
    (tmp_path / ".gitignore").write_text("/generated/\n")
    (tmp_path / "deep" / ".gitignore").write_text("out\n")
    assert found(tmp_path) == ["a.py", "deep/down/b.py", "src/c.py"]


def test_patterns_and_names_in_the_settings_are_all_that_counts(tmp_path: Path):
    lay(tmp_path, "a.py", "shop/orders.py", "shop/users.py", "app.py")
    (tmp_path / "micro.toml").write_text('services = ["shop/*.py", "app:it"]\n')
    sources = Discovery(load_project(tmp_path)).find()
    assert [(s.module, s.attribute) for s in sources] == [
        ("app", "it"),
        ("shop.orders", ""),
        ("shop.users", ""),
    ]


def test_a_pattern_finds_files_that_make_services_in_ways_that_cannot_be_seen(tmp_path: Path):
    lay(tmp_path, "shop/orders.py", text="from factory import make\nit = make()\n")
    (tmp_path / "pyproject.toml").write_text('[tool.micro]\nservices = ["shop/*.py"]\n')
    assert found(tmp_path) == ["shop/orders.py"]


def test_a_module_that_is_named_and_missing_is_an_error_with_its_mend(tmp_path: Path):
    (tmp_path / "micro.toml").write_text('services = ["app:orders"]\n')
    with pytest.raises(ConfigError, match="no module 'app'") as raised:
        Discovery(load_project(tmp_path))
    assert raised.value.mend


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("orders.py", "orders"),
        ("shop/orders.py", "shop.orders"),
        ("shop/__init__.py", "shop"),
        ("src/shop/orders.py", "shop.orders"),
        ("my-shop/orders.py", "orders"),
        ("a/my-shop/b/orders.py", "b.orders"),
        ("my-orders.py", "my_orders"),
        ("2024.py", "2024"),
    ],
)
def test_modules_are_named_as_the_project_imports_them(tmp_path: Path, path: str, name: str):
    lay(tmp_path, path)
    assert module_name(tmp_path / path, tmp_path) == name
