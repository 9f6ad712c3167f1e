#!/bin/sh
# The whole run: texts, tokenizer, training, the ONNX model and the reference figures of its test.
# Usage: run.sh [minutes] [work folder outside of the repository]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
minutes=${1:-60}
work=${2:-$(mktemp -d)}
python=${PYTHON:-/usr/bin/python3}
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$work"
cd "$here"
"$python" fetch_corpus.py --work "$work"
"$python" train_tokenizer.py --work "$work"
# Large tensors come from the heap, not from mmap: without the page faults a step takes a third less. Threads that
# wait sleep, so that a busy machine is not slowed by waiting.
MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456 \
  GOMP_SPINCOUNT=0 OMP_WAIT_POLICY=passive \
  "$python" train.py --work "$work" --minutes "$minutes"
cd "$root"
npx tollgate infer build --from "$work/model" --dtype fp32 --half-storage --out inference-ref/bundled-model
"$python" "$here/write_reference.py" --work "$work" --out inference-ref/src/onnx-graph/bundled-model.fixture.json
npx vitest run inference-ref/src/onnx-graph/bundled-model.test.ts
echo "done: fill in the figures of $work/training.log in inference-ref/bundled-model/MODEL_CARD.md"
