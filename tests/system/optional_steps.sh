#!/usr/bin/env bash
# A step with `required: false` may fail by its data: the rest is published, exit code 3, and the manifest says what is missing and why.
source "$(dirname "$0")/harness.sh"

{ echo customer,time,price,extra; for i in $(seq 0 1999); do echo "c$((i % 50)),2011-11-1$((i % 10)),$((i % 7)).50,$([ "$i" = 1234 ] || echo 1)"; done; } >lines.csv
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-12-01
store: store
output: {file: out/result.h5}
import:
  lines:
    files: lines.csv
    columns: {customer: {type: category}, time: {type: date}, price: {type: decimal(2)}, extra: {type: float64}}
steps:
  rfm: {job: rfm, from: lines, order: time, amount: price}
  groups: {job: kmeans, from: lines, k: 2, columns: {extra: [standardize]}, required: false}
  sizes: {job: select, from: groups.centroids}
  big: {job: select, from: rfm, where: monetary > 100}
checks:
  groups: {rows: {at_least: 1}}
YAML
for ranks in 1 2 3; do
  rm -rf out
  fails_with "an optional step on $ranks ranks" 3 "step groups is left out: " mpirun -n $ranks "$FULLBASE" run job.yaml
  contains "why on $ranks ranks" "row 1234" stderr.txt
  contains "steps are counted on $ranks ranks" "out/result.h5: 2 of 4 steps in" stderr.txt
  contains "its reader on $ranks ranks" "step sizes is left out: it reads groups, which is left out" stderr.txt
  "$FULLBASE" verify out/result.h5 >verify.txt 2>&1 || breach "verify on $ranks ranks: $(cat verify.txt)"
  [ -f digest.txt ] || "$FULLBASE" digest out/result.h5 >digest.txt
  same "the digest on $ranks ranks" "$(cat digest.txt)" "$("$FULLBASE" digest out/result.h5)"
  same "the tables on $ranks ranks" "all big rfm rfm/cuts" "$("$FULLBASE" digest out/result.h5 | cut -d' ' -f1 | sort | xargs)"
  same "the manifest on $ranks ranks" "groups False True;sizes True False;None its table was not made" "$(python3 - <<'PY'
import json
m = json.load(open("out/result.h5.run.json"))
print(";".join(f"{s['step']} {s['skipped']} {'row 1234' in s['reason']}" for s in m["failed_steps"]), end=";")
print(m["checks"][0]["passed"], m["checks"][0]["skipped"])
PY
)"
  same "nothing is left on $ranks ranks" "result.h5 result.h5.run.json" "$(ls out | xargs)"
done
fails_with "a step that is required" 65 "row 1234" mpirun -n 2 "$FULLBASE" run job.yaml --quiet --set steps.groups.required=true
same "the old output stays" "$(cat digest.txt)" "$("$FULLBASE" digest out/result.h5)"
mpi 2 run job.yaml --quiet --set 'steps.groups.columns={price: [standardize]}' >run.log 2>&1 || breach "the mended job failed: $(cat run.log)"
contains "nothing failed" '"failed_steps": []' out/result.h5.run.json

# A mistake that a step of one night cannot know, found alike on every rank.
{ echo customer,price; for i in $(seq 0 10500); do echo "c$i,$((i % 7))"; done; } >many.csv
cat >many.yaml <<'YAML'
version: 1
store: store
output: {file: out/many.h5}
previous: {file: out/many.h5}
import: {many: {files: many.csv, columns: {customer: {type: category}, price: {type: int64}}}}
steps:
  people: {job: select, from: many}
  drift: {job: drift, from: people, by: customer, required: false}
YAML
"$FULLBASE" run many.yaml --quiet >run.log 2>&1 || breach "a first night failed: $(cat run.log)"
for ranks in 1 3; do
  fails_with "too many values on $ranks ranks" 3 "step drift is left out: " mpirun -n $ranks "$FULLBASE" run many.yaml --quiet
  contains "why on $ranks ranks" "column 'customer' has more than 10,000 values" stderr.txt
done
finish
