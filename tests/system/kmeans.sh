#!/usr/bin/env bash
# K-means with little memory: it streams, plan tells the truth about what it needs, and what is given wrongly is refused.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out.h5
"$FULLBASE" generate --store store --customers 20000 --lines 300000 --seed 7 --quiet >/dev/null

job() {
  cat <<YAML
version: 1
seed: 42
store: "\${FULLBASE_STORE}"
output: {file: "\${FULLBASE_OUTPUT}"}
steps:
  lines: {job: kmeans, from: transactions, max_iterations: 10, columns: {quantity: [asinh, standardize], price: [$2]}, $1}
YAML
}
# spilled: bytes of all ranks' matrices in the last run; peak: of reservations on a rank
noted() { "$FULLBASE_TEST_PYTHON" -c 'import json, sys; step = json.load(open("out.h5.run.json"))["steps"][-1]; print(step["notes"]["spilled_bytes"] if sys.argv[1] == "spilled" else step["budget_peak_bytes"])' "$1"; }
run_with() { mpi "$1" run job.yaml --fresh --set "resources.threads=$2" --memory "$3" --quiet >run.log 2>&1 || { cat run.log; breach "$1 ranks, $2 threads, $3: failed"; }; }
holds() { truths=$((truths + 1)); (($2)) || breach "$1: not so: $2"; }

# 300,000 rows of 16 bytes, 4.6 MiB, where 6 MiB are to hold labels and distances too.
job "k: 8" "asinh, standardize" >job.yaml
run_with 1 1 1GiB
holds "in memory" "$(noted spilled) == 0"
digest=$("$FULLBASE" digest out.h5)
run_with 1 1 6MiB
holds "streamed" "$(noted spilled) > 0"
holds "within 6 MiB" "$(noted peak) <= 6 << 20"
same "digest of a streamed fit" "$digest" "$("$FULLBASE" digest out.h5)"

# plan TITLE: bytes of "least" or "best" of a rank, as far as it shows them, rounded up.
plan() {
  "$FULLBASE" plan job.yaml --ranks "$2" --set "resources.threads=$3" | "$FULLBASE_TEST_PYTHON" -c '
import re, sys
numbers = re.findall(r"([0-9.]+) ([KMG]iB)", next(line for line in sys.stdin if line.startswith("lines ")))
number, unit = numbers[0 if sys.argv[1] == "least" else 1]
print(int((float(number) + 0.06) * 1024 ** ("KMG".index(unit[0]) + 1)))' "$1"
}
for options in "k: 8" "k: [2, 3, 5], init: k-means||" "k: 3, n_init: 2, init: random, where: price > 3"; do
  for transforms in "asinh, standardize" "{impute: drop}, log1p, robust"; do
    job "$options" "$transforms" >job.yaml
    for ranks in 1 3; do
      case="$options, $transforms, $ranks ranks"
      run_with $ranks 2 "$(plan best $ranks 2)"
      holds "best holds all with $case" "$(noted spilled) == 0"
      digest=$("$FULLBASE" digest out.h5)
      run_with $ranks 2 "$(plan least $ranks 2)"
      same "digest with the least with $case" "$digest" "$("$FULLBASE" digest out.h5)"
    done
  done
done
# Little less is too little: the least is no guess far above.
job "k: 8" "asinh, standardize" >job.yaml
fails_with "less than the least" 78 "of memory on a rank" mpirun -n 2 "$FULLBASE" run job.yaml --memory $(($(plan least 2 1) * 9 / 10)) --set resources.threads=1

job "k: 2, init: given, centroids: [[1, 2], [3, -5]]" "log1p, standardize" >job.yaml
fails_with "a centroid that log1p makes no number" 78 "centroids[1]" mpirun -n 2 "$FULLBASE" run job.yaml
contains "the column of the centroid" "column price make nan of -5" stderr.txt
finish
