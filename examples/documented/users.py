"""A users service: typed, documented, with scopes, and with state in memory.

A reload makes the state anew; ``on_start`` fills it again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from itertools import count
from typing import Annotated

import anyio
from models import Address, NewUser, Role, User
from pydantic import Field

from micro import Context, Service, ToolError, tool

log = logging.getLogger(__name__)

users = Service(
    "users",
    version="1.0.0",
    description="Keeps the users of a small shop.",
    instructions="Find users with users.search before you change them by their ID.",
)

UserId = Annotated[str, Field(pattern="^user-[0-9]+$", description="User ID, such as user-1")]


class Users:
    """The users in memory. Each public method is a tool."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._numbers = count(1)

    def create(self, user: NewUser) -> User:
        """Make a user.

        @example {"user": {"name": "Ada Lovelace", "email": "ada@example.org", "role": "admin"}}
        """
        id = f"user-{next(self._numbers)}"
        self._users[id] = User(id=id, created_at=datetime.now(UTC), **user.model_dump())
        log.info("made %s", id)
        return self._users[id]

    @tool(read_only=True)
    def get(self, user_id: UserId) -> User:
        """Retrieve a user by ID: the full profile with address and preferences.

        Args:
            user_id: Which user.

        Returns:
            The user's profile.

        Raises:
            ToolError: There is no such user.

        @example {"user_id": "user-1"}
        """
        if user_id not in self._users:
            known = ", ".join(self._users) or "none"
            raise ToolError(f"there is no user {user_id!r}; known: {known}")
        return self._users[user_id]

    @tool(read_only=True)
    def search(
        self,
        text: Annotated[str, "Part of the name or of the email"] = "",
        role: Annotated[Role | None, "Only users of this role"] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="At most so many")] = 10,
    ) -> list[User]:
        """Find users.

        @example {"text": "ada"}
        @example {"role": "admin", "limit": 5}
        """
        wanted = text.casefold()
        found = [
            user
            for user in self._users.values()
            if wanted in f"{user.name} {user.email}".casefold() and role in (None, user.role)
        ]
        return found[:limit]

    @tool(idempotent=True)
    def move(self, user_id: UserId, address: Address) -> User:
        """Change where a user lives.

        @example {"user_id": "user-1", "address": {"street": "Main St 1", "city": "Berlin"}}
        """
        moved = self.get(user_id).model_copy(update={"address": address})
        self._users[user_id] = moved
        return moved

    @tool(destructive=True)
    def delete(self, user_id: UserId) -> str:
        """Remove a user for good.

        @example {"user_id": "user-2"}
        """
        removed = self.get(user_id)
        del self._users[user_id]
        return f"removed {removed.name}"


store = Users()
users.handle(
    store,
    scopes={
        "create": ["users:write"],
        "get": ["users:read"],
        "search": ["users:read"],
        "move": ["users:write"],
        "delete": ["users:write", "users:admin"],
    },
)


@users.tool(scopes=["users:write"])
async def invite(
    emails: Annotated[list[str], Field(min_length=1, description="Addresses; names come of them")],
    ctx: Context,
) -> list[User]:
    """Make a user of every address, and report how far it is.

    @example {"emails": ["grace@example.org", "alan@example.org"]}
    """
    made: list[User] = []
    for done, email in enumerate(emails, 1):
        made.append(store.create(NewUser(name=email.split("@")[0], email=email)))
        await anyio.sleep(0.1)  # stands for sending the letter
        await ctx.progress(done, len(emails), f"invited {email}")
    return made


@users.on_start
def fill() -> None:
    """Begin with two users."""
    store.create(NewUser(name="Ada Lovelace", email="ada@example.org", role=Role.ADMIN))
    store.create(NewUser(name="Alan Turing", email="alan@example.org"))


@users.on_stop
async def say_goodbye() -> None:
    """Say what is lost with this generation."""
    log.info("forgot %d users", len(store.search(limit=100)))
