#!/usr/bin/env bash
# Checks keep a night from being published, and say what is wrong with which rows: each seen to pass and to fail, on any ranks.
source "$(dirname "$0")/harness.sh"

{
  echo customer,time,price,country,spare
  for i in $(seq 0 2999); do
    echo "c$((i % 100)),2011-11-$(printf %02d $((i % 30 + 1))) 10:00:00,$((i % 7)).50,$([ $((i % 3)) = 0 ] && echo France || echo Germany),$([ $((i % 10)) = 0 ] || echo x)"
  done
} >lines.csv
{ echo customer,joined; for i in $(seq 0 99); do echo "c$i,2010-01-01"; done; } >customers.csv
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-12-01
store: store
output: {file: out/result.h5}
import:
  lines:
    files: lines.csv
    columns: {customer: {type: category}, time: {type: timestamp}, price: {type: decimal(2)}, country: {type: category}, spare: {type: string}}
  customers:
    files: customers.csv
    columns: {customer: {type: string}, joined: {type: date}}
steps:
  sales: {job: select, from: lines, derive: {day: date(time)}}
  rfm: {job: rfm, from: sales, customer: customer, order: day, time: time, amount: price}
  groups: {job: kmeans, from: rfm, k: 2, columns: {monetary: [standardize]}, publish: false}
checks:
  lines:
    - rows: {at_least: 3000, at_most: 1e9}
    - unique: [customer, time, price]
      severity: warn
    - missing: {column: spare, at_most: 10%}
    - range: {column: time, at_least: 2011-11-01, at_most: as_of}
    - range: {column: price, at_least: 0.5, at_most: 6.5}
    - allowed: {column: country, values: [France, Germany]}
    - key: {column: customer, in: customers.customer}
    - fresh: {column: time, within: 2d}
    - expect: price > 0 and country is not missing
      name: sold somewhere
  customers:
    - unique: customer
    - fresh: {column: joined, within: 1000d}
  rfm:
    - rows: {at_least: 100, at_most: 100}
    - key: {column: customer, in: lines.customer}
  sales: {range: {column: day, at_least: 2011-11-01}}
  groups: {metric: {name: inertia, at_least: 0}}
YAML

for ranks in 1 2 3; do
  rm -rf out
  mpi $ranks run job.yaml --fresh --quiet >run.log 2>&1 || { cat run.log; breach "the job on $ranks ranks failed"; }
  contains "a warning on $ranks ranks" "check lines: unique customer, time, price: " run.log
  python3 - out/result.h5.run.json >checks.txt <<'PY'
import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    print(c["table"], "|", c["name"], "|", c["severity"], c["passed"], c["observed"], c["rows"], c["first"][:2])
PY
  [ -f first.txt ] || cp checks.txt first.txt
  same "the records on $ranks ranks" "$(cat first.txt)" "$(cat checks.txt)"
done
same "all checks are recorded" 15 "$(wc -l <first.txt)"
same "all but the warning passed" 14 "$(grep -c ' True ' first.txt)"
same "what repeats" "$(awk -F, 'NR > 1 && seen[$1 "," $2 "," $3]++ { n++ } END { print n + 0 }' lines.csv)" "$(sed -n 's/^lines | unique.* False \([0-9]*\) .*/\1/p' first.txt)"
contains "missing values are counted" "lines | missing spare | error True 300 300 ['row 0'" first.txt
contains "the newest time is told" "lines | fresh time | error True 2011-11-30T10:00:00Z" first.txt
contains "the name that was given" "lines | sold somewhere | error True 0" first.txt
cp out/result.h5.run.json before.json

# --- each of them seen to fail, and nothing published
turn=0
broken() { # WHAT MESSAGE SETTINGS...: on one rank without a launcher, on two, on three, and so on in turn
  local what=$1 message=$2
  local launchers=("" "mpirun -n 2" "mpirun -n 3")
  turn=$(((turn + 1) % 3))
  shift 2
  local all=()
  for one in "$@"; do all+=(--set "$one"); done
  fails_with "$what" 65 "$message" ${launchers[$turn]} "$FULLBASE" run job.yaml --quiet "${all[@]}"
  same "$what: the old output stays" "$(cat before.json)" "$(cat out/result.h5.run.json)"
}
broken "rows" "lines: rows: 3,000 rows, not at least 3001" 'checks.lines[0]={rows: {at_least: 3001}}'
broken "unique" "2,700 rows repeat an earlier one's key: row 300, row 301" \
  'checks.lines[1]={unique: [customer, time]}'
