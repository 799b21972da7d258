#!/usr/bin/env bash
# Single flipped bits in stores, outputs and what broken-off runs leave: verify notices every one, and no run takes flipped data for true.
# usage: flips.sh FLIPS
source "$(dirname "$0")/harness.sh"
flips=${1:?number of flips}

python3 - <<'PY'
import random
random.seed(5)
with open("lines.csv", "w") as file:
    file.write("customer,item,price,units,weight,note,bought,returned\n")
    for i in range(2500):
        price = "dear" if i % 500 == 7 else "%.2f" % random.uniform(1, 90)
        note = "" if i % 3 else "note %d on this line" % (i % 40)
        units = "" if i % 11 == 0 else random.randint(1, 9)
        file.write("c%03d,item %d,%s,%s,%.6f,%s,2020-%02d-%02d,%s\n" % (
            random.randrange(300), random.randrange(50), price, units, random.random(), note, random.randint(1, 12), random.randint(1, 28), i % 5 == 0))
PY
cat >job.yaml <<'YAML'
version: 1
as_of: 2021-01-01
store: store
output: {file: out/result.h5}
import:
  lines:
    files: lines.csv
    max_rejects: 10
    columns:
      customer: {type: category}
      item:     {type: category}
      price:    {type: decimal(2)}
      units:    {type: int64}
      weight:   {type: float64}
      note:     {type: string}
      bought:   {type: timestamp}
      returned: {type: bool}
steps:
  kept: {job: select, from: lines, where: price > 2}
  sold: {job: select, from: kept, where: units is not missing, derive: {amount: units * price}, publish: false}
  totals: {job: aggregate, from: sold, by: customer, measures: {turnover: {sum: amount}, sold: {sum: units}, weight: {sum: weight}}}
  rows: {job: select, from: lines}
  groups: {job: kmeans, from: totals, k: 8, n_init: 1000, tolerance: 0, columns: {turnover: [log1p, standardize], weight: [standardize]}}
YAML
"$FULLBASE" run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; finish; }
expected=$("$FULLBASE" digest out/result.h5)
same "verify of what is whole" "0 0" "$("$FULLBASE" verify out/result.h5 >verify.log 2>&1; echo -n "$? "; "$FULLBASE" verify store >>verify.log 2>&1; echo $?)"

# flipped KIND FLIPS: each is noticed.
flipped() {
  local got=0
  python3 "$SOURCE_ROOT/tests/system/flips.py" "$1" "$2" "$expected" >flips.log 2>&1 || got=$?
  same "flips in the $1" 0 "$got"
  [ "$got" -eq 0 ] || head -60 flips.log
  tail -2 flips.log
}
flipped output $((flips / 3))
flipped store $((flips / 3))

# What a run leaves that was asked to stop within its last step: finished steps, and a checkpoint of that one.
for _ in $(seq 20); do
  "$FULLBASE" run job.yaml --force >stopped.log 2>&1 &
  job=$!
  for _ in $(seq 1500); do grep -q '\] groups' stopped.log && break; sleep 0.01; done
  sleep "0.0$((RANDOM % 10))"
  kill -TERM $job 2>/dev/null || true
  code=0
  wait $job || code=$?
  [ "$code" -eq 75 ] && ls out/result.h5.work/checkpoints/groups/*.json >/dev/null 2>&1 && break
done
same "a run that was asked to stop" 75 "$code"
mv out/result.h5.work left
same "what it leaves" "checkpoints steps" "$(find left -name '*.json' | cut -d / -f 2 | sort -u | xargs)"
same "verify of what it leaves" 0 "$(mv left whole.work; "$FULLBASE" verify whole.work >verify.log 2>&1; echo $?; mv whole.work left)"
same "and by the name that a shell completes" 0 "$(mv left whole.work; "$FULLBASE" verify whole.work/ >verify.log 2>&1; echo $?; mv whole.work left)"
cp -r left damaged.work
for record in damaged.work/checkpoints/groups/*.json; do echo >>"$record"; done
fails_with "verify of damaged leftovers" 65 "run the job again: what is damaged is computed anew" "$FULLBASE" verify damaged.work
contains "records that are damaged, and the files that they vouch for" ".state is as it was" stdout.txt
flipped work $((flips - 2 * (flips / 3)))
finish
