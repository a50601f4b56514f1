"""What a change touches is what really was imported: rows 14 to 20 of the acceptance table."""

from __future__ import annotations

from pathlib import Path

from reload.harness import serving


def service(name: str, imports: str, value: str) -> str:
    return f"""
        from micro import Service
        {imports}

        it = Service("{name}")
        calls = 0

        @it.tool
        def value() -> int:
            "Give the value."
            return {value}

        @it.tool
        def count() -> int:
            "Count the calls of this generation."
            global calls
            calls += 1
            return calls
    """


async def test_a_helper_reloads_its_dependents_and_no_one_else(tmp_path: Path):
    files = {
        "helper.py": "number = 1\n",
        "shared/__init__.py": "",
        "shared/inner.py": "from helper import number\n",
        "a.py": service("a", "from helper import number", "number"),
        "b.py": service("b", "from shared import inner", "inner.number"),
        "c.py": service("c", "", "0"),
    }
    async with serving(tmp_path, files) as served:
        await served.call("c.count")
        served.write("helper.py", "number = 2\n")
        assert await served.call("a.value") == 2
        assert await served.call("b.value") == 2
        assert await served.call("c.count") == 2
        assert not served.loaded("c")


async def test_a_broken_helper_keeps_all_its_dependents_until_it_is_mended(tmp_path: Path):
    files = {
        "helper.py": "number = 1\n",
        "a.py": service("a", "from helper import number", "number"),
        "b.py": service("b", "import helper", "helper.number"),
    }
    async with serving(tmp_path, files) as served:
        served.write("helper.py", "number = \n")
        assert await served.call("a.value") == 1
        assert await served.call("b.value") == 1
        assert (await served.failure("a")).error.file == "helper.py"
        served.write("helper.py", "number = 3\n")
        assert await served.call("a.value") == 3
        assert await served.call("b.value") == 3


async def test_another_save_does_not_hide_that_a_helper_is_broken(tmp_path: Path):
    files = {
        "helper.py": "number = 1\n",
        "a.py": service("a", "from helper import number", "number"),
        "b.py": service("b", "", "1"),
    }
    async with serving(tmp_path, files) as served:
        served.write("helper.py", "number = \n")
        await served.failure("a")
        served.edit("b.py", "return 1", "return 2")
        assert await served.call("b.value") == 2
        assert served.runtime.snapshot().services[0].error is not None


async def test_a_helper_that_drops_a_name_keeps_who_imports_it_by_name(tmp_path: Path):
    files = {
        "helper.py": "number = 1\n",
        "a.py": service("a", "from helper import number", "number"),
    }
    async with serving(tmp_path, files) as served:
        served.write("helper.py", "other = 1\n")
        assert await served.call("a.value") == 1
        assert "number" in (await served.failure("a")).error.message


async def test_a_helper_that_drops_a_name_is_told_by_who_looks_it_up_in_a_call(tmp_path: Path):
    files = {
        "helper.py": "number = 1\n",
        "a.py": service("a", "import helper", "helper.number"),
    }
    async with serving(tmp_path, files) as served:
        served.write("helper.py", "other = 1\n")
        result = await served.result("a.value")
        assert result.fault is not None
        assert result.fault.kind == "exception"
        assert "has no attribute 'number'" in result.fault.traceback
        assert not served.failed("a")


async def test_of_all_that_a_helper_touches_what_is_called_is_loaded_first(tmp_path: Path):
    names = [f"s{number:02}" for number in range(40)]
    text = "from helper import number"
    files = {f"{name}.py": service(name, text, "number") for name in names}
    async with serving(tmp_path, {**files, "helper.py": "number = 1\n"}) as served:
        served.write("helper.py", "number = 2\n")
        assert await served.call("s33.value") == 2
        assert served.loaded("s33")
        assert len([name for name in names if served.loaded(name)]) < len(names)
        for name in names:
            assert await served.call(f"{name}.value") == 2


