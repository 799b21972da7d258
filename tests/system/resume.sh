#!/usr/bin/env bash
# Runs that are broken off at any moment, and gone on from by their finished steps: on other ranks, with other options, with damaged leftovers. What is
# published has the bits of an undisturbed run.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"

generated --store store --customers 3000 --lines 60000 --seed 7
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out/result.h5}
steps:
  lines: {job: select, from: transactions, where: quantity > 0, derive: {amount: quantity * price}, publish: false}
  dear: {job: select, from: transactions, where: price > 5}
  totals: {job: aggregate, from: lines, by: item, measures: {sold: {sum: quantity}, turnover: {sum: amount}}}
  rfm: {job: rfm, from: lines, amount: amount}
  matrix: {job: interactions, from: lines, customer: customer, item: item}
  factors: {job: factorise, from: matrix, rank: 16, iterations: 20}
  groups:
    job: kmeans
    from: rfm
    k: 8
    n_init: 50
    tolerance: 0
    columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}
YAML
# The same with a first step that takes so long that it is kept while the job runs.
awk '{ print } /^steps:/ { print "  pieces: {job: kmeans, from: transactions, where: price > 6, k: 6, n_init: 4, tolerance: 0, columns: {quantity: [standardize]}}" }' job.yaml >slow.yaml

# manifest: the steps of the last run, those that it went on from with "=".
manifest() { python3 - <<'PY'
import json
print(*[("=" if s["resumed"] else "") + s["step"] for s in json.load(open("out/result.h5.run.json"))["steps"]])
PY
}
digest() { "$FULLBASE" digest out/result.h5; }
# run RANKS ARGUMENTS...: must work, publish what is said by $expected, and leave nothing beside it.
run() {
  mpi "$1" run $job --force "${@:2}" >run.log 2>&1 || { cat run.log; breach "a run failed: $*"; return 0; }
  same "digest of the run $*" "$expected" "$(digest)"
  same "files of the run $*" "$(printf 'result.h5\nresult.h5.run.json')" "$(ls -A out)"
}

# undisturbed ARGUMENTS...
undisturbed() { mpi 2 run $job --force --quiet "$@" >run.log 2>&1 || { cat run.log; breach "the job failed"; }; digest; }

job=slow.yaml
expected=$(undisturbed)
same "an undisturbed run goes on from nothing" "pieces lines dear totals rfm matrix factors groups" "$(manifest)"
begun=$(milliseconds)
run 2
length=$(($(milliseconds) - begun))

# --- all processes killed at any time, the one that goes on as well; then to the end, on any ranks
RANDOM=8
gone_on=0
for kill in 1 2 3 4 5 6; do
  marked mpirun -n 2 "$FULLBASE" run $job --force >killed.log 2>&1 &
  launcher=$!
  at=$((length * (RANDOM % 1000) / 950 + 1))
  if [ $kill -lt 5 ]; then
    sleep_milliseconds $at
  else
    comes_to '[ -e out/result.h5.work/steps/pieces.json ]' $launcher || true
  fi
  kill -KILL $(marked_ids) 2>/dev/null || true
  wait $launcher 2>/dev/null || true
  none_marked "kill $kill at $at ms"
  same "kill $kill at $at ms: what was published" "$expected" "$(digest)"
  [ $((kill % 2)) -eq 0 ] || continue
  run $((kill / 2 % 3 + 1))
  gone_on=$((gone_on + $(manifest | tr -cd = | wc -c)))
done
# How many depends on how fast this machine is: keeping has to be worth it.
echo "steps that killed runs left: $gone_on"

job=job.yaml
expected_of_rank_8=$(undisturbed --set steps.factors.rank=8)
expected=$(undisturbed)

