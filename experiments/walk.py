"""The whole path through the public API, as a user with three tokens would walk it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from core.errors import PlatformError

Json = dict[str, Any]
POLL_S = 0.2
TIMEOUT_S = 120.0


class Refused(PlatformError):
    """The API answered with a problem."""


@dataclass(frozen=True, slots=True)
class Api:
    """One person's way in."""

    url: str
    token: str

    def get(self, path: str) -> Json:
        return self._send("GET", path)

    def post(self, path: str, body: Json | None = None) -> Json:
        return self._send("POST", path, json.dumps(body or {}).encode())

    def upload(self, path: str, file: Path) -> Json:
        with file.open("rb") as stream:
            return self._send(
                "PUT", path, stream, length=file.stat().st_size, kind="application/octet-stream"
            )

    def _send(self, method: str, path: str, body: Any = None, *, length: int = 0, kind: str = "") -> Json:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind or "application/json"}
        if length:
            headers["Content-Length"] = str(length)
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            refused = Refused(problem["detail"], code=problem["title"], hint=problem.get("hint", ""))
            refused.status = error.code
            raise refused from error


@dataclass(frozen=True, slots=True)
class People:
    engineer: Api
    reviewer: Api
    operator: Api


def register(people: People, *, model: str, file: Path) -> int:
    """A new version from a file; returns its number."""
    version = people.engineer.post(f"models/{model}/versions/")
    path = f"models/{model}/versions/{version['number']}/"
    people.engineer.upload(f"{path}files/{file.name}/", file)
    read = wait(lambda: people.engineer.get(path), lambda found: found["inspection"] in {"passed", "failed"})
    if read["inspection"] == "failed":
        raise Refused(read["inspection_problem"]["detail"])
    people.engineer.post(f"{path}register/")
    # Nothing is promoted before its files are scanned.
    wait(lambda: people.engineer.get(path), _is_scanned)
    return int(version["number"])


def _is_scanned(version: Json) -> bool:
    return all(file["scan"]["state"] != "pending" for file in version["files"])


def promote(people: People, *, model: str, number: int, verb: str, reason: str, comment: str) -> float:
    """Request, approve, and wait until the version is ready; returns the seconds from approval to READY."""
    path = f"models/{model}/versions/{number}/promote/"
    promotion = people.engineer.post(path, {"verb": verb, "reason": reason})
    began = time.perf_counter()
    people.reviewer.post(f"promotions/{promotion['id']}/review/", {"verdict": "approve", "comment": comment})
    wait(lambda: deployment(people, model=model, number=number), lambda found: found.get("phase") == "ready")
    return time.perf_counter() - began


def deployment(people: People, *, model: str, number: int) -> Json:
    """The deployment of a version; {} while there is none. Raises Refused when it failed for good."""
    rows = people.engineer.get(f"deployments/?model={model}&page_size=100")["results"]
    found: Json = next((row for row in rows if row["number"] == number), {})
    if found.get("phase") == "failed":
        raise Refused(found["last_error"], hint=found["last_hint"])
    return found


def benchmark(people: People, *, model: str, number: int, levels: list[int], seconds: float) -> Json:
    """Measure a version and wait for the result."""
    asked = {"model": model, "number": number, "levels": levels, "seconds": seconds}
    begun = people.engineer.post("benchmarks/", asked)
    ended = {"done", "failed", "cancelled"}
    return wait(
        lambda: people.engineer.get(f"benchmarks/{begun['id']}/"), lambda found: found["state"] in ended
    )


def wait(look: Callable[[], Json], done: Callable[[Json], bool]) -> Json:
    """What is looked at, once it is as wanted; what a worker has not made yet is waited for as well."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            found = look()
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
            continue
        if done(found):
            return found
        if time.monotonic() > deadline:
            raise Refused(
                f"Nothing happened for {TIMEOUT_S:g} s; the last answer was {json.dumps(found)[:400]}"
            )
        time.sleep(POLL_S)
