"""One account per role for a fresh local installation."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.accounts import create_account
from core.actors import command_actor
from core.models import User
from core.roles import Role

ACCOUNTS = {
    "engineer": (Role.ENGINEER, "Erin Engineer"),
    "reviewer": (Role.REVIEWER, "Ray Reviewer"),
    "reviewer2": (Role.REVIEWER, "Rosa Reviewer"),
    "validator": (Role.VALIDATOR, "Vera Validator"),
    "operator": (Role.OPERATOR, "Otto Operator"),
    "learner": (Role.LEARNER, "Lena Learner"),
    "admin": (Role.ADMIN, "Ada Admin"),
}


class Command(BaseCommand):
    help = (
        "Create one account per role if it is missing; "
        "keep the passwords in accounts.txt (0600) and print them once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = settings.CONCH_HOME / "accounts.txt"
        known = set(User.objects.filter(username__in=ACCOUNTS).values_list("username", flat=True))
        made: list[tuple[str, str]] = []
        for username, (role, name) in ACCOUNTS.items():
            if username in known:
                continue
            password = secrets.token_urlsafe(12)
            # The file first: a password that is in nobody's hands would lock the account.
            append_private(path, f"{username} {password}\n")
            create_account(
                username=username, roles=[role], password=password, name=name, actor=command_actor()
            )
            made.append((username, password))
        if made:
            self.stdout.write(f"Accounts, also in {path.name} of the state folder:")
            for username, password in made:
                self.stdout.write(f"  {username:<10} {password}")


def append_private(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        file.write(line)
