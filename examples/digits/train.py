"""Two digit classifiers of different size, trained here and exported to ONNX. Nothing is downloaded.

    python examples/digits/train.py FOLDER

scikit-learn brings the data (1,797 images of 8 × 8 pixels, UCI) and the training, skl2onnx the export.
"""

import json
import sys
from pathlib import Path
from typing import Any

SEED = 7
SIZES: dict[str, tuple[int, ...]] = {"digits-small.onnx": (32,), "digits-large.onnx": (256, 128)}


def train(folder: Path) -> list[dict[str, Any]]:
    """Write the two files and figures.json into `folder`.

    Each model takes X, FP32 [batch, 64], pixels from 0 to 16, and answers with label, INT64 [batch], and
    probabilities, FP32 [batch, 10].

    Returns:
        For each file: its name, hidden layers, held-out accuracy (0 to 1) and size in bytes.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    parts = train_test_split(pixels, labels, test_size=0.3, random_state=SEED, stratify=labels)
    folder.mkdir(parents=True, exist_ok=True)
    figures = [_one(folder / name, layers, parts) for name, layers in SIZES.items()]
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def _one(path: Path, layers: tuple[int, ...], parts: list[Any]) -> dict[str, Any]:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    fit_x, test_x, fit_y, test_y = parts
    model = make_pipeline(StandardScaler(), MLPClassifier(layers, max_iter=300, random_state=SEED))
    # Matrices this small are multiplied faster by one thread than by many that wait for each other.
    with threadpool_limits(1):
        model.fit(fit_x, fit_y)
    exported = to_onnx(
        model, initial_types=[("X", FloatTensorType([None, 64]))], options={"zipmap": False}, target_opset=17
    )
    path.write_bytes(exported.SerializeToString())
    return {
        "file": path.name,
        "layers": list(layers),
        "accuracy": float(model.score(test_x, test_y)),
        "bytes": path.stat().st_size,
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where to write: python examples/digits/train.py FOLDER")
    print(json.dumps(train(Path(sys.argv[1])), indent=2))
