#!/usr/bin/env bash
# What plan says before a run against what the run then takes: rows, bytes, memory; what cannot be held; the formats it reads and writes.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

"$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import gzip, random
random.seed(3)
def lines(count):
    yield "customer,invoice,time,quantity,price\n"
    for i in range(count):
        yield f"c{random.randrange(3000):05d},i{i // 4:07d},2026-0{1 + i * 6 // count}-1{i % 9} 10:00:00,{random.randint(-1, 9)},{random.randint(1, 99) / 10}\n"
open("plain.csv", "w").writelines(lines(60000))
gzip.open("packed.csv.gz", "wt").writelines(lines(40000))
PYTHON
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-07-01
store: store
output: {file: out/out.h5}
import:
  lines:
    files: [plain.csv, packed.csv.gz]
    columns:
      customer: {type: category}
      invoice:  {type: string}
      time:     {type: timestamp}
      quantity: {type: int64}
      price:    {type: decimal(1)}
steps:
  sales:    {job: select, from: lines, where: quantity > 0, derive: {amount: quantity * price}}
  rfm:      {job: rfm, from: sales, order: invoice}
  profile:
    job: aggregate
    from: lines
    by: customer
    time: time
    windows: [30d, 90d]
    measures: {lines: count, items: {distinct: invoice}, spent: {sum: quantity * price}}
  segments: {job: kmeans, from: rfm, k: [3, 4], columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}}
YAML

# planned EXPRESSION [ARGUMENTS...]: a Python expression of the plan `p` and its steps by id, `s`.
planned() {
  "$FULLBASE" plan job.yaml --json "${@:2}" >plan.json || { breach "plan $* failed"; return; }
  "$FULLBASE_TEST_PYTHON" -c '
import json, sys
p = json.load(open("plan.json"))
s = {step["step"]: step for step in p["steps"]}
print(eval(sys.argv[1]))' "$1"
}
# ran EXPRESSION: of what the last run did, `r` and its steps `s`; `p` is the last plan.
ran() {
  "$FULLBASE_TEST_PYTHON" -c '
import json, sys
p = json.load(open("plan.json"))
planned = {step["step"]: step for step in p["steps"]}
r = json.load(open("out/out.h5.run.json"))
s = {step["step"]: step for step in r["steps"]}
print(eval(sys.argv[1]))' "$1"
}

# --- before anything is there
same "rows of files, by their beginnings" True "$(planned 'abs(s["lines"]["rows_written"]["rows"] - 100000) < 3000')"
same "how far they can be trusted" estimate "$(planned 's["sales"]["rows_read"]["certainty"]')"
same "the plan is whole" True "$(planned 'p["complete"] and p["seconds"] > 0')"
same "times are the machine's" "{'machine'}" "$(planned '{step["seconds_from"] for step in p["steps"]}')"
same "nothing was made" "job.yaml packed.csv.gz plain.csv plan.json" "$(ls | grep -v txt | tr '\n' ' ' | sed 's/ $//')"

mpi 2 run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }
same "bounds of rows hold" True "$(ran 'all(planned[id]["rows_written"]["rows"] * 1.03 >= s[id]["rows"][id] for id in ["sales", "rfm", "profile", "segments"])')"
same "the work folder was not larger" True "$(ran 'p["work_folder_bytes"] > sum(s[id]["bytes_written"] for id in ["sales", "rfm", "profile", "segments"])')"

# --- after a run: rows of the store are exact, everything else is as it was
same "rows of the store" "{'rows': 100000, 'certainty': 'exact'}" "$(planned 's["sales"]["rows_read"]' --ranks 2)"
same "every step is known" "{'same step'}" "$(planned '{step["seconds_from"] for step in p["steps"] if step["job"] != "import"}' --ranks 2)"
same "rows are the last run's" True "$(ran 'all(planned[id]["rows_written"]["rows"] == s[id]["rows"][id] for id in ["sales", "rfm", "profile", "segments"])')"
same "bytes are the last run's" True "$(ran 'all(planned[id]["bytes_written"] == s[id]["bytes_written"] for id in ["sales", "rfm", "profile", "segments"])')"
same "bytes sent are the last run's" True "$(ran 'all(planned[id]["bytes_sent"] == s[id]["bytes_sent"] for id in ["sales", "rfm", "profile", "segments"])')"
same "one rank sends nothing" 0 "$(planned 'p["bytes_sent"]')"
mv out/out.h5.run.json kept.json
same "without the manifest, the machine's pace" "{'machine'}" "$(planned '{step["seconds_from"] for step in p["steps"] if step["seconds_from"]}')"
same "with it again" "same step" "$(planned 's["rfm"]["seconds_from"]' --last-run kept.json)"
mv kept.json out/out.h5.run.json
same "a step with other options is not what it was, and its kind tells nothing" machine "$(planned 's["segments"]["seconds_from"]' --set steps.segments.k=9)"
same "the others are" "{'same step'}" "$(planned '{s[id]["seconds_from"] for id in ["sales", "rfm", "profile"]}' --set steps.segments.k=9)"
contains "the plan says so" "times with ~, of steps that are new or have other options now" <("$FULLBASE" plan job.yaml --set steps.segments.k=9)
head -c 1000 plain.csv >more.csv
sed -i 's/\[plain.csv/[more.csv, plain.csv/' job.yaml
same "a new file adds its rows" "{'rows': True, 'certainty': 'estimate'}" "$(planned '{**s["sales"]["rows_read"], "rows": 100000 < s["sales"]["rows_read"]["rows"] < 100100}')"
sed -i 's/\[more.csv, plain.csv/[plain.csv/' job.yaml

