"""Writes and reads tensors in the safetensors layout: eight bytes of header length, a JSON header, the raw bytes."""

import json
import struct
from pathlib import Path

import numpy
import torch


def save_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    header, offset = {}, 0
    for name, tensor in tensors.items():
        size_bytes = tensor.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size_bytes]}
        offset += size_bytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            out.write(tensor.float().contiguous().numpy().tobytes())
    partial.replace(path)


def load_safetensors(path: Path) -> dict[str, torch.Tensor]:
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(numpy.frombuffer(data[start:end], "<f4").reshape(entry["shape"]).copy())
    return tensors
