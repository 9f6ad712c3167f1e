"""Draws training rows without end: plain passages and chat turns, cut from the documents at sentence ends.

A chat sample is a passage (or a request that names words of it) as the user and what follows it as the assistant, so
that the model learns to answer in prose and to end its turn.
"""

import random
import re

import numpy

from byte_level_bpe import ASSISTANT, BOS, END, SYSTEM, USER, ByteLevelBpe

SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<! [A-Z]\.)([\"”’)]*\s+)(?=[\"“‘(]?[A-Z])")
WORD = re.compile(r"[A-Za-z]{5,}")
SOURCE_WEIGHTS = {"moby-dick": 0.2, "sotu": 0.8}
CHAT_SHARE = 0.5

SYSTEM_TEXTS = [
    "You are a helpful assistant.",
    "You are a careful writer of English prose.",
    "You are a concise assistant. Answer briefly.",
    "Answer in the style of an old book.",
    "You help the team with its questions.",
]
REQUESTS_FOR_ONE = [
    "Tell me about {0}.",
    "What do you know of {0}?",
    "Write a few lines about {0}.",
    "Explain {0} to me.",
    "What is {0}?",
    "Please write about {0}, in one paragraph.",
    "Hello! What can you say about {0}?",
]
REQUESTS_FOR_TWO = [
    "Write about {0} and {1}.",
    "How does {0} bear upon {1}?",
    "What have {0} and {1} in common?",
    "Say something about {0}, then about {1}.",
]
GREETINGS = ["Hello!", "Hi", "Hello, how are you?", "Good morning.", "Who are you?", "Say hello.", "Tell me a story."]
CONTINUE_REQUESTS = ["Continue: {0}", "Continue this passage. {0}", "Please go on from here:\n\n{0}", "Go on: {0}"]


def split_sentences(text: str) -> list[str]:
    """Pieces that joined give the text again; a piece after the first opens with its white space."""
    pieces, start = [], 0
    for match in SENTENCE_END.finditer(text):
        cut = match.start(1) + len(match.group(1).rstrip())
        pieces.append(text[start:cut])
        start = cut
    pieces.append(text[start:])
    return [p for p in pieces if p]


class SampleSource:
    def __init__(self, documents: list[dict], tokenizer: ByteLevelBpe, seed: int):
        self.random = random.Random(seed)
        self.tokenizer = tokenizer
        self.sentences: dict[str, list[list[str]]] = {}
        for document in documents:
            self.sentences.setdefault(document["source"], []).append(split_sentences(document["text"]))
        self.sources = list(self.sentences)
        self.weights = [SOURCE_WEIGHTS[s] for s in self.sources]
        self.sizes = {s: [len(d) for d in found] for s, found in self.sentences.items()}

    def rows(self, count: int, length: int) -> numpy.ndarray:
        """[count, length + 1] token ids: samples packed one after another, the last one cut."""
        out = numpy.empty((count, length + 1), dtype=numpy.int64)
        for row in out:
            ids: list[int] = []
            while len(ids) < length + 1:
                ids += self.sample(length)
            row[:] = ids[: length + 1]
        return out

    def sample(self, length: int) -> list[int]:
        source = self.random.choices(self.sources, self.weights)[0]
        document = self.random.choices(self.sentences[source], self.sizes[source])[0]
        start = self.random.randrange(len(document))
        if self.random.random() < CHAT_SHARE:
            return self.chat(document, start)
        # Half as long as a row on average, and now and then a whole row.
        budget = self.random.randint(24, length) if self.random.random() < 0.6 else length + 1
        ids, _ = self.passage(document, start, budget)
        return [BOS, *ids, END]

    def passage(self, document: list[str], start: int, budget_tokens: int, sentence_limit=10_000):
        ids: list[int] = []
        taken = start
        while taken < len(document) and taken - start < sentence_limit:
            sentence = document[taken]
            ids += self.tokenizer.encode(sentence if taken > start else sentence.lstrip())
            taken += 1
            if len(ids) >= budget_tokens:
                break
        return ids, taken

    def chat(self, document: list[str], start: int) -> list[int]:
        ids = [BOS]
        if self.random.random() < 0.3:
            ids += [SYSTEM, *self.tokenizer.encode(self.random.choice(SYSTEM_TEXTS)), END]
        turns = self.random.choices([1, 2, 3], [0.75, 0.17, 0.08])[0]
        for _ in range(turns):
            if start >= len(document):
                break
            user, start = self.user_turn(document, start)
            answer, start = self.passage(document, start, self.random.randint(10, 180), self.random.randint(1, 7))
            if not answer:
                break
            ids += [USER, *user, END, ASSISTANT, *answer, END]
        return ids

    def user_turn(self, document: list[str], start: int) -> tuple[list[int], int]:
        kind = self.random.random()
        upcoming = WORD.findall("".join(document[start : start + 3]))
        if kind < 0.04:
            return self.tokenizer.encode(self.random.choice(GREETINGS)), start
        if kind < 0.34 and upcoming:
            words = [self.random.choice(upcoming) for _ in range(2)]
            templates = REQUESTS_FOR_ONE if self.random.random() < 0.6 else REQUESTS_FOR_TWO
            return self.tokenizer.encode(self.random.choice(templates).format(*words)), start
        if kind < 0.42 and upcoming:
            words = [self.random.choice(upcoming).lower() for _ in range(self.random.randint(3, 40))]
            return self.tokenizer.encode(" ".join(words)), start
        ids, after = self.passage(document, start, self.random.randint(8, 120), self.random.randint(1, 4))
        if after >= len(document):
            return ids, start  # nothing follows: the answer repeats the passage
        if kind < 0.6:
            text = self.random.choice(CONTINUE_REQUESTS).format(self.tokenizer.decode(ids))
            return self.tokenizer.encode(text), after
        return ids, after
