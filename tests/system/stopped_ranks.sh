#!/usr/bin/env bash
# A rank that is stopped (SIGSTOP) - before the ranks have come together, at random times of a night with all kinds of jobs, when they part -
# ends the job within 60 s: exit code 74, a message, what was published whole, no process left; and the next run works.
# usage: stopped_ranks.sh [STOPS] [SEED]
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
source "$(dirname "$0")/night.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
stops=${1:-4}
RANDOM=${2:-8}
prepare_night

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
  FULLBASE_MEETING_LIMIT=3s begin -n 2 ./stopped_at_start.sh $rank "$FULLBASE" run night.yaml
  ends "rank $rank is stopped before the start" 74
  contains "rank $rank is stopped before the start" "rank $((1 - rank)): the ranks did not come together within 3 s" stderr.txt
  same "rank $rank is stopped before the start: output" "$old" "$found"
done

for rank in 0 1; do
  evening
  FULLBASE_TEST_SIGNAL_AT=leave FULLBASE_TEST_SIGNAL_RANK=$rank FULLBASE_TEST_SIGNAL=19 \
    FULLBASE_MEETING_LIMIT=3s begin -n 2 -x LD_PRELOAD="$(preloaded signal_at)" "$FULLBASE" run night.yaml
  ends "rank $rank is stopped at the end" 74
  contains "rank $rank is stopped at the end" "rank $((1 - rank)): the ranks did not end together within 3 s" stderr.txt
  same "rank $rank is stopped at the end: output" "$new" "$found"
done

for stop in $(seq "$stops"); do
  evening import
  ranks=$((RANDOM % 2 + 2))
  FULLBASE_MEETING_LIMIT=5s begin -n $ranks "$FULLBASE" run night.yaml --set resources.silence_limit=2s
  at=$((length * RANDOM / 32768))
  sleep_milliseconds $at
  rank=$((RANDOM % ranks))
  kill -STOP $(marked_rank $rank) 2>/dev/null || true
  what="stop $stop, rank $rank of $ranks after $at ms"
  ends "$what" "74 0"
  echo "$what: exit code $got, $(grep -h '^fullbase: ' stderr.txt | head -1)"
  [ $((stop % 2)) -eq 0 ] || continue
  mpi 2 run night.yaml --quiet >again.log 2>&1 || { cat again.log; breach "$what: the next run failed"; }
  finished "$what"
done
fails_with "no duration" 2 "FULLBASE_MEETING_LIMIT" env FULLBASE_MEETING_LIMIT=soon mpirun -n 2 "$FULLBASE" run night.yaml
finish
