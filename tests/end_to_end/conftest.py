"""People with tokens, at a live server."""

from typing import Any

import pytest

from core.accounts import create_token
from core.actors import command_actor
from core.roles import Role, Scope
from experiments import walk
from tests.factories import a_user


@pytest.fixture
def people(transactional_db: None, live_server: Any) -> walk.People:
    def api(*roles: Role) -> walk.Api:
        user = a_user(*roles)
        scopes = [scope.value for scope in Scope]
        _token, secret = create_token(actor=command_actor(user), name="test", scopes=scopes, days=1)
        return walk.Api(live_server.url, secret)

    return walk.People(api(Role.ENGINEER), api(Role.REVIEWER), api(Role.OPERATOR))
