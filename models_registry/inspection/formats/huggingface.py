"""A Hugging Face folder of a model that generates text: served by vLLM, described by config.json."""

import json
from typing import Any

from models_registry.inspection import safetensors
from models_registry.inspection.files import Files, named, suffixed, text, total_bytes
from models_registry.inspection.graph import clean
from models_registry.inspection.limits import Limits
from models_registry.inspection.refused import Refused
from models_registry.inspection.report import Inspection, remark

NAME = "huggingface"
MOST_JSON_BYTES = 32 * 1024 * 1024
GENERATING = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "tekken.json")
ITEM_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
# What the vLLM backend takes and sends; it adds these to any configuration by itself.
SIGNATURE: dict[str, Any] = {
    "inputs": [
        {"name": "text_input", "datatype": "BYTES", "shape": [1], "dims": [1]},
        {"name": "stream", "datatype": "BOOL", "shape": [1], "dims": [1], "optional": True},
        {"name": "sampling_parameters", "datatype": "BYTES", "shape": [1], "dims": [1], "optional": True},
        {"name": "exclude_input_in_output", "datatype": "BOOL", "shape": [1], "dims": [1], "optional": True},
    ],
    "outputs": [{"name": "text_output", "datatype": "BYTES", "shape": [-1], "dims": [-1]}],
    "batchable": False,
}


def detect(files: Files) -> int:
    if not named(files, "config.json"):
        return 0
    return 80 if suffixed(files, ".safetensors", ".bin") else 0


def inspect(files: Files, *, limits: Limits) -> Inspection:
    place = named(files, "config.json")
    folder = place.removesuffix("config.json")
    config = _object(files, place)
    architectures = [clean(str(one)) for one in config.get("architectures") or []][:5]
    if not any(one.endswith(GENERATING) for one in architectures):
        raise Refused("huggingface-not-generating", architectures=", ".join(architectures) or "–")
    shards = suffixed(files, ".safetensors")
    if not shards:
        raise Refused("huggingface-pickled", filename=suffixed(files, ".bin")[0])
    if not any(f"{folder}{name}" in files for name in TOKENIZERS):
        raise Refused("huggingface-no-tokenizer")
    _refuse_missing_shards(files, folder)
    counted = [safetensors.count(files[shard], filename=shard) for shard in shards]
    facts = _facts(config, architectures) | {
        "parameters": sum(one.parameters for one in counted),
        "weights": sorted({kind for one in counted for kind in one.kinds}),
        "weights_bytes": sum(one.size_bytes for one in counted),
        "bytes": total_bytes(files),
        "ran": [],
    }
    code = sorted(suffixed(files, ".py"))
    warnings = [remark("not-run", backend="vllm")]
    if config.get("auto_map") or code:
        facts["code"] = code or ["auto_map"]
        warnings.append(remark("remote-code", names=", ".join(facts["code"][:5])))
    if f"{folder}model.json" in files:
        facts["engine"] = _object(files, f"{folder}model.json")
        if facts["engine"].get("trust_remote_code"):
            raise Refused("trust-remote-code")
    else:
        facts["engine"] = _engine(facts)
        warnings.append(remark("no-model-json", text=json.dumps(facts["engine"])))
    return Inspection(format=NAME, backend="vllm", signature=SIGNATURE, facts=facts, warnings=warnings)


def _object(files: Files, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text(files[name], name=name, most_bytes=MOST_JSON_BYTES))
    except (ValueError, RecursionError):
        raise Refused("bad-json", filename=name) from None
    if not isinstance(found, dict):
        raise Refused("bad-json", filename=name)
    return found


def _refuse_missing_shards(files: Files, folder: str) -> None:
    index = f"{folder}model.safetensors.index.json"
    if index not in files:
        return
    listed = _object(files, index).get("weight_map")
    names = set(listed.values()) if isinstance(listed, dict) else set()
    lacking = sorted(str(name) for name in names if f"{folder}{name}" not in files)
    if lacking:
        raise Refused("huggingface-missing-shards", names=", ".join(map(clean, lacking[:5])))


def _facts(config: dict[str, Any], architectures: list[str]) -> dict[str, Any]:
    inner = config.get("text_config")
    told = inner if isinstance(inner, dict) else config
    layers, hidden, heads = (
        _number(told.get(key)) for key in ("num_hidden_layers", "hidden_size", "num_attention_heads")
    )
    kv_heads = _number(told.get("num_key_value_heads")) or heads
    head_size = _number(told.get("head_dim")) or (hidden // heads if heads else 0)
    dtype = clean(str(config.get("dtype") or config.get("torch_dtype") or ""))
    quantization = config.get("quantization_config")
    method = quantization.get("quant_method", "") if isinstance(quantization, dict) else ""
    return {
        "architectures": architectures,
        "dtype": dtype,
        "context": _number(told.get("max_position_embeddings")),
        "quantization": clean(str(method)),
        # Keys and values of one token over all layers; what the cache on the GPU is sized by.
        "cache_bytes_per_token": 2 * layers * kv_heads * head_size * ITEM_BYTES.get(dtype, 2),
    }


def _engine(facts: dict[str, Any]) -> dict[str, Any]:
    """Arguments for vLLM's engine that are safe to begin with; `model` is where the folder lies there."""
    engine: dict[str, Any] = {"model": "", "gpu_memory_utilization": 0.9, "disable_log_stats": False}
    if facts["context"]:
        engine["max_model_len"] = min(facts["context"], 8192)
    if facts["dtype"] in ITEM_BYTES:
        engine["dtype"] = facts["dtype"]
    return engine


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 2**31 else 0