# --- asked to stop: all that is finished stays
marked mpirun -n 3 "$FULLBASE" run $job --set steps.groups.n_init=1000 --set steps.groups.k=200 >stopped.log 2>&1 &
launcher=$!
await "a checkpoint" 'compgen -G "out/result.h5.work/checkpoints/groups/*.json" >/dev/null' $launcher || true
kill -TERM $(marked_ranks) || true
code=0; wait $launcher || code=$?
same "stopped: exit code" 75 "$code"
contains "stopped: message" "stopped by signal 15 (TERM)" stopped.log
contains "stopped: what stays" "6 finished steps are kept in out/result.h5.work: run the same command again" stopped.log
same "stopped: files that stay" "dear factors lines matrix rfm totals" "$(ls out/result.h5.work/steps | sed 's/\..*//' | sort -u | xargs)"
same "stopped: besides, the step that was running" "checkpoints/groups" "$(find out/result.h5.work -type f -printf '%P\n' | grep -v '^steps/' | sed 's,/[^/]*$,,' | sort -u)"
contains "stopped: its checkpoint" "is kept" <(grep "step groups: checkpoint" stopped.log)
kept=$(cat out/result.h5.work/checkpoints/groups/* | wc -c)
same "which the plan has counted in" True "$("$FULLBASE" plan $job --json --set steps.groups.n_init=1000 --set steps.groups.k=200 |
  "$FULLBASE_TEST_PYTHON" -c 'import json, sys; print(0 < int(sys.argv[1]) <= json.load(sys.stdin)["checkpoint_bytes"])' "$kept")"
run 1
contains "another k begins anew" "step groups begins anew, without the checkpoint that is there: its options are not what they were" run.log
same "stopped, and gone on from" "=lines =dear =totals =rfm =matrix =factors groups" "$(manifest)"
same "verify" 0 "$("$FULLBASE" verify out/result.h5 >verify.log 2>&1; echo $?)"

# break_off: all steps finish, but a check keeps the night from being published.
break_off() {
  fails_with "a broken check" 65 "groups" mpirun -n 2 "$FULLBASE" run $job --quiet --set 'checks={groups: [{rows: {at_least: 100000}}]}'
}
break_off
run 3
same "all is there" "=lines =dear =totals =rfm =matrix =factors =groups" "$(manifest)"
break_off
run 2 --fresh
same "--fresh" "lines dear totals rfm matrix factors groups" "$(manifest)"

break_off
expected_before=$expected expected=$expected_of_rank_8
run 2 --set steps.factors.rank=8
same "a changed option" "=lines =dear =totals =rfm =matrix factors =groups" "$(manifest)"
contains "why" "step factors runs again: its options are not what they were" run.log
expected=$expected_before

# What nothing but the output reads lies as the output shows it: for a check that now reads it, exact decimals are made again.
break_off
run 2 --set 'checks={dear: [{expect: "price > 5"}]}'
same "a new reader" "=lines dear =totals =rfm =matrix =factors =groups" "$(manifest)"
break_off
run 1 --set output.mode=0640
same "a new mode" "640" "$(stat -c %a out/result.h5)"

# --- damaged leftovers
flip() { python3 - "$1" "$2" <<'PY'
import os, sys
with open(sys.argv[1], "r+b") as f:
    at = int(os.path.getsize(sys.argv[1]) * float(sys.argv[2]))
    f.seek(at); byte = f.read(1)[0]
    f.seek(at); f.write(bytes([byte ^ 4]))
PY
}
for place in 0.05 0.5 0.98; do
  break_off
  flip out/result.h5.work/steps/rfm.h5 $place
  flip out/result.h5.work/steps/matrix.json $place
  run 2
  same "flipped bits at $place" "=lines =dear =totals rfm matrix =factors =groups" "$(manifest)"
  contains "flipped bits are told" "rfm.h5 is not what it was when it was written" run.log
  contains "and what follows" "step matrix runs again: what is kept of it cannot be read" run.log
done

# --- no room for the output: what is kept is there for the next run, and what is not is named
generated --store many --customers 1000 --lines 150000 --seed 8
cat >two.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: many
output: {file: out/two.h5}
steps:
  whole: {job: select, from: transactions, where: quantity > 0}
  some: {job: select, from: transactions, where: quantity > 0, columns: [customer, time]}
YAML
"$FULLBASE" run two.yaml --quiet >run.log 2>&1 || { cat run.log; breach "two.yaml failed"; }
# Each step's file has room under a limit that their tables together do not keep.
limit=$(python3 -c "import json; b = [s['bytes_written'] for s in json.load(open('out/two.h5.run.json'))['steps']]; print((max(b) + min(b) // 2) // 1024)")
rm -r out/two.h5 out/two.h5.run.json
(trap '' XFSZ; ulimit -f "$limit"; fails_with "no room for the output" 74 "File too large" "$FULLBASE" run two.yaml; exit "$breaches") || breach "no room for the output"
for step in whole some; do
  same "$step is kept, or it is said that it is not" "$([ -e out/two.h5.work/steps/$step.h5 ]; echo $?)" \
    "$(grep -c "step $step is not kept: its file was becoming the output; the next run computes it again" stderr.txt)"
done
"$FULLBASE" run two.yaml >run.log 2>&1 || { cat run.log; breach "two.yaml failed with room"; }
for step in whole some; do
  same "$step runs where it was not kept" "$(grep -c "step $step is not kept" stderr.txt)" "$(grep -c "] $step (select)" run.log)"
done
finish