# --- files that are not there
contains "missing files are told" "warning: import.lines: a run will fail: absent*.csv" <("$FULLBASE" plan job.yaml --set import.lines.files=absent*.csv)
same "in JSON too" True "$(planned 'any("absent.csv" in w for w in p["warnings"])' --set import.lines.files=absent.csv)"
fails_with "as the run does" 65 "absent.csv" "$FULLBASE" run job.yaml --quiet --set import.lines.files=absent.csv

# --- what aggregate and rfm are told to need: with the best there is one pass, with the least the same bits
digest=$("$FULLBASE" digest out/out.h5 | tail -1)
for step in profile rfm; do
  for ranks in 1 2; do
    least=$(planned "max(1 << 20, p['least_memory_bytes'])" --ranks $ranks) best=$(planned "s['$step']['best_memory_bytes']" --ranks $ranks)
    mpi $ranks run job.yaml --quiet --force --memory "$best" >run.log 2>&1 || { cat run.log; breach "$step failed with the best"; }
    same "$step: one pass with the best on $ranks ranks" 1 "$(note out/out.h5 $step notes passes)"
    mpi $ranks run job.yaml --quiet --force --memory "$least" >run.log 2>&1 || { cat run.log; breach "$step failed with the least"; }
    same "$step: digest with the least on $ranks ranks" "$digest" "$("$FULLBASE" digest out/out.h5 | tail -1)"
  done
done

# --- totals beside cells that are left out
cat >cells.yaml <<'YAML'
version: 1
store: store
output: {file: out/cells.h5}
steps:
  cells: {job: aggregate, from: lines, by: [quantity, price], measures: {lines: count}, suppress: {count: customer, totals: true}}
YAML
"$FULLBASE" plan cells.yaml --json >cells.json
"$FULLBASE" run cells.yaml --quiet
same "every table's rows are bound" "True True" "$("$FULLBASE_TEST_PYTHON" -c '
import json
p, r = json.load(open("cells.json")), json.load(open("out/cells.h5.run.json"))
planned, ran = p["steps"][0], r["steps"][0]
print(planned["rows_written"]["rows"] >= ran["rows"]["cells"], planned["bytes_written"] >= ran["bytes_written"] > 0)')"
plain=$("$FULLBASE" plan cells.yaml --json --set steps.cells.suppress.totals=false | "$FULLBASE_TEST_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["steps"][0]["bytes_written"])')
same "a table of totals more takes more" True "$("$FULLBASE_TEST_PYTHON" -c "import json; print(json.load(open('cells.json'))['steps'][0]['bytes_written'] > $plain)")"

# --- what no rank can hold
fails_with "too little memory" 78 "step segments needs" "$FULLBASE" plan job.yaml --memory 1MiB --set steps.segments.n_init=1 --set 'steps.segments.k=[20000]'
contains "what it needs and what there is" "a rank has 1 MiB (resources.memory_per_rank or --memory)" stderr.txt
contains "what to do" "--memory" stderr.txt
contains "the plan is shown all the same" "segments" stdout.txt
got=0
"$FULLBASE" plan job.yaml --json --memory 1MiB --set 'steps.segments.k=[20000]' >too_little.json 2>/dev/null || got=$?
same "as JSON too" 78 "$got"
same "which is whole" 1048576 "$("$FULLBASE_TEST_PYTHON" -c 'import json; print(json.load(open("too_little.json"))["memory_per_rank_bytes"])')"
whole=$(planned 'p["memory_per_rank_bytes"]')
same "a machine is shared by its ranks" "$((whole / 16))" "$(planned 'p["memory_per_rank_bytes"]' --ranks 16)"
same "of several machines each is" "$((whole / 2))" "$(planned 'p["memory_per_rank_bytes"]' --ranks 16 --nodes 8)"

# --- rates of another machine
"$FULLBASE" plan job.yaml --save-rates rates.json >plan.txt
"$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import json
rates = json.load(open("rates.json"))
slow = {k: v * 100 if k.endswith("seconds") else v / 100 if k.endswith("per_second") else v for k, v in rates.items()}
json.dump(slow, open("slow.json", "w"))
PYTHON
rm out/out.h5.run.json
fast=$(planned 's["rfm"]["seconds"]' --rates rates.json) slow=$(planned 's["rfm"]["seconds"]' --rates slow.json)
same "a machine a hundred times slower takes a hundred times as long" True "$("$FULLBASE_TEST_PYTHON" -c "print(99 < $slow / $fast < 101)")"
echo '{}' >empty.json
fails_with "no rates" 65 "no file of a machine's rates" "$FULLBASE" plan job.yaml --rates empty.json
fails_with "no manifest" 65 "no run's manifest" "$FULLBASE" plan job.yaml --last-run empty.json
fails_with "no such file" 65 "nowhere.json" "$FULLBASE" plan job.yaml --rates nowhere.json
"$FULLBASE" plan job.yaml --ranks 64 --nodes 8 >plan.txt
contains "for people" "time: " plan.txt
contains "for people" "64 ranks" plan.txt
finish
