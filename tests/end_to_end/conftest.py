"""People with tokens, two real models, a live server and a real worker."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from config.env import ROOT
from core.accounts import create_token
from core.actors import command_actor
from core.roles import Role, Scope
from experiments import walk
from tests.factories import a_user


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """digits-small.onnx and digits-large.onnx, trained here."""
    folder = tmp_path_factory.mktemp("digits")
    spec = importlib.util.spec_from_file_location("digits_train", ROOT / "examples" / "digits" / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.train(folder)
    return folder


@pytest.fixture
def people(transactional_db: None, live_server: Any) -> walk.People:
    def api(*roles: Role) -> walk.Api:
        user = a_user(*roles)
        scopes = [scope.value for scope in Scope]
        _token, secret = create_token(actor=command_actor(user), name="test", scopes=scopes, days=1)
        return walk.Api(live_server.url, secret)

    return walk.People(api(Role.ENGINEER), api(Role.REVIEWER), api(Role.OPERATOR))


@pytest.fixture
def emptied(triton: Any) -> Any:
    """Nothing is left loaded in Triton afterwards."""
    from serving.triton.connect import control

    yield triton
    for model in control(triton).index():
        if model.state == "READY":
            control(triton).unload(model.name)
