"""What one inspection may use, and how much a file may declare."""

from dataclasses import dataclass

GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one inspection.

    `wall_s` is enforced from outside, everything else by the kernel or by the child itself. The address
    space is `memory_bytes` plus `memory_per_file_byte` times the file, for a graph is held about twice.
    """

    wall_s: float = 60.0
    cpu_s: int = 90
    memory_bytes: int = 2 * GIB
    memory_per_file_byte: int = 4
    written_bytes: int = 8 * 1024**2
    sample_bytes: int = 256 * 1024**2
    tensors: int = 256
    golden_bytes: int = 256 * 1024

    def address_space_bytes(self, file_bytes: int) -> int:
        return self.memory_bytes + self.memory_per_file_byte * file_bytes
