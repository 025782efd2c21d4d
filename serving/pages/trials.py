"""An answer of the playground as the page shows it: values, JSON, and the latency in parts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import quantities
from serving.playground import Trial
from serving.tensor_body import to_json
from serving.tensor_values import literal

MOST_VALUES = 100
MOST_JSON_VALUES = 10_000
PARTS = (
    ("queue", "queue", gettext_lazy("Queue")),
    ("input", "compute_input", gettext_lazy("Input")),
    ("infer", "compute_infer", gettext_lazy("Compute")),
    ("output", "compute_output", gettext_lazy("Output")),
)


def shown(trial: Trial) -> dict[str, Any]:
    """Outputs with their first values, the answer as JSON unless it is huge, and the split."""
    count = sum(len(_data(output)) for output in trial.outputs)
    parts = _parts(trial)
    named = ", ".join(f"{part['label']} {part['value']}" for part in parts)
    return {
        "outputs": [_output(output) for output in trial.outputs],
        "json": to_json(trial.outputs, key="outputs") if count <= MOST_JSON_VALUES else "",
        "count": count,
        "latency_ms": trial.latency_ms,
        "parts": parts,
        "reading": _("%(time)s in all: %(parts)s.")
        % {"time": quantities.milliseconds(trial.latency_ms), "parts": named},
    }


def _output(output: dict[str, Any]) -> dict[str, Any]:
    data = _data(output)
    values = [literal(value, output["datatype"]) for value in data[:MOST_VALUES]]
    return {
        "name": output["name"],
        "datatype": output["datatype"],
        "shape": f"[{', '.join(str(size) for size in output['shape'])}]",
        "values": ", ".join(values),
        "more": max(len(data) - MOST_VALUES, 0),
    }


def _data(output: dict[str, Any]) -> list[Any]:
    return list(output["data"])


def _parts(trial: Trial) -> list[dict[str, Any]]:
    """The server's times by Triton's counters; the rest of the caller's time is network and client."""
    if trial.split_ms is None:
        return []
    times = [(key, str(label), trial.split_ms[name]) for key, name, label in PARTS]
    inside = sum(time for _key, _label, time in times)
    times.append(("other", _("Network and client"), max(trial.latency_ms - inside, 0.0)))
    whole = max(trial.latency_ms, inside) or 1.0
    return [
        {"key": key, "label": label, "value": quantities.milliseconds(time), "share": time / whole * 100}
        for key, label, time in times
    ]