async def test_a_shared_model_that_gains_a_field_changes_the_schema_once(tmp_path: Path):
    files = {
        "models.py": "from pydantic import BaseModel\nclass Item(BaseModel):\n    name: str\n",
        "a.py": """
            from micro import Service
            from models import Item
            a = Service("a")
            @a.tool
            def put(item: Item) -> str:
                "Put."
                return repr(item)
        """,
    }
    async with serving(tmp_path, files) as served:
        served.edit("models.py", "name: str", "name: str\n    size: int = 0")
        assert "size=3" in await served.call("a.put", item={"name": "x", "size": 3})
        assert served.list_changes == 1


async def test_modules_imported_inside_functions_are_followed(tmp_path: Path):
    files = {
        "late.py": "number = 1\n",
        "later.py": "number = 1\n",
        "a.py": service("a", "", "__import__('importlib').import_module('later').number"),
        "b.py": """
            from micro import Service
            b = Service("b")
            @b.tool
            def value() -> int:
                "Give the value."
                from late import number
                return number
        """,
    }
    async with serving(tmp_path, files) as served:
        assert await served.call("a.value") == 1
        assert await served.call("b.value") == 1
        served.write("late.py", "number = 2\n")
        served.write("later.py", "number = 2\n")
        assert await served.call("b.value") == 2
        assert await served.call("a.value") == 2


async def test_packages_with_relative_and_circular_imports_are_followed_inwards(tmp_path: Path):
    files = {
        "shop/__init__.py": "from .core import number, name\n",
        "shop/core.py": "from . import deep\nnumber = deep.number\nname = 'shop'\n",
        "shop/deep.py": "from shop import circle\nnumber = 1\n",
        "shop/circle.py": "import shop\ndef name(): return shop.name\n",
        "shop/orders.py": service("orders", "from . import number", "number"),
    }
    async with serving(tmp_path, files) as served:
        assert await served.call("orders.value") == 1
        served.write("shop/deep.py", "from shop import circle\nnumber = 2\n")
        assert await served.call("orders.value") == 2


async def test_a_folder_that_is_moved_away_and_back_serves_again(tmp_path: Path):
    files = {
        "shop/__init__.py": "",
        "shop/orders.py": service("orders", "", "1"),
        "b.py": service("b", "from shop.orders import calls", "1"),
    }
    async with serving(tmp_path, files) as served:
        (tmp_path / "shop").rename(tmp_path / "away")
        await served.settle()
        assert await served.call("b.value") == 1
        (tmp_path / "away").rename(tmp_path / "shop")
        served.edit("shop/orders.py", "return 1", "return 2")
        assert await served.call("orders.value") == 2


async def test_a_checkout_of_many_files_is_one_reload(tmp_path: Path):
    files = {f"m{n}.py": f"from m{n + 1} import number\n" for n in range(30)}
    files |= {"m30.py": "number = 1\n", "a.py": service("a", "from m0 import number", "number")}
    async with serving(tmp_path, files) as served:
        (tmp_path / ".git").mkdir()
        lock = tmp_path / ".git" / "index.lock"
        lock.touch()
        for n in range(30):
            served.write(f"m{n}.py", f"from m{n + 1} import number  # changed\n")
        served.write("m30.py", "number = 2\n")
        lock.unlink()
        assert await served.call("a.value") == 2
        assert len(served.loaded("a")) == 1
        assert not served.failed("a")


async def test_tools_declared_in_another_module_are_loaded_again_with_their_service(tmp_path: Path):
    files = {
        "shop/__init__.py": "",
        "shop/service.py": """
            from micro import Service
            shop = Service("shop")
            from shop import orders
        """,
        "shop/orders.py": """
            from shop.service import shop
            @shop.tool
            def value() -> int:
                "Give the value."
                return 1
        """,
    }
    async with serving(tmp_path, files) as served:
        assert await served.call("shop.value") == 1
        served.edit("shop/orders.py", "return 1", "return 2")
        assert await served.call("shop.value") == 2
        served.edit("shop/orders.py", "def value", "def worth")
        assert await served.names() == ["shop.worth"]
