"""A byte-level BPE: trains the merges from pre-token counts, encodes, and writes Hugging Face's tokenizer files.

The pre-tokeniser is GPT-2's, as the `ByteLevel` component of tokenizer.json means it, so that any loader of that
format splits text the same way.
"""

import heapq
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

SPECIAL_TOKENS = ["<|bos|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"]
BOS, END, SYSTEM, USER, ASSISTANT, PAD = range(len(SPECIAL_TOKENS))

PRE_TOKEN = re.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+",
    re.UNICODE,
)

CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message['role'] in ['system', 'developer'] %}<|system|>"
    "{% elif message['role'] == 'assistant' %}<|assistant|>"
    "{% else %}<|user|>{% endif %}"
    "{{ message['content'] | trim }}<|end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def byte_alphabet() -> list[str]:
    """GPT-2's map from each byte to a printable character."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet, spare = [""] * 256, 256
    for byte in range(256):
        if byte in printable:
            alphabet[byte] = chr(byte)
        else:
            alphabet[byte] = chr(spare)
            spare += 1
    return alphabet


BYTE_CHARS = byte_alphabet()


def to_byte_chars(text: str) -> str:
    return "".join(BYTE_CHARS[b] for b in text.encode("utf-8"))


def train_merges(texts, merge_count: int) -> list[tuple[str, str]]:
    """Merges by falling pair count; ties by the pair itself, so that a run repeats exactly."""
    pre_tokens: Counter[str] = Counter()
    for text in texts:
        pre_tokens.update(PRE_TOKEN.findall(text))
    words = [[list(to_byte_chars(w)), n] for w, n in sorted(pre_tokens.items())]
    counts: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, (symbols, n) in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            counts[pair] += n
            where[pair].add(index)
    heap = [(-n, pair) for pair, n in counts.items()]
    heapq.heapify(heap)
    merges: list[tuple[str, str]] = []
    while len(merges) < merge_count and heap:
        negative, pair = heapq.heappop(heap)
        if -negative != counts[pair] or counts[pair] == 0:
            continue  # stale: a fresher entry of this pair is on the heap
        merges.append(pair)
        touched = apply_merge(pair, words, counts, where)
        for changed in touched:
            if counts[changed] > 0:
                heapq.heappush(heap, (-counts[changed], changed))
    return merges


def apply_merge(pair, words, counts, where) -> set[tuple[str, str]]:
    touched: set[tuple[str, str]] = set()
    for index in where.pop(pair, ()):
        symbols, n = words[index]
        for old in zip(symbols, symbols[1:]):
            counts[old] -= n
            touched.add(old)
        merged = merge_symbols(symbols, pair)
        words[index][0] = merged
        for new in zip(merged, merged[1:]):
            counts[new] += n
            where[new].add(index)
            touched.add(new)
    counts[pair] = 0
    return touched


def merge_symbols(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    merged, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class ByteLevelBpe:
    def __init__(self, merges: list[tuple[str, str]]):
        self.merges = merges
        self.rank = {pair: i for i, pair in enumerate(merges)}
        tokens = [*SPECIAL_TOKENS, *sorted(BYTE_CHARS), *(a + b for a, b in merges)]
        self.vocab = {token: i for i, token in enumerate(tokens)}
        self.text_of = {i: token for token, i in self.vocab.items()}
        self.byte_of = {c: b for b, c in enumerate(BYTE_CHARS)}
        self.cache: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for pre_token in PRE_TOKEN.findall(text):
            found = self.cache.get(pre_token)
            if found is None:
                found = self.cache[pre_token] = self.encode_pre_token(pre_token)
            ids.extend(found)
        return ids

    def encode_pre_token(self, pre_token: str) -> list[int]:
        symbols = list(to_byte_chars(pre_token))
        while len(symbols) > 1:
            best = min(zip(symbols, symbols[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
            if best not in self.rank:
                break
            symbols = merge_symbols(symbols, best)
        return [self.vocab[s] for s in symbols]

    def decode(self, ids) -> str:
        data = bytearray()
        for i in ids:
            token = self.text_of[i]
            data += token.encode() if i < len(SPECIAL_TOKENS) else bytes(self.byte_of[c] for c in token)
        return data.decode("utf-8", errors="replace")

    def save(self, folder: Path, context_tokens: int) -> None:
        write_json(folder / "tokenizer.json", self.tokenizer_json())
        write_json(folder / "tokenizer_config.json", tokenizer_config_json(context_tokens))

    def tokenizer_json(self) -> dict:
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        bos = {"SpecialToken": {"id": "<|bos|>", "type_id": 0}}
        sequence = {"Sequence": {"id": "A", "type_id": 0}}
        pair_sequence = {"Sequence": {"id": "B", "type_id": 0}}
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [added_token(i, t) for i, t in enumerate(SPECIAL_TOKENS)],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [bos, sequence],
                "pair": [bos, sequence, pair_sequence],
                "special_tokens": {"<|bos|>": {"id": "<|bos|>", "ids": [BOS], "tokens": ["<|bos|>"]}},
            },
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": self.vocab,
                "merges": [[a, b] for a, b in self.merges],
            },
        }

    @staticmethod
    def load(folder: Path) -> "ByteLevelBpe":
        data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        return ByteLevelBpe([(a, b) for a, b in data["model"]["merges"]])


def added_token(token_id: int, content: str) -> dict:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": token_id, "content": content, **flags}


def tokenizer_config_json(context_tokens: int) -> dict:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context_tokens,
        "bos_token": "<|bos|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
