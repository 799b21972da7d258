#!/usr/bin/env bash
# `fullbase supervise`: a job whose rank or whose launcher is killed is done by the next try, with the bits of an undisturbed run; who asks
# the supervisor to stop gets a stop in good order; and whoever is killed, no process is left.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

generated --store store --customers 3000 --lines 30000 --seed 7
long_job 40
mpi 2 run job.yaml --quiet >first.log 2>&1 || { cat first.log; breach "the job failed"; }
digest=$("$FULLBASE" digest out/result.h5 | tail -1)
ranks_of_output() { "$FULLBASE_TEST_PYTHON" -c "import json; print(json.load(open('out/result.h5.run.json'))['ranks'])"; }

# begin ARGUMENTS... : the command in the background, until its second step has begun; $job is its id.
begin() {
  marked "$FULLBASE" supervise "$@" >stdout.txt 2>stderr.txt &
  job=$!
  await_second_step
}
# ends WHAT EXIT_CODE: the command begun last ends so, and leaves no process.
ends() {
  local got=0
  wait $job || got=$?
  same "$1: exit code" "$2" "$got"
  none_marked "$1"
}
rm -r out

begin --tries 3 --backoff 100ms -- mpirun -n 2 "$FULLBASE" run job.yaml
kill -KILL "$(marked_rank 1)"
ends "a rank was killed" 0
contains "a rank was killed" "try 1 of 3 ended with exit code 137" stderr.txt
contains "a rank was killed" "try 2 of 3 ended with exit code 0" stderr.txt
same "a rank was killed: digest" "$digest" "$("$FULLBASE" digest out/result.h5 | tail -1)"
rm -r out

begin --backoff 100ms --fewer-ranks -- mpirun -n 2 "$FULLBASE" run job.yaml
kill -KILL "$(pgrep -P $job)"
ends "the launcher was killed" 0
contains "the launcher was killed" "try 1 of 5 ended with signal 9 (KILL)" stderr.txt
contains "the launcher was killed" "on 1 rank" stderr.txt
same "the launcher was killed: digest" "$digest" "$("$FULLBASE" digest out/result.h5 | tail -1)"
same "the launcher was killed: ranks" 1 "$(ranks_of_output)"
rm -r out

begin -- mpirun -n 2 "$FULLBASE" run job.yaml --set steps.groups.n_init=1000
kill -TERM $job
ends "SIGTERM" 75
contains "SIGTERM" "stopped by signal 10 (USR1)" stderr.txt
contains "SIGTERM" "asked to by signal 15 (TERM)" stderr.txt

# What stands before it becomes mpirun.
begin -- env OMPI_MCA_mpi_yield_when_idle=1 nice mpirun -n 2 "$FULLBASE" run job.yaml --set steps.groups.n_init=1000
kill -TERM $job
ends "SIGTERM, env and nice before mpirun" 75
contains "SIGTERM, env and nice before mpirun" "stopped by signal 10 (USR1)" stderr.txt

begin -- mpirun -n 2 "$FULLBASE" run job.yaml --set steps.groups.n_init=1000
kill -KILL $job
ends "the supervisor was killed" 137
begin -- "$FULLBASE" run job.yaml --set steps.groups.n_init=1000
kill -KILL $job
ends "the supervisor of a run without ranks was killed" 137

# In the pause there is nothing to pass a signal on to.
marked "$FULLBASE" supervise --backoff 600s -- sh -c 'exit 74' >stdout.txt 2>stderr.txt &
job=$!
await "the pause" "grep -q 'try 2 begins in' stderr.txt" $job || cat stderr.txt
kill -TERM $job
ends "SIGTERM in a pause" 75

fails_with "the job file" 78 "try 1 of 5 ended with exit code 78" "$FULLBASE" supervise -- mpirun -n 2 "$FULLBASE" run job.yaml --set steps.groups.k=-1
fails_with "no command" 2 "is required" "$FULLBASE" supervise --tries 2
fails_with "no program" 2 "cannot start 'mpirum'" "$FULLBASE" supervise -- mpirum -n 2 "$FULLBASE" run job.yaml
fails_with "no number of ranks" 2 "does not say on how many ranks" "$FULLBASE" supervise --fewer-ranks -- "$FULLBASE" run job.yaml
fails_with "a rank" 2 "supervise runs as a rank" mpirun -n 2 "$FULLBASE" supervise -- "$FULLBASE" run job.yaml
"$FULLBASE" supervise --quiet -- printf '%s|' '$HOME' 'a b' ';x' >words.txt 2>words.log
same "words reach the command as they are" '$HOME|a b|;x|' "$(cat words.txt)"
same "a quiet success" '' "$(cat words.log)"
finish
