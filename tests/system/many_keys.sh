#!/usr/bin/env bash
# Aggregates of 50 million distinct keys, and of a table whose one group has a third of all lines, on a memory budget: the same digest as on
# ample memory and on two ranks, and the right sums. usage: many_keys.sh KEYS
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
keys=${1:-50000000}

"$FULLBASE_TEST_PYTHON" - "$keys" <<'PY'
import sys

import h5py
import numpy as np

keys = int(sys.argv[1])
rows = keys + keys // 2
with h5py.File("lines.h5", "w") as file:
    group = file.create_group("lines")
    key = group.create_dataset("key", rows, "i8", chunks=65536)
    value = group.create_dataset("value", rows, "i8", chunks=65536)
    for first in range(0, rows, 1 << 20):
        i = np.arange(first, min(rows, first + (1 << 20)), dtype=np.uint64)
        # Each key once, far apart; then one key with a third of all lines.
        key[first:first + len(i)] = np.where(i < keys, i * np.uint64(0x9E3779B97F4A7C15), np.uint64(12345)).astype("i8")
        value[first:first + len(i)] = (i % np.uint64(1000)).astype("i8")
PY
cat >job.yaml <<'YAML'
version: 1
output: {file: out.h5}
inputs: {lines: {file: lines.h5, table: lines}}
steps:
  groups:
    job: aggregate
    from: lines
    by: key
    measures: {lines: count, total: {sum: value}, values: {distinct: value}, most: {max: value}}
YAML
run() { # RANKS MEMORY
  mpi "$1" run job.yaml --fresh --quiet --memory "$2" >run.log 2>&1 || { cat run.log; breach "the run on $1 ranks with $2 failed"; }
  "$FULLBASE" digest out.h5 | tail -1
}
little=$((keys / 48828 + 24))MiB     # 1 GiB for 50 million
expected=$(run 1 "$little")
passes=$(grep -o '"passes": [0-9]*' out.h5.run.json | grep -o '[0-9]*$')
[ "$passes" -gt 1 ] || breach "$passes pass on $little"
got=$("$FULLBASE_TEST_PYTHON" - "$keys" <<'PY'
import sys

import h5py
import numpy as np

keys = int(sys.argv[1])
with h5py.File("out.h5") as file:
    groups = file["groups"]
    key, lines, total, values = (groups[name][:] for name in ("key", "lines", "total", "values"))
rows = keys + keys // 2
i = np.arange(keys, dtype=np.uint64)
order = np.argsort((i * np.uint64(0x9E3779B97F4A7C15)).astype("i8"), kind="stable")
rest = key != 12345
print(len(key) == keys + 1 and (key[rest] == np.sort((i * np.uint64(0x9E3779B97F4A7C15)).astype("i8"))).all()
      and (total[rest] == (order % 1000)).all() and (lines[rest] == 1).all() and lines[~rest][0] == keys // 2
      and values[~rest][0] == 1000 and total[~rest][0] == (np.arange(keys, rows) % 1000).sum())
PY
)
same "every group's lines, sum and distinct values" True "$got"
same "two ranks" "$expected" "$(run 2 "$little")"
same "ample memory" "$expected" "$(run 1 $((keys / 5000 + 1024))MiB)"
echo "$keys keys on $little: $passes passes"
finish
