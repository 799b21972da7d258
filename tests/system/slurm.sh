#!/usr/bin/env bash
# Runs as batch jobs of a real Slurm: on four nodes by PMIx, stopped before their time limit and queued again, cancelled, with a
# dependency that cannot come true, on a node that is lost. What is published has the bits of a run without Slurm.
source "$(dirname "$0")/slurm_cluster.sh"
source "$(dirname "$0")/harness.sh"

begun=$SECONDS
at() { echo "$((SECONDS - begun)) s: $*"; }
start_cluster "$work/c" || { breach "the cluster did not start"; finish; exit; }
at "a Slurm of $nodes nodes"

generated --store store --customers 3000 --lines 60000 --seed 7
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: "${FULLBASE_OUTPUT:-out/alone.h5}"}
resources: {silence_limit: 4s}
steps:
  lines: {job: select, from: transactions, where: quantity > 0, derive: {amount: quantity * price}, publish: false}
  rfm: {job: rfm, from: lines, amount: amount}
  groups:
    job: kmeans
    from: rfm
    k: 8
    n_init: 4
    tolerance: 0
    columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}
YAML
"$FULLBASE" run job.yaml --quiet >alone.log 2>&1 || { cat alone.log; breach "the run without Slurm failed"; }
expected=$("$FULLBASE" digest out/alone.h5)

# A run that hardly moves in the job's first life, from its first step until it is told to stop: every rank is awake for moments only, each at
# another time, so that whatever they do together takes seconds.
cat >slow.sh <<'SH'
#!/bin/bash
[ "${SLURM_RESTART_COUNT:-0}" -eq 0 ] || exec "$FULLBASE" "$@"
"$FULLBASE" "$@" &
rank=$!
slow=yes
trap 'slow=' TERM
while kill -0 $rank 2>/dev/null; do
  if [ "$slow" ] && [ -e "$FULLBASE_OUTPUT.work" ]; then kill -STOP $rank; sleep 1; kill -CONT $rank; fi
  sleep 0.02
done
# Where another rank was told first, this one has ended by now, and the signal is still to come: it would end the wait, and be the exit code.
trap '' TERM
wait $rank
SH
chmod +x slow.sh
export FULLBASE
# From here on the output that $FULLBASE_OUTPUT names.
manifest() { python3 -c "import json, sys; print(json.load(open(sys.argv[1] + '.run.json'))[sys.argv[2]])" "$FULLBASE_OUTPUT" "$1"; }
state() { scontrol show job "$1" | sed -n 's/^   JobState=\([A-Z_]*\).*/\1/p'; }
# until_state JOB STATE: waits up to a minute.
until_state() { for _ in $(seq 600); do [ "$(state "$1")" = "$2" ] && return 0; sleep 0.1; done; breach "job $1 is $(state "$1"), not $2"; }
published() {
  same "$1: digest" "$expected" "$("$FULLBASE" digest "$FULLBASE_OUTPUT")"
  same "$1: nothing else is left" "" "$(ls -A "$(dirname "$FULLBASE_OUTPUT")" | grep -vFx -e "$(basename "$FULLBASE_OUTPUT")" -e "$(basename "$FULLBASE_OUTPUT").run.json" || true)"
}

# in_background WORD ARGUMENTS...: submit --wait, whose code wait gives and whose output is in WORD.out.
in_background() {
  local word=$1
  shift
  touch $word.log
  FULLBASE_OUTPUT=$PWD/$word/night.h5 "$FULLBASE" submit job.yaml --memory 64MiB --time "${time:-5m}" --log $word.log --wait "$@" >$word.out 2>&1 &
}
# job_of WORD: waits until it is submitted.
job_of() { for _ in $(seq 300); do grep -qs "^job " $1.out && break; sleep 0.1; done; sed -n '1s/^job \([0-9]*\):.*/\1/p' $1.out; }

# --- near its time limit: told to stop, queued again, finished. It takes half a minute until Slurm looks at limits, so that others run meanwhile.
time=1m in_background limit --nodes 4 --threads 1 --notice 50s --program "$PWD/slow.sh"
limit=$!

# --- a run on four nodes; nothing of its names is read by a shell
export FULLBASE_OUTPUT="$PWD/whole/it's \$(touch oops) \"#.h5"
code=0
"$FULLBASE" submit job.yaml --nodes 4 --threads 1 --memory 64MiB --time 5m --log four.log --name "it's \"a\" \\ # \$(touch oops)" --wait \
  -- --set 'steps.lines.where=quantity > 0' >four.out 2>&1 || { code=$?; cat four.out; }
