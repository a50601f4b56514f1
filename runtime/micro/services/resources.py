"""What a resource is beside a function: a URI whose variables are the parameters.

Reading a template is ``uris``; what may be said of a resource is in ``offers``.
"""

from __future__ import annotations

from typing import Any

from micro.services.offered import mime_type_of
from micro.services.signature import EMPTY, Signature
from micro.services.tool import Declaration
from micro.services.uris import read_template
from micro.specs import ResourceSpec


def check_variables(declaration: Declaration, signature: Signature) -> None:
    """Refuse a template whose variables are not the function's parameters.

    Raises:
        DeclarationError: Names what is missing.
    """
    names = read_template(declaration.uri).names
    taken = [parameter.name for parameter in signature.parameters]
    for name in names:
        if name not in taken:
            raise declaration.origin.error(
                f"{declaration.label}: its URI has {{{name}}}, and the function takes no {name}",
                mend=f"add a parameter {name}: str, or take {{{name}}} out of the URI",
            )
    for parameter in signature.parameters:
        if parameter.name not in names and parameter.default is EMPTY:
            raise declaration.origin.error(
                f"{declaration.label}: parameter {parameter.name} is not in its URI "
                f"{declaration.uri!r}",
                mend=f"write {{{parameter.name}}} into the URI, or give it a default",
            )


def resource_spec(declaration: Declaration, returns: Any) -> ResourceSpec | None:
    """Give what is known of a resource besides; ``None`` of anything else."""
    if declaration.kind != "resource":
        return None
    options = declaration.options
    return ResourceSpec(
        uri=declaration.uri,
        mime_type=options.get("mime_type") or mime_type_of(returns),
        size=options.get("size"),
    )
