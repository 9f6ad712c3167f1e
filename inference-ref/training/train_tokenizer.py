"""Trains the tokenizer on the training split and checks that every document round-trips."""

import argparse
import json
import time
from pathlib import Path

from byte_level_bpe import SPECIAL_TOKENS, ByteLevelBpe, train_merges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--context", type=int, default=1024)
    args = parser.parse_args()
    with open(args.work / "documents.jsonl", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    texts = [d["text"] for d in documents if d["split"] == "train"]
    start = time.monotonic()
    merges = train_merges(texts, args.vocab - 256 - len(SPECIAL_TOKENS))
    tokenizer = ByteLevelBpe(merges)
    print(f"{len(tokenizer.vocab)} tokens in {time.monotonic() - start:.1f} s")
    size_bytes = token_count = 0
    for document in documents:
        ids = tokenizer.encode(document["text"])
        if tokenizer.decode(ids) != document["text"]:
            raise SystemExit(f"{document['name']} does not round-trip")
        size_bytes += len(document["text"].encode())
        token_count += len(ids)
    print(f"{token_count} tokens, {size_bytes / token_count:.2f} bytes a token")
    folder = args.work / "model"
    folder.mkdir(exist_ok=True)
    tokenizer.save(folder, args.context)


if __name__ == "__main__":
    main()