job=$(job_of four)
same "four nodes: exit code" 0 "$code"
contains "four nodes: the end" "job $job: COMPLETED, exit code 0" four.out
published "four nodes"
same "four nodes: ranks" 4 "$(manifest ranks)"
same "four nodes: threads" SLURM_CPUS_PER_TASK "$(manifest threads_from)"
contains "four nodes: the name" "JobName=it's \"a\" \\ # \$(touch oops)" <(scontrol show job "$job")
same "four nodes: what a name says is not done" no "$([ -e oops ] && echo yes || echo no)"
contains "four nodes: nodes" "NodeList=node[1-4]" <(scontrol show job "$job")
contains "doctor: its controller answers" "there is sbatch: \`fullbase submit\` can be used" <("$FULLBASE" doctor .)
contains "four nodes: its log" "4 ranks x 1 thread (SLURM_CPUS_PER_TASK)" four.log


at "a run on four nodes"
# --- a failed job, and one that depends on it
in_background failed --nodes 4 --threads 1 -- --set 'checks={groups: [{rows: {at_least: 100000}}]}'
failed=$!
in_background dependent --nodes 4 --threads 1 --dependency "afterok:$(job_of failed)"
dependent=$!
code=0; wait $failed || code=$?
same "a failed check: exit code" 65 "$code"
contains "a failed check: the end" "FAILED, exit code 65" failed.out
same "a failed check: not queued again" 0 "$(grep -c 'queued again' failed.log || true)"
code=0; wait $dependent || code=$?
same "a dependency that cannot come true: exit code" 75 "$code"
contains "a dependency that cannot come true: the end" "CANCELLED, exit code 75" dependent.out
same "a dependency that cannot come true: nothing ran" no "$([ -e dependent ] && echo yes || echo no)"

at "a dependency"
# --- cancelled: it stays so
in_background cancelled --nodes 4 --threads 1 --program "$PWD/slow.sh"
cancelled=$!
for _ in $(seq 300); do [ -e cancelled/night.h5.work ] && break; sleep 0.1; done
scancel "$(job_of cancelled)"
code=0; wait $cancelled || code=$?
same "cancelled: exit code" 75 "$code"
sleep 1
same "cancelled: it stays so" CANCELLED "$(state "$(job_of cancelled)")"
same "cancelled: not queued again" 0 "$(grep -c 'queued again' cancelled.log || true)"
same "cancelled: nothing published" no "$([ -e cancelled/night.h5 ] && echo yes || echo no)"

at "a cancelled job"
# --- the end of what was begun first
code=0; wait $limit || code=$?
same "the time limit: exit code, after all" 0 "$code"
contains "the time limit: the ranks were told" "stopped by signal 15 (TERM)" limit.log
contains "the time limit: queued again" "ended with 75 and is queued again (restart 1 of at most 10)" limit.log
contains "the time limit: one number" "job $(job_of limit): COMPLETED, exit code 0" limit.out
contains "the time limit: restarts" "Restarts=1" <(scontrol show job "$(job_of limit)")
FULLBASE_OUTPUT=$PWD/limit/night.h5 published "the time limit"
contains "the time limit: it went on from what was finished" '"resumed": true' limit/night.h5.run.json

at "a time limit"
# --- lost nodes: one whose rank the others miss, and one that runs a job's script. Whole machines, so that each job has two of its own.
lose() {
  local word=$1 which=$2
  for _ in $(seq 600); do [ -e $word/night.h5.work ] && break; sleep 0.1; done
  kill_node "$(scontrol show hostnames "$(squeue -h -o %N -j "$(job_of $word)")" | sed -n "${which}s/node//p")"
}
in_background rank --nodes 2 --program "$PWD/slow.sh"
rank=$!
in_background script --nodes 2 --program "$PWD/slow.sh"
script=$!
lose rank 2
lose script 1
for word in rank script; do
  code=0; wait ${!word} || code=$?
  same "the node of a $word is lost: exit code, after all" 0 "$code"
  contains "the node of a $word is lost: restarts" "Restarts=1" <(scontrol show job "$(job_of $word)")
  FULLBASE_OUTPUT=$PWD/$word/night.h5 published "the node of a $word is lost"
done
contains "the node of a rank is lost: queued again" "ended with 74 and is queued again (restart 1 of at most 2)" rank.log
contains "whole machines: threads" "2 ranks x 2 threads (SLURM_CPUS_PER_TASK)" script.log

at "lost nodes"
# --- scrontab, which Debian does not have, takes sbatch's options
awk '/^#SCRON/ { options = options "#SBATCH" substr($0, 7) "\n" } /^[0-9]/ { printf "#!/bin/bash\n%s%s\n", options, $0 >("entry" ++n ".sbatch"); options = "" }' "$SOURCE_ROOT/slurm/nightly.scrontab"
for entry in entry1.sbatch entry2.sbatch; do
  sbatch --test-only $entry >entry.log 2>&1 || { cat entry.log; breach "sbatch does not take the options of slurm/nightly.scrontab"; }
done

same "every process is gone" "" "$(pgrep -x fullbase || true)"
at "the end"
finish
