"""Models as PyTorch writes them, with its own answers. Runs with the Python of Triton's environment:

    python -P torch_models.py FOLDER [compiled]

makes FOLDER/<kind>/model.pt or model.pt2, inputs.npz (by argument) and outputs.npz (OUTPUT__0, … by place).
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.body = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.body(image)


class Two(nn.Module):
    """Different types in and out, and arguments whose order matters."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return left - right.to(left.dtype), right > 0


class Named(nn.Module):
    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"twice": image * 2, "best": image.argmax(dim=1)}


class Types(nn.Module):
    """Gives back what it gets, as a copy."""

    def forward(
        self,
        a: torch.Tensor,
        b: torch.Tensor,
        c: torch.Tensor,
        d: torch.Tensor,
        e: torch.Tensor,
        f: torch.Tensor,
        g: torch.Tensor,
        h: torch.Tensor,
    ) -> list[torch.Tensor]:
        return [a.clone(), b.clone(), c.clone(), d.clone(), e.clone(), f.clone(), g.clone(), h.clone()]


class Picky(nn.Module):
    """Refuses what has a negative number in it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool((x < 0).any()):
            raise RuntimeError("negative")
        return x + 1


X = torch.tensor([[1, 2, 3], [-1, 0.5, 4]])
ROW = [[0, 1, 3]]
DTYPES = (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float64,
)  # fmt: skip
SCRIPTED = {
    "net": (Net(), [X]),
    "two": (Two(), [torch.tensor([[5.0, 7.0]]), torch.tensor([[1, -2]])]),
    "named": (Named(), [X]),
    "picky": (Picky(), [torch.ones(1, 2)]),
    "types": (Types(), [torch.tensor(ROW, dtype=dtype) for dtype in DTYPES]),
}


def main() -> None:
    if sys.argv[2:] == ["compiled"]:
        package = kept("compiled", Net(), [X]) / "model.pt2"
        torch._inductor.aoti_compile_and_package(exported(), package_path=str(package))
        return
    for kind, (module, inputs) in SCRIPTED.items():
        folder = kept(kind, module, inputs)
        torch.jit.save(torch.jit.script(module.eval()), folder / "model.pt")
    torch.export.save(exported(), kept("exported", Net(), [X]) / "model.pt2")


def exported() -> torch.export.ExportedProgram:
    batch = {"image": {0: torch.export.Dim("batch", min=1, max=64)}}
    return torch.export.export(Net().eval(), (X,), dynamic_shapes=batch)


def kept(kind: str, module: nn.Module, inputs: list[torch.Tensor]) -> Path:
    """A folder with the inputs, and what the module answers to them."""
    folder = Path(sys.argv[1]) / kind
    folder.mkdir(parents=True)
    with torch.no_grad():
        found = module(*inputs)
    every = list(found.values()) if isinstance(found, dict) else found
    every = every if isinstance(every, list | tuple) else [every]
    np.savez(folder / "inputs.npz", *(tensor.numpy() for tensor in inputs))
    np.savez(folder / "outputs.npz", **{f"OUTPUT__{at}": one.numpy() for at, one in enumerate(every)})
    return folder


if __name__ == "__main__":
    main()
