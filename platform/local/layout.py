"""What lies where in the state folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """The state folder `home` and the Python environments `envs`, which need not lie in it."""

    home: Path
    envs: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Layout":
        home = Path(env.get("CONCH_HOME") or ROOT / ".conch").resolve()
        return cls(home=home, envs=Path(env.get("CONCH_ENVS") or ROOT / ".conch" / "envs").resolve())

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def triton(self) -> Path:
        return self.home / "triton"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def stack_env(self) -> Path:
        return self.home / "stack.env"

    @property
    def web_python(self) -> Path:
        return self.envs / "web" / "bin" / "python"

    @property
    def triton_python(self) -> Path:
        return self.envs / "triton" / "bin" / "python"

    def prepare(self) -> None:
        """Make the folders; others may search it only if a component runs as another user."""
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.home.chmod(self.home.stat().st_mode | 0o111)
        for private in (self.redis, self.logs, self.run):
            private.mkdir(mode=0o700, exist_ok=True)
        for shared in (self.triton, self.models, self.home / "artifacts", self.home / "static"):
            shared.mkdir(exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Replace a file at once; only the owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
