#!/usr/bin/env bash
# A rank that is stopped (SIGSTOP) - before the ranks have come together, at random times of a night with all kinds of jobs, when they part -
# ends the job within 60 s: exit code 74, a message, what was published whole, no process left; and the next run works. A rank that is
# stopped when nobody waits for it any more is killed, which its launcher tells (137), and so is a process that looks at files.
# usage: stopped_ranks.sh [STOPS] [SEED]
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
source "$(dirname "$0")/night.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
stops=${1:-4}
RANDOM=${2:-8}
prepare_night
export FULLBASE_MEETING_LIMIT=3s

# ends WHAT EXIT_CODES: the job begun last ends within 60 s with one of these, and leaves no process and a whole output.
ends() {
  got=0
  wait $job || got=$?
  truths=$((truths + 1))
  [[ " $2 " == *" $got "* ]] || { breach "$1: exit code $got, not $2"; tail -5 stderr.txt; }
  none_marked "$1"
  whole "$1"
}
# begin ARGUMENTS...: mpirun in the background.
begin() { marked timeout -k 5 60 mpirun "$@" >stdout.txt 2>stderr.txt & job=$!; }

cat >stopped_at_start.sh <<'SH'
#!/bin/sh
# stopped_at_start.sh RANK COMMAND...
[ "$OMPI_COMM_WORLD_RANK" != "$1" ] || kill -STOP $$
shift
exec "$@"
SH
chmod +x stopped_at_start.sh
for rank in 0 1; do
  evening
  begin -n 2 ./stopped_at_start.sh $rank "$FULLBASE" run night.yaml
  ends "rank $rank is stopped before the start" 74
  contains "rank $rank is stopped before the start" "rank $((1 - rank)): the ranks did not come together within 3 s" stderr.txt
  same "rank $rank is stopped before the start: output" "$old" "$found"
done

# stopped_at MOMENT RANK: a night on two ranks, of which one stops itself then.
stopped_at() {
  evening
  FULLBASE_TEST_SIGNAL_AT=$1 FULLBASE_TEST_SIGNAL_RANK=$2 FULLBASE_TEST_SIGNAL=19 \
    begin -n 2 -x LD_PRELOAD="$(preloaded signal_at)" "$FULLBASE" run night.yaml
}
for rank in 0 1; do
  stopped_at leave $rank
  ends "rank $rank is stopped at the end" 74
  contains "rank $rank is stopped at the end" "rank $((1 - rank)): the ranks did not end together within 3 s" stderr.txt
  same "rank $rank is stopped at the end: output" "$new" "$found"
  for moment in left exit; do
    what="rank $rank is stopped when it has $moment"
    stopped_at $moment $rank
    ends "$what" 137
    contains "$what" "signal 9" stderr.txt
    same "$what: output" "$new" "$found"
    mpi 2 run night.yaml >again.log 2>&1 || { cat again.log; breach "$what: the next run failed"; }
    contains "$what: the next run has nothing to do" "--force" again.log
  done
done

one_is_stopped() { for id in $(marked_ids); do grep -q '^[0-9]* (.*) T' /proc/$id/stat 2>/dev/null && return 0; done; return 1; }
what="the process that looks at files is stopped, and rank 0 asked to stop"
stopped_at probe 0
await "a stopped process" one_is_stopped $job
kill -TERM $(marked_rank 0)
ends "$what" 75
contains "$what" "stopped by signal 15 (TERM)" stderr.txt
same "$what: output" "$old" "$found"
if [ "$stops" -gt 10 ]; then
  # With the limits that nobody has set: each of these is over within 60 s.
  unset FULLBASE_MEETING_LIMIT
  what="the process that looks at files is stopped"
  stopped_at probe 0
  ends "$what" 74
  contains "$what" "the process that looks at the file gives no sign of life" stderr.txt
  same "$what: output" "$old" "$found"
  what="rank 0 is stopped before the start, limits as they are"
  evening
  begin -n 2 ./stopped_at_start.sh 0 "$FULLBASE" run night.yaml
  ends "$what" 74
  contains "$what" "rank 1: the ranks did not come together within 45 s" stderr.txt
  what="rank 1 is stopped, limits as they are"
  evening
  begin -n 2 "$FULLBASE" run night.yaml
  await "the first step" "grep -q '\[[0-9]*/[0-9]*\]' stderr.txt" $job || cat stderr.txt
  kill -STOP $(marked_rank 1)
  ends "$what" 74
  contains "$what" "rank 1: no sign of life for 45 s" stderr.txt
  what="rank 0 is stopped when it has left, limits as they are"
  stopped_at left 0
  ends "$what" 137
  same "$what: output" "$new" "$found"
fi

for stop in $(seq "$stops"); do
  evening import
  ranks=$((RANDOM % 2 + 2))
  FULLBASE_MEETING_LIMIT=5s begin -n $ranks "$FULLBASE" run night.yaml --set resources.silence_limit=2s
  at=$((length * RANDOM / 32768))
  sleep_milliseconds $at
  rank=$((RANDOM % ranks))
  kill -STOP $(marked_rank $rank) 2>/dev/null || true
  what="stop $stop, rank $rank of $ranks after $at ms"
  ends "$what" "74 0 137"
  [ $got -ne 137 ] || same "$what: output of a rank that nobody waited for" "$new" "$found"
  echo "$what: exit code $got, $(grep -h '^fullbase: ' stderr.txt | head -1)"
  [ $((stop % 2)) -eq 0 ] || continue
  mpi 2 run night.yaml --quiet >again.log 2>&1 || { cat again.log; breach "$what: the next run failed"; }
  finished "$what"
done
fails_with "no duration" 2 "FULLBASE_MEETING_LIMIT" env FULLBASE_MEETING_LIMIT=soon mpirun -n 2 "$FULLBASE" run night.yaml
finish
