"""`micro auth`: who may call a project, by keys that it keeps itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro.gateway.auth.keys import KeyStore

_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]
_Json = Annotated[bool, typer.Option("--json", help="JSON, not a table.")]


def build_app() -> typer.Typer:
    """Put the commands of `micro auth` together."""
    app = typer.Typer(help="Who may call a project.", rich_markup_mode=None)
    token = typer.Typer(help="Keys that the project keeps itself.", rich_markup_mode=None)
    token.command("create")(_create)
    token.command("list")(_list)
    token.command("revoke")(_revoke)
    app.add_typer(token, name="token")
    return app


def _create(
    path: _Folder = None,
    *,
    subject: Annotated[str, typer.Option(help="Who calls with it, as records name it.")],
    scopes: Annotated[
        str, typer.Option(help="What it may do: users:read,orders:* or * for everything.")
    ],
    ttl: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it ends: 1h, 30d. [default: never]")
    ] = None,
    json: _Json = False,
) -> int:
    """Make a key and show it, once."""
    from micro.policies import read_duration
    from micro_devtool import output

    granted = tuple(scope for scope in scopes.replace(",", " ").split() if scope)
    seconds = None if ttl is None else read_duration(ttl)
    token = _store(path, make=True).create(subject, granted, ttl=seconds)
    if json:
        import msgspec

        output.data(msgspec.json.encode({"token": token, "scopes": granted}).decode())
        return 0
    output.data(token)
    output.note("micro: this is the only time that the token is shown; send it as")
    output.note(f"  Authorization: Bearer {token}")
    return 0


def _list(path: _Folder = None, *, json: _Json = False) -> int:
    """List the keys, without what they are."""
    from micro_devtool import output
    from micro_devtool.tables import table, when

    keys = _store(path).list()
    if json:
        import msgspec

        plain = [msgspec.structs.asdict(key) | {"digest": None} for key in keys]
        output.data(msgspec.json.encode(plain).decode())
        return 0
    rows = [
        (key.id, key.subject, " ".join(key.scopes), when(key.created), when(key.expires))
        for key in keys
    ]
    output.data(
        table(("ID", "SUBJECT", "SCOPES", "CREATED", "EXPIRES"), rows, width=output.width())
    )
    return 0


def _revoke(
    id: Annotated[str, typer.Argument(help="The key's id, as the list has it.")],
    path: _Folder = None,
) -> int:
    """Refuse a key from now on."""
    from micro.errors import MicroError
    from micro_devtool import output

    key = _store(path).revoke(id)
    if key is None:
        raise MicroError(f"there is no key {id!r}", mend="list them with: micro auth token list")
    output.note(f"micro: revoked key {key.id} of {output.clean(key.subject)}")
    return 0


def _store(path: Path | None, *, make: bool = False) -> KeyStore:
    from micro.gateway.auth.keys import KeyStore
    from micro.state import StateFolder
    from micro_devtool.projects import project_root

    state = StateFolder(project_root(path) / ".micro")
    if make:
        state.ensure()
    return KeyStore(state.keys)
