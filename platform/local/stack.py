"""The whole stack: what it consists of here, and how it comes up."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from local import application, postgres, redis, triton
from local.component import Component
from local.console import say
from local.errors import CannotStart, Unhealthy
from local.gunicorn_hooks import PREPARED
from local.layout import ROOT, Layout, write_private
from local.ports import Ports
from local.supervisor import Supervisor

# What is not embedded when the environment names one that runs elsewhere.
EXTERNAL = {"postgres": "DATABASE_URL", "redis": "CONCH_BROKER_URL", "triton": "CONCH_TRITON_URL"}
EMBEDDED = {"postgres": postgres.component, "redis": redis.component, "triton": triton.component}
READY_TIMEOUT_S = 60.0
MODELS_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Stack:
    layout: Layout
    ports: Ports
    given: Mapping[str, str]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Stack":
        return cls(Layout.from_env(env), Ports.from_env(env), dict(env))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['WEB']}"

    def external(self, name: str) -> str:
        """The address of a component that runs elsewhere; empty when it is embedded."""
        return self.given.get(EXTERNAL.get(name, ""), "")

    def whereabouts(self, name: str) -> tuple[str, int | None]:
        """Host and port of a component that runs elsewhere, without its password."""
        address = self.external(name)
        parts = urlsplit(address if "//" in address else f"//{address}")
        return parts.hostname or "127.0.0.1", parts.port

    def probe_external(self, name: str) -> None:
        """Raise Unhealthy, with the reason, unless a component that runs elsewhere answers."""
        if name == "postgres":
            return postgres.probe(self.external(name))
        if name == "redis":
            return redis.probe(self.external(name))
        return triton.probe(self.ports["TRITON_HTTP"], self.whereabouts(name)[0])

    def infrastructure(self) -> list[Component]:
        return [make(self.layout, self.ports) for name, make in EMBEDDED.items() if not self.external(name)]

    def application(self) -> list[Component]:
        return [*application.serving(self.layout, self.ports), *application.working(self.layout)]

    def addresses(self) -> dict[str, str]:
        """What another process must know to find this stack: the content of stack.env."""
        found = {"DATABASE_URL": self.external("postgres") or postgres.url(self.layout, self.ports)}
        found["CONCH_BROKER_URL"] = self.external("redis") or redis.url(self.layout, self.ports)
        if self.external("triton"):
            found["CONCH_TRITON_URL"] = self.external("triton")
        embedded = ",".join(name for name in EXTERNAL if not self.external(name))
        return found | self.ports.as_env() | {"CONCH_EMBEDDED": embedded}

    def environment(self) -> dict[str, str]:
        """The environment of Conch's own processes."""
        paths = [str(ROOT / "platform"), str(ROOT)]
        own = {
            "CONCH_HOME": str(self.layout.home),
            "CONCH_ENVS": str(self.layout.envs),
            "PYTHONUNBUFFERED": "1",
        }
        own["PYTHONPATH"] = os.pathsep.join(paths)
        own["DJANGO_SETTINGS_MODULE"] = self.given.get("DJANGO_SETTINGS_MODULE") or "config.settings.local"
        return dict(self.given) | own | self.addresses()


def run(stack: Stack, supervisor: Supervisor) -> None:
    """Bring the stack up and keep it up until asked to stop; raise CannotStart with the reason.

    The caller holds the supervisor's lock and stops it afterwards, whatever happened.
    """
    began = time.monotonic()
    supervisor.end_orphans()
    prepared = stack.layout.home / PREPARED
    prepared.unlink(missing_ok=True)
    infrastructure, own = stack.infrastructure(), stack.application()
    stack.ports.check([name for component in (*infrastructure, *own) for name in component.ports])
    _check_external(stack)
    if infrastructure:
        say("starting " + ", ".join(component.name for component in infrastructure))
    supervisor.start(infrastructure, stack.given)
    write_private(stack.layout.stack_env, "".join(map("{0[0]}={0[1]}\n".format, stack.addresses().items())))
    say("preparing the database, starting " + ", ".join(component.name for component in own))
    # Pages first: on two cores the workers' start would double the wait for them.
    serving = supervisor.launch(application.serving(stack.layout, stack.ports), stack.environment())
    _prepare(stack, supervisor)
    prepared.touch()
    for one in serving:
        supervisor.await_health(one)
    _await_ready(stack, supervisor)
    supervisor.start(application.working(stack.layout), stack.environment())
    say(f"ready after {time.monotonic() - began:.1f} s: {stack.url}")
    say(f"accounts and passwords: {stack.layout.home / 'accounts.txt'} · Ctrl-C stops everything")
    threading.Thread(target=_tell_of_models, args=(stack, supervisor), daemon=True).start()
    supervisor.watch()


def _check_external(stack: Stack) -> None:
    """Nothing starts without database and broker; Triton may be away and come back."""
    for name in filter(stack.external, EXTERNAL):
        try:
            stack.probe_external(name)
            say(f"{name} is yours: {EXTERNAL[name]} is set")
        except Unhealthy as reason:
            if name != "triton":
                raise CannotStart(f"{EXTERNAL[name]} leads to no {name} that answers: {reason}") from None
            say(f"{name} is yours ({EXTERNAL[name]} is set) and does not answer yet: {reason}")


def _prepare(stack: Stack, supervisor: Supervisor) -> None:
    """Migrate and seed in a process of its own, which reads its settings from the stack's environment."""
    process = subprocess.Popen(
        [stack.layout.web_python, ROOT / "manage.py", "prepare"],
        env=stack.environment(),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    # Said, not logged: it holds the accounts' passwords.
    speaker = threading.Thread(target=_say_all, args=(process.stdout,))
    speaker.start()
    while process.poll() is None and not supervisor.stopping.wait(0.05):
        pass
    if process.poll() is None:
        # PostgreSQL takes back a migration that was cut short.
        process.terminate()
    status = process.wait()
    speaker.join()
    if supervisor.stopping.is_set():
        raise CannotStart("Stopped before everything had started.")
    if status != 0:
        raise CannotStart(f"Preparing the database failed (exit status {status}); the reason stands above.")


def _say_all(lines: IO[str] | None) -> None:
    for line in lines or ():
        say(line.rstrip("\n"), name="prepare")


def _await_ready(stack: Stack, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            application.answers(stack.ports["WEB"], "/readyz")
            return
        except Unhealthy as reason:
            if time.monotonic() > deadline or supervisor.stopping.is_set():
                raise CannotStart(f"The web server does not become ready: {reason}") from None
        time.sleep(0.1)


def _tell_of_models(stack: Stack, supervisor: Supervisor) -> None:
    """Pages are ready before the workers have loaded what should run; say when that is done."""
    began, waited = time.monotonic(), False
    while not supervisor.stopping.wait(0.5):
        try:
            models = json.loads(application.answers(stack.ports["WEB"], "/readyz")).get("models", {})
        except (Unhealthy, ValueError):
            continue
        wanted, ready = models.get("wanted", 0), models.get("ready", 0)
        if ready >= wanted:
            if waited:
                say(f"all {wanted} versions that should run answer, {time.monotonic() - began:.0f} s later")
            return
        if not waited:
            say(f"loading {wanted - ready} of {wanted} versions that should run; until then clients get 404")
            waited = True
        if time.monotonic() - began > MODELS_TIMEOUT_S:
            say(f"{ready} of {wanted} versions that should run answer; see Deployments for the others")
            return
