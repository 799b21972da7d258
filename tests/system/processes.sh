# For tests that kill: processes of the test's own, found by a mark in their environment. Sourced after harness.sh.
mark="FULLBASE_TEST_MARK=$work"
# What killed launchers leave behind lies in the test's own folder.
export OMPI_MCA_orte_tmpdir_base=$work OMPI_MCA_btl_vader_backing_directory=$work

# marked COMMAND...: in the place of this shell, with the mark that all its processes inherit. For `marked ... &`.
marked() { exec env "$mark" "$@"; }

# marked_ids [VARIABLE=VALUE]: living processes with the mark, and with this in their environment too; those that have ended but were not
# waited for have none.
marked_ids() {
  local path
  for path in $(grep -lzFx -- "$mark" /proc/[0-9]*/environ 2>/dev/null); do
    [ -z "${1:-}" ] || grep -qzFx -- "$1" "$path" 2>/dev/null || continue
    path=${path#/proc/}
    echo "${path%/environ}"
  done
}
# marked_ranks: the process ids of all ranks.
marked_ranks() { for id in $(marked_ids); do grep -qz "^OMPI_COMM_WORLD_RANK=" /proc/$id/environ 2>/dev/null && echo $id; done; }
# marked_rank RANK: the process id of a rank.
marked_rank() { marked_ids "OMPI_COMM_WORLD_RANK=$1"; }

# none_marked WHAT: within a minute no process with the mark is left; those that are, are killed, so that one breach is told once.
none_marked() {
  local left
  for _ in $(seq 600); do
    left=$(marked_ids)
    [ -z "$left" ] && break
    sleep 0.1
  done
  same "$1: processes left" '' "$(for id in $left; do tr '\0' ' ' <"/proc/$id/cmdline"; echo; done 2>/dev/null)"
  [ -z "$left" ] || kill -KILL $left 2>/dev/null || true
}

# comes_to CONDITION PROCESS: waits until the shell's condition holds; fails if the process ends before, or a minute is over.
comes_to() {
  for _ in $(seq 1200); do
    eval "$1" && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  return 1
}
# await WHAT CONDITION PROCESS: the same, and it is a breach where it fails.
await() { comes_to "$2" "$3" || { breach "did not come to $1"; return 1; }; }

# A job for tests that kill it in its second step.

# long_job STARTS: job.yaml, on what `generated` has put in store/; k-means takes some seconds for 50 starts.
long_job() {
  cat >job.yaml <<YAML
version: 1
as_of: 2026-01-01
store: store
output: {file: out/result.h5}
resources: {threads: 1}
steps:
  lines: {job: select, from: transactions, derive: {amount: float64(quantity * price)}}
  groups:
    job: kmeans
    from: lines
    k: 16
    n_init: $1
    tolerance: 0
    columns: {amount: [asinh, standardize], quantity: [standardize]}
YAML
}
# await_second_step: until the process $job, whose stderr is stderr.txt, has begun it.
await_second_step() { await "the second step" "grep -q '\[2/2\] groups' stderr.txt" $job || cat stderr.txt; }

# verified WHAT: the output is what was written. Between its rename and that of its record it has none, and where renames fail or a run is
# killed it stays so until the next run: that is all that may be wrong.
verified() {
  "$FULLBASE" verify out/result.h5 >"$work/verify.log" 2>&1 && return 0
  grep -q 'out/result.h5.run.json is not there.*the next run to this output restores it' "$work/verify.log" && [ "$(grep -c '^problem' "$work/verify.log")" -eq 1 ] && return 0
  breach "$1: verify says"
  cat "$work/verify.log"
}
