# For tests that kill: processes of the test's own, found by a mark in their environment. Sourced after harness.sh.
mark="FULLBASE_TEST_MARK=$work"

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

# await WHAT CONDITION PROCESS: until the shell's condition holds; a breach if the process ends before, or a minute is over.
await() {
  for _ in $(seq 1200); do
    eval "$2" && return 0
    kill -0 "$3" 2>/dev/null || break
    sleep 0.05
  done
  breach "did not come to $1"
  return 1
}