broken "missing" "300 rows have no value (at most 9.9% may): row 0, row 10" 'checks.lines[2]={missing: {column: spare, at_most: 9.9%}}'
broken "range of numbers" "428 rows are not at most 6.49: row 6" 'checks.lines[4]={range: {column: price, at_most: 6.49}}'
broken "range of times" "100 rows are not at least as_of - 29d: row 0" 'checks.lines[3]={range: {column: time, at_least: as_of - 29d}}'
broken "allowed" "2,000 rows have another value than those allowed: row 1" 'checks.lines[5]={allowed: {column: country, values: [France]}}'
{ echo customer,joined; echo c0,2010-01-01; } >one.csv
broken "key" "2,970 rows have a value that customers.customer lacks: row 1, row 2" import.customers.files=one.csv
broken "fresh" "the newest value, 2011-11-30T10:00:00Z, lies 0.5833 days before as_of, not within 0.5 days" 'checks.lines[7]={fresh: {column: time, within: 12h}}'
broken "fresh dates" "the newest value, 2010-01-01, lies 699 days before as_of, not within 698 days" 'checks.customers[1]={fresh: {column: joined, within: 698d}}'
broken "expect" "sold everywhere: 1,000 rows do not meet it: row 0" 'checks.lines[8]={expect: country = '"'Germany'"', name: sold everywhere}'
broken "metric" "groups: metric inertia: it is " 'checks.groups={metric: {name: inertia, at_most: 0}}'
broken "a metric that there is not" "the step notes no such number; it notes " 'checks.groups={metric: {name: inertiaa, at_most: 0}}'
broken "several" "3 checks have failed, so nothing is published" 'checks.rfm[0]={rows: {at_most: 5}}' 'checks.groups={metric: {name: inertia, at_most: 0}}' \
  'checks.lines[0]={rows: {at_least: 3001}}'
contains "the first of them" "lines: rows: 3,000 rows" stderr.txt
contains "the last of them" "groups: metric inertia" stderr.txt

# --- the same command would fail again: that is not what a user is told to type
code=0
"$FULLBASE" run job.yaml --set 'checks.lines[0]={rows: {at_least: 3001}}' --set resources.checkpoint_share=0.5 >stdout.txt 2>stderr.txt || code=$?
same "a broken check" 65 "$code"
contains "a broken check: what to do" "kept in out/result.h5.work: once what is wrong is mended, run it again to go on from there" stderr.txt

# --- mistakes of the job file, before anything is read
mistake() { fails_with "$1" 78 "$2" "$FULLBASE" run job.yaml --quiet --set "$3"; }
mistake "an unknown table" "did you mean 'lines'?" 'checks.linse={rows: {at_least: 1}}'
mistake "an unknown column" "did you mean 'price'?" 'checks.lines[4]={range: {column: prise, at_least: 1}}'
mistake "a bound of another type" "checks.lines[4].range" 'checks.lines[4]={range: {column: price, at_least: soon}}'
mistake "two rules" "this check has 2 rules: rows, unique" 'checks.lines[0]={rows: {at_least: 1}, unique: customer}'
mistake "no rule" "this check has no rule" 'checks.lines[0]={severity: warn}'
mistake "no bound" "there is no bound" 'checks.lines[0]={rows: {}}'
mistake "keys of two types" "cannot be compared as keys" 'checks.lines[6]={key: {column: time, in: customers.customer}}'
mistake "a metric of no step" "lines' is no step" 'checks.lines[0]={metric: {name: x, at_least: 1}}'
mistake "a table that a step lacks" "did you mean 'centroids'?" 'checks={groups.centroid: {rows: {at_least: 1}}}'
finish
