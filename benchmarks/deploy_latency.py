"""How long from approval to READY, next to the raw gRPC load of the same files in the same run.

    .conch/envs/web/bin/python benchmarks/deploy_latency.py [--runs 10]

Target: the overhead over the raw load is at most 0.5 s (median).
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from scene import machine, scene

POLL_S = 0.005
TARGET_S = 0.5


def main(runs: int) -> int:
    with scene(worker=True):
        from django.core.management import call_command

        call_command("ensure_embedded_server", verbosity=0)
        rows = [one_run(index) for index in range(runs)]
    print(f"\nApproval to READY against the raw gRPC load, {runs} runs; {machine()}\n")
    print(f"{'run':>4} {'raw load':>10} {'approval→READY':>15} {'overhead':>9} {'ratio':>6}")
    for index, (raw, whole) in enumerate(rows, start=1):
        print(f"{index:>4} {raw:>9.3f}s {whole:>14.3f}s {whole - raw:>8.3f}s {whole / raw:>6.2f}")
    overhead = statistics.median(whole - raw for raw, whole in rows)
    raw, whole = (statistics.median(row[side] for row in rows) for side in (0, 1))
    print(f"\nmedian: raw {raw:.3f} s, whole {whole:.3f} s, overhead {overhead:.3f} s (target {TARGET_S} s)")
    return 0 if overhead <= TARGET_S else 1


def one_run(index: int) -> tuple[float, float]:
    """(seconds of the raw load, seconds from approval to READY) of one and the same file."""
    from core.roles import Role
    from models_registry import services
    from models_registry.lifecycle import Stage
    from serving.models import Deployment, Phase
    from tests.factories import a_promotion, a_user, acting
    from tests.onnx_models import a_real_version

    version = a_real_version(Stage.REGISTERED, factor=float(index + 2))
    reviewer, promotion = a_user(Role.REVIEWER), a_promotion(version)
    raw = raw_load(version)
    began = time.perf_counter()
    services.review_promotion(
        actor=acting(reviewer), promotion_id=promotion.pk, verdict="approve", comment="Measured."
    )
    while True:
        deployment = Deployment.objects.filter(version=version).first()
        if deployment is not None and deployment.phase is Phase.READY:
            return raw, time.perf_counter() - began
        if time.perf_counter() - began > 60:
            raise SystemExit(f"not ready after 60 s: {deployment and deployment.last_error}")
        time.sleep(POLL_S)


def raw_load(version: object) -> float:
    """Seconds of one load call for the same files under another name; taken away again afterwards."""
    from models_registry import artifacts, modelconfig
    from serving.models import TritonServer
    from serving.triton import repository
    from serving.triton.connect import control

    server = TritonServer.objects.get()
    root, name = Path(server.repository), f"raw-{version.pk}"  # type: ignore[attr-defined]
    file = version.files.get()  # type: ignore[attr-defined]
    config = modelconfig.render(version.config_text, triton_name=name)  # type: ignore[attr-defined]
    files = [("1/model.onnx", artifacts.path_of(file.sha256), file.sha256)]
    repository.stage(root, name, config_text=config, files=files)
    client = control(server)
    began = time.perf_counter()
    client.load(name)
    took = time.perf_counter() - began
    client.unload(name)
    repository.remove(root, name)
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    sys.exit(main(parser.parse_args().runs))
