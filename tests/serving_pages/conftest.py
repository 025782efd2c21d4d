"""Readers of the pages, signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from core.roles import Role
from tests.factories import a_user

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """A browser signed in as somebody with these roles."""

    def sign_in(*roles: Role) -> Client:
        client = Client()
        client.force_login(a_user(*roles))
        return client

    return sign_in


@pytest.fixture
def operator(signed_in: SignedIn) -> Client:
    return signed_in(Role.OPERATOR)


@pytest.fixture
def engineer(signed_in: SignedIn) -> Client:
    return signed_in(Role.ENGINEER)
