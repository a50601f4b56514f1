"""What the users service speaks of. The tools' schemas come from these types."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Role(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    EDITOR = "editor"
    READER = "reader"


@dataclass
class Address:
    """Where a user lives."""

    street: str
    city: str
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Two letters, ISO 3166")] = "DE"


@dataclass
class Preferences:
    """How a user wants to be treated."""

    theme: Literal["light", "dark"] = "light"
    newsletter: bool = False
    tags: list[str] = field(default_factory=list[str])


class NewUser(BaseModel):
    """What is needed to make a user."""

    name: Annotated[str, Field(min_length=1, max_length=80, description="Full name")]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", description="Where to write to")]
    role: Role = Role.READER
    address: Address | None = None
    preferences: Preferences = Field(default_factory=Preferences)


class User(NewUser):
    """A user as it is kept."""

    id: Annotated[str, Field(description="Given when the user is made: user-1, user-2, …")]
    created_at: datetime
