#!/usr/bin/env bash
# What checkpoints cost: jobs that train for long, on 2 ranks of one thread each, with the checkpoints of an ordinary run and with none
# (resources.checkpoint_share: 0), one after the other. Timed: the whole command, which begins with its input imported and ends with the output on
# disk. A row a case: seconds without and with (medians), cost, checkpoints that the last run has made, and the share of the step that they
# took by its manifest; under it the times, sorted, for single runs differ by more than checkpoints take.
# kmeans: 1,000,000 x 12 rows, k = 64, 6 starts. factorise: 3 million pairs of 100,000 customers and 10,000 items, 48 factors, 50 iterations.
# forest: 300,000 x 12 rows, 1,200 trees of leaves of 1,000 rows or more.
# usage: benchmarks/checkpoints/run.sh [kmeans|factorise|forest] [REPEATS]   (default: all; 5)
set -euo pipefail
cd "$(dirname "$0")/../.."
kinds=(kmeans factorise forest)
case ${1:-} in kmeans | factorise | forest) kinds=("$1"); shift ;; esac
repeats=${1:-5}
build=${FULLBASE_BENCH_BUILD:-build-bench}
[ -f "$build/build.ninja" ] || cmake --preset bench -B "$build" >/dev/null
cmake --build "$build" --target fullbase >/dev/null
fullbase=$PWD/$build/bin/fullbase
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMP_NUM_THREADS=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 - <<'PYTHON'
import random
random.seed(3)
pool = [f"{random.gauss(0, 1):.4f}" for _ in range(1 << 16)]
numbers = [float(text) for text in pool]
columns = ",".join(f"x{c}" for c in range(12))
for name, rows in (("rows", 1_000_000), ("labelled", 300_000)):
    with open(name + ".csv", "w") as file:
        file.write(columns + ",label\n")
        for _ in range(rows):
            at = random.randrange(len(pool) - 12)
            label = numbers[at] + numbers[at + 1] * numbers[at + 2] + random.gauss(0, 0.7) > 0.5
            file.write(",".join(pool[at:at + 12]) + (",1\n" if label else ",0\n"))
with open("pairs.csv", "w") as file:
    file.write("customer,item,value\n")
    for customer in range(100_000):
        for item in {int(10_000 * random.random() ** 2) for _ in range(31)}:
            file.write(f"{customer},{item},1\n")
PYTHON
numbers=$(for c in $(seq 0 11); do printf 'x%d: {type: float64}, ' "$c"; done)
cat >import.yaml <<YAML
version: 1
store: store
seed: 5
import:
  rows: {files: rows.csv, columns: {${numbers}label: {type: int64}}}
  labelled: {files: labelled.csv, columns: {${numbers}label: {type: int64}}}
  pairs: {files: pairs.csv, columns: {customer: {type: int64}, item: {type: int64}, value: {type: float64}}}
YAML
scaled=$(for c in $(seq 0 11); do printf 'x%d: [standardize], ' "$c"; done)
step_of() {
  case $1 in
  kmeans) echo "job: kmeans, from: rows, k: 64, n_init: 6, max_iterations: 300, tolerance: 0, columns: {${scaled%, }}" ;;
  factorise) echo "job: factorise, from: pairs, customer: customer, item: item, value: value, rank: 48, iterations: 50" ;;
  forest) echo "job: forest, from: labelled, label: label, trees: 1200, min_rows: 1000" ;;
  esac
}
# once KIND SHARE: seconds of a run
once() {
  local begun
  begun=$(date +%s%N)
  mpirun -n 2 "$fullbase" run "$1.yaml" --quiet --fresh --set "resources.checkpoint_share=$2" >run.log 2>&1 || { cat run.log >&2; exit 1; }
  awk -v n=$(($(date +%s%N) - begun)) 'BEGIN { printf "%.3f\n", n / 1e9 }'
}
median() { sort -g "$1" | awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'; }

highest=0
printf '%-10s %12s %12s %8s %12s %8s\n' case "without, s" "with, s" cost checkpoints took
for kind in "${kinds[@]}"; do
  { cat import.yaml; printf 'output: {file: %s.h5}\nsteps:\n  step: {%s}\n' "$kind" "$(step_of "$kind")"; } >"$kind.yaml"
  once "$kind" 0 >/dev/null  # imports, and reads what was imported once
  : >without; : >with
  for _ in $(seq "$repeats"); do
    once "$kind" 0 >>without
    once "$kind" 0.02 >>with
  done
  cost=$(awk -v a="$(median without)" -v b="$(median with)" 'BEGIN { printf "%.1f", 100 * (b / a - 1) }')
  made=$(python3 -c 'import json, sys; s = next(s for s in json.load(open(sys.argv[1]))["steps"] if s["step"] == "step"); print("%12d %6.2f %%" % (s["checkpoints"], 100 * s["checkpoint_seconds"] / s["seconds"]))' "$kind.h5.run.json")
  printf '%-10s %12.2f %12.2f %6s %% %s\n' "$kind" "$(median without)" "$(median with)" "$cost" "$made"
  echo "  without: $(sort -g without | xargs); with: $(sort -g with | xargs)"
  highest=$(awk -v a="$highest" -v b="$cost" 'BEGIN { print (b > a ? b : a) }')
done
echo "highest cost: $highest %"
