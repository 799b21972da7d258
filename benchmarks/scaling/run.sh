#!/usr/bin/env bash
# K-means of 2,000,000 x 32 rows, k = 64, 10 iterations, on 1, 2, ... ranks of one thread each: seconds (the least of 3), efficiency,
# bytes that rank 0 sent and what the docstrings' formulas predict. usage: benchmarks/scaling/run.sh [RANKS...]   (default: 1 2)
set -euo pipefail
cd "$(dirname "$0")/../.."
ranks=("${@:-1}")
[ $# -gt 0 ] || ranks=(1 2)
build=${FULLBASE_BENCH_BUILD:-build-bench}
[ -f "$build/build.ninja" ] || cmake --preset bench -B "$build" >/dev/null
cmake --build "$build" --target peer_kmeans >/dev/null
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$folder" <<'PYTHON'
import array, random, sys
rows, columns, clusters = 2_000_000, 32, 64
random.seed(1)
pool = array.array("f", (random.gauss(0, 1) for _ in range(1 << 20)))
with open(sys.argv[1] + "/rows.f32", "wb") as file:
    for _ in range(rows * columns >> 15):
        start = random.randrange(len(pool) - (1 << 15))
        pool[start:start + (1 << 15)].tofile(file)
    pool[:rows * columns & ((1 << 15) - 1)].tofile(file)
pool[:clusters * columns].tofile(open(sys.argv[1] + "/start.f32", "wb"))
PYTHON
# By the docstrings of column_statistics() and kmeans(): ten iterations and the labelling after; 69 limbs an exact sum.
predicted=$(((8 * 32 * (3 * 69 + 2) + 24) + 8 + 11 * 8 * (64 * 33 + 2) + (8 + 8 * 69)))
first=""
printf '%6s %9s %11s %12s %16s\n' ranks seconds efficiency "bytes sent" "bytes predicted"
for n in "${ranks[@]}"; do
  mpirun --oversubscribe -n "$n" "$build/bin/peer_kmeans" "$folder/rows.f32" 32 "$folder/start.f32" 64 10 3 1 >"$folder/out"
  seconds=$(sed -E 's/.*"seconds": ([0-9.]+).*/\1/' "$folder/out" | sort -g | head -1)
  sent=$(sed -E 's/.*"bytes_sent": ([0-9]+).*/\1/' "$folder/out" | tail -1)
  [ -n "$first" ] || { first=$seconds; first_ranks=$n; }
  awk -v n="$n" -v s="$seconds" -v f="$first" -v fr="$first_ranks" -v b="$sent" -v p="$predicted" \
    'BEGIN { printf "%6d %9.3f %11.2f %12d %16d\n", n, s, f * fr / (s * n), b, p }'
  [ "$sent" -eq "$predicted" ] || { echo "the docstrings' formula is wrong" >&2; exit 1; }
done
