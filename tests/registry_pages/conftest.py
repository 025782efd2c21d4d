"""Readers of the registry's pages, signed in."""

import pytest
from django.test import Client

from core.models import User
from core.roles import Role
from tests.factories import a_user


@pytest.fixture
def erin(db: None) -> User:
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def ray(db: None) -> User:
    return a_user(Role.REVIEWER, username="ray")


@pytest.fixture
def engineer(erin: User) -> Client:
    return browser(erin)


@pytest.fixture
def reviewer(ray: User) -> Client:
    return browser(ray)


@pytest.fixture
def learner(db: None) -> Client:
    return browser(a_user(Role.LEARNER, username="lee"))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
