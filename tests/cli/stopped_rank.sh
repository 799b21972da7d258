#!/usr/bin/env bash
# stopped_rank.sh FULLBASE MPIEXEC: a rank that is stopped while others work ends the job in time, by name, with nothing published;
# SIGTERM ends it with 75, and what is finished stays.
set -u
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1
fullbase=$1
mpiexec=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

"$fullbase" generate --store data --customers 20000 --lines 1000000 --quiet >/dev/null || exit 1
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: data
output: {file: out/result.h5}
resources: {silence_limit: 3s, threads: 1}
steps:
  rfm: {job: rfm, from: transactions, amount: quantity * price, orders: quantity > 0}
  segments:
    job: kmeans
    from: rfm
    k: [2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    n_init: 20
    columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}
YAML

# signal NAME RANK: runs the job on 3 ranks and sends one of them a signal once its steps have begun.
signal() {
  rm -rf out log  # the last log says that its steps have begun
  "$mpiexec" --oversubscribe -n 3 "$fullbase" run job.yaml >log 2>&1 &
  local launcher=$!
  for _ in $(seq 600); do
    grep -q "\[2/2\] segments" log && break
    sleep 0.1
  done
  local rank
  for rank in $(pgrep -P "$launcher"); do
    if tr '\0' '\n' <"/proc/$rank/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$2"; then kill -s "$1" "$rank"; fi
  done
  wait "$launcher"
  status=$?
  [[ ! -e out/result.h5 ]] || { echo "FAILED: $1 to rank $2 left an output"; exit 1; }
}

for rank in 0 2; do
  SECONDS=0
  signal STOP "$rank"
  if [[ $status -ne 74 ]] || ! grep -q "rank $rank: no sign of life" log || [[ $SECONDS -gt 60 ]]; then
    echo "FAILED: rank $rank was stopped: $status after $SECONDS s"
    cat log
    exit 1
  fi
done
signal TERM 1
if [[ $status -ne 75 ]] || ! grep -q "run the same command again to go on from there" log; then
  echo "FAILED: rank 1 was told to end: $status"
  cat log
  exit 1
fi
echo "all passed"
