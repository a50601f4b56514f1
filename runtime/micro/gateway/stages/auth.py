"""Refuses who came with credentials that are not taken, or with none where some are needed.

Credentials are read and checked at the door (``doors.auth``), which knows how they travel; the
verdict is carried out here, inside of trace and audit.
"""

from __future__ import annotations

import time

from micro.calls import Caller
from micro.errors import Unauthenticated
from micro.gateway.auth.auth import Auth

MEND = "send a valid token: Authorization: Bearer TOKEN over HTTP, MICRO_TOKEN over stdio"


def check_identity(caller: Caller, auth: Auth) -> None:
    """Let a caller pass whose credentials were taken, and have not ended since.

    Raises:
        Unauthenticated: They were not, or have; the message says why.
    """
    if caller.rejection:
        raise Unauthenticated(f"{caller.rejection}.", mend=MEND)
    if caller.expires is not None and caller.expires <= time.time():
        raise Unauthenticated("The token has expired.", mend=MEND)
    if caller.key and auth.is_revoked(caller):
        raise Unauthenticated("The key was revoked.", mend=MEND)
