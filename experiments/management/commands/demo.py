"""Walk the whole path on a running stack with two real models."""

import importlib.util
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts import create_token
from core.actors import command_actor
from core.errors import PlatformError
from core.models import User
from core.roles import Scope
from experiments import walk
from models_registry.models import RegisteredModel

MODEL = "digits"


class Command(BaseCommand):
    help = "Take two digit classifiers through register, review, deploy, try, benchmark and retire."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="", help="where the web server listens")

    def handle(self, *, url: str, **options: Any) -> None:
        port = settings.ENV.get("CONCH_WEB_PORT", "8080")
        folder = settings.CONCH_HOME / "demo"
        self.say("Training two classifiers on scikit-learn's digits")
        figures = train(folder)
        try:
            self.whole_path(people(url or f"http://127.0.0.1:{port}"), folder, figures)
        except PlatformError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The web server does not answer ({error}). Is `make up` running?") from error

    def whole_path(self, people: walk.People, folder: Path, figures: list[dict[str, Any]]) -> None:
        if not RegisteredModel.objects.filter(name=MODEL).exists():
            about = {"name": MODEL, "purpose": "Reads handwritten digits, 8 × 8 pixels.", "team": "Vision"}
            people.engineer.post("models/", about)
        small, large = (self.bring_to_testing(people, folder, figure) for figure in figures)
        took = walk.promote(
            people, model=MODEL, number=small, verb="deploy", reason="First version.", comment="Numbers hold."
        )
        self.say(f"v{small} deployed after {took:.2f} s; the public name “{MODEL}” answers with it")
        walk.wait(lambda: people.operator.get(f"routes/{MODEL}/"), lambda found: found["phase"] == "ready")
        self.refuse_to_retire(people, small)
        reason = "More accurate on the holdout set; slower, see its benchmark."
        people.engineer.post(
            f"models/{MODEL}/versions/{large}/promote/", {"verb": "deploy", "reason": reason}
        )
        self.say(f"v{large} waits for a reviewer")
        spare = walk.register(people, model=MODEL, file=folder / figures[0]["file"])
        people.engineer.post(
            f"models/{MODEL}/versions/{spare}/retire/", {"reason": f"The same file as v{small}."}
        )
        self.say(f"v{spare} retired: kept for audit, never servable again")

    def bring_to_testing(self, people: walk.People, folder: Path, figure: dict[str, Any]) -> int:
        number = walk.register(people, model=MODEL, file=folder / figure["file"])
        self.say(f"v{number} registered: {figure['file']}, held-out accuracy {figure['accuracy']:.4f}")
        took = walk.promote(
            people,
            model=MODEL,
            number=number,
            verb="test",
            reason="Ready to test.",
            comment="Signature is right.",
        )
        self.say(f"v{number} ready in Triton {took:.2f} s after its approval")
        version = people.engineer.get(f"models/{MODEL}/versions/{number}/")
        asked = {"inputs": version["golden"][0]["inputs"]}
        answer = people.engineer.post(f"models/{MODEL}/versions/{number}/infer/", asked)
        self.say(f"v{number} answers in {answer['latency_ms']:.1f} ms")
        result = walk.benchmark(people, model=MODEL, number=number, levels=[1, 4, 16], seconds=2)
        best = max(result["levels"], key=lambda level: level["throughput_rps"])
        self.say(f"v{number} carries {best['throughput_rps']:.0f} req/s at {best['concurrency']} concurrent")
        return number

    def refuse_to_retire(self, people: walk.People, number: int) -> None:
        try:
            people.engineer.post(f"models/{MODEL}/versions/{number}/retire/", {"reason": "Just trying."})
        except walk.Refused as refusal:
            self.say(f"v{number} cannot retire: {refusal.detail}")
            return
        raise CommandError(f"v{number} retired while it served traffic")

    def say(self, line: str) -> None:
        self.stdout.write(line)


def people(url: str) -> walk.People:
    """The engineer, a reviewer and the operator of `make up`, each with a token of one day."""
    scopes = [scope.value for scope in Scope]
    found = []
    for username in ("engineer", "reviewer", "operator"):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”. Run `make up` first.")
        _token, secret = create_token(actor=command_actor(user), name="demo", scopes=scopes, days=1)
        found.append(walk.Api(url, secret))
    return walk.People(*found)


def train(folder: Path) -> list[dict[str, Any]]:
    """Make the two ONNX files with examples/digits/train.py; returns its figures."""
    source = settings.ROOT / "examples" / "digits" / "train.py"
    spec = importlib.util.spec_from_file_location("digits_train", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder.mkdir(parents=True, exist_ok=True)
    return list(module.train(folder))
