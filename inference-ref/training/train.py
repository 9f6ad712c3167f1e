"""Trains the bundled model for a given wall-clock time and writes weights, shape and a log.

The learning rate and the row length follow elapsed time, so that a busy machine sees fewer tokens and still ends with
the whole schedule behind it.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from torch.nn import functional

from byte_level_bpe import BOS, END, PAD, ByteLevelBpe, write_json
from decoder import Decoder, Shape
from safetensors_file import load_safetensors, save_safetensors
from samples import SampleSource

# (share of the time at which the phase ends, row length, rows a step)
PHASES = [(0.70, 256, 16), (0.85, 512, 8), (1.0, 1024, 4)]
WARM_UP_STEPS = 150
LOW_RATE_SHARE = 0.03


GENERATION = {
    "bos_token_id": BOS,
    "eos_token_id": END,
    "pad_token_id": PAD,
    "do_sample": True,
    "temperature": 0.8,
    "top_p": 0.95,
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1851)
    parser.add_argument("--continue-from", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 products (slower on recent processors)")
    return parser.parse_args()


def create_optimizer(model: Decoder, rate: float, decay: float) -> torch.optim.Optimizer:
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), foreach=True)


def phase_at(progress: float) -> tuple[int, int]:
    return next((length, rows) for end, length, rows in PHASES if progress <= end)


def rate_at(progress: float, step: int, peak: float) -> float:
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return peak * warm * (LOW_RATE_SHARE + (1 - LOW_RATE_SHARE) * cosine)


def loss_of(model: Decoder, rows: torch.Tensor, low: bool) -> torch.Tensor:
    logits = model(rows[:, :-1], low)
    return functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())


@torch.no_grad()
def mean_loss(model: Decoder, batches: list[torch.Tensor], low: bool) -> float:
    model.eval()
    losses = [loss_of(model, rows, low).item() for rows in batches]
    model.train()
    return sum(losses) / len(losses)


def continuous_rows(documents: list[dict], tokenizer: ByteLevelBpe, length: int, limit: int) -> list[torch.Tensor]:
    """Held-out documents as they stand, cut into whole rows: the figure of the model card."""
    rows = []
    for document in documents:
        ids = [BOS, *tokenizer.encode(document["text"])]
        rows += [ids[i : i + length + 1] for i in range(0, len(ids) - length, length)]
    step = max(1, len(rows) // limit)
    return [torch.tensor([row]) for row in rows[::step]]


def load_documents(work: Path) -> tuple[list[dict], list[dict]]:
    with open(work / "documents.jsonl", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    train = [d for d in documents if d["split"] == "train"]
    return train, [d for d in documents if d["split"] == "validation"]


def save(folder: Path, model: Decoder, report: dict) -> None:
    save_safetensors(folder / "weights.safetensors", model.named_tensors())
    write_json(folder / "config.json", model.shape.config())
    write_json(folder / "generation_config.json", GENERATION)
    write_json(folder / "training.json", report)


class Trainer:
    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.folder = args.work / "model"
        tokenizer = ByteLevelBpe.load(self.folder)
        train, validation = load_documents(args.work)
        self.source = SampleSource(train, tokenizer, args.seed)
        held_out = SampleSource(validation, tokenizer, args.seed + 1)
        self.mixed = [torch.from_numpy(held_out.rows(16, 256)) for _ in range(6)]
        self.documents = continuous_rows(validation, tokenizer, 512, 48)
        self.final_rows = continuous_rows(validation, tokenizer, 1024, 10_000)
        self.model = Decoder(Shape(vocab_size=len(tokenizer.vocab)))
        if args.continue_from is not None:
            self.model.load_named_tensors(load_safetensors(args.continue_from))
        self.optimizer = create_optimizer(self.model, args.learning_rate, args.weight_decay)
        self.low = not args.float32
        self.log = open(args.work / "training.log", "a", encoding="utf-8")
        self.tokens_seen = self.step = 0

    def run(self) -> None:
        limit_s = self.args.minutes * 60
        start = time.monotonic()
        next_report_s, recent = 60.0, []
        while (elapsed_s := time.monotonic() - start) < limit_s:
            recent.append(self.train_step(elapsed_s / limit_s))
            if elapsed_s >= next_report_s:
                self.report(elapsed_s, sum(recent) / len(recent))
                recent, next_report_s = [], elapsed_s + 120
        self.report(time.monotonic() - start, sum(recent) / max(1, len(recent)), final=True)

    def train_step(self, progress: float) -> float:
        length, rows = phase_at(progress)
        batch = torch.from_numpy(self.source.rows(rows, length))
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(progress, self.step, self.args.learning_rate)
        loss = loss_of(self.model, batch, self.low)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.tokens_seen += rows * length
        return loss.item()

    def report(self, elapsed_s: float, train_loss: float, final: bool = False) -> None:
        low = self.low and not final
        entry = {
            "elapsed_s": round(elapsed_s),
            "steps": self.step,
            "tokens_seen": self.tokens_seen,
            "train_loss": round(train_loss, 4),
            "validation_mixed_loss": round(mean_loss(self.model, self.mixed, low), 4),
            "validation_documents_loss": round(mean_loss(self.model, self.documents, low), 4),
        }
        if final:
            entry["validation_documents_1024_loss"] = round(mean_loss(self.model, self.final_rows, low), 4)
        line = json.dumps(entry)
        print(line, flush=True)
        self.log.write(line + "\n")
        self.log.flush()
        save(self.folder, self.model, entry)


def main() -> None:
    args = parse_arguments()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    trainer = Trainer(args)
    count = sum(p.numel() for p in trainer.model.parameters())
    print(f"{count} parameters", flush=True)
    trainer.run()


if __name__ == "__main__":
    main()
