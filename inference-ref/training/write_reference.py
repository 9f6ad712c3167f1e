"""Writes what PyTorch computes with the weights as the ONNX file holds them (rounded to float16), for the test that
compares the committed model with it."""

import argparse
import json
from pathlib import Path

import torch

from byte_level_bpe import ASSISTANT, BOS, END, USER, ByteLevelBpe
from decoder import Decoder, Shape
from safetensors_file import load_safetensors

PASSAGE = (
    "Some years ago, never mind how long precisely, having little or no money in my purse, and nothing particular to "
    "interest me on shore, I thought I would sail about a little and see the watery part of the world."
)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    folder = args.work / "model"
    tokenizer = ByteLevelBpe.load(folder)
    model = Decoder(Shape(vocab_size=len(tokenizer.vocab)))
    model.eval()
    stored = load_safetensors(folder / "weights.safetensors")
    model.load_named_tensors({name: tensor.half().float() for name, tensor in stored.items()})
    passage = tokenizer.encode(PASSAGE)
    # Long enough that the last positions of the context are looked up too.
    ids = [BOS, USER, *passage, END, ASSISTANT, *(passage * 40)][:1024]
    logits = model(torch.tensor([ids]))[0].double()
    samples = [
        {
            "position": position,
            "first": [round(x, 5) for x in logits[position, :8].tolist()],
            "log_sum_exp": round(torch.logsumexp(logits[position], 0).item(), 5),
            "best": logits[position].argmax().item(),
        }
        for position in (0, 1, 7, 30, 63, 200, 511, 800, 1023)
    ]
    args.out.write_text(json.dumps({"ids": ids, "samples": samples}) + "\n")


if __name__ == "__main__":
    main()
