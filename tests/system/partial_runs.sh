#!/usr/bin/env bash
# Parts of a job: --only, --from and --sample. What is taken over or left out is what was said, and no complete output is replaced by a part.
source "$(dirname "$0")/harness.sh"

{ echo customer,time,price; for i in $(seq 0 19999); do echo "$((i * 7919 % 1000)),2011-11-1$((i % 10)),$((i % 97))"; done; } >lines.csv
{ echo customer,name; for i in $(seq 0 999); do echo "$i,n$i"; done; } >customers.csv
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-12-01
store: store
seed: 3
output: {file: out/night.h5, latest: out/latest.h5}
sample: {by: customer}
import:
  lines: {files: lines.csv, columns: {customer: {type: category}, time: {type: date}, price: {type: decimal(2)}}}
  customers: {files: customers.csv, columns: {customer: {type: int64}, name: {type: string}}}
steps:
  sales:  {job: select, from: lines, where: price > 1, publish: false}
  rfm:    {job: rfm, from: sales, order: time, amount: price}
  groups: {job: kmeans, from: rfm, k: 3, columns: {monetary: [standardize]}}
  big:    {job: select, from: groups, where: segment = 1}
  names:  {job: select, from: customers}
YAML
manifest() { python3 - "$1" <<'PY'
import json, sys
m = json.load(open(sys.argv[1]))
print(m["partial"] and m["partial"].get("only"), "|", *[("=" if s["reused"] else "") + s["step"] for s in m["steps"] if s["job"] != "import"])
PY
}
part() { local ranks=$1; shift; mpi "$ranks" run job.yaml "$@" >part.log 2>&1 || { cat part.log; breach "a part failed: $*"; }; }

part 2
"$FULLBASE" digest out/night.h5 >night.txt
same "the whole job" "None | sales rfm groups big names" "$(manifest out/night.h5.run.json)"
cp out/night.h5.run.json night.json

# --- only
for ranks in 1 3; do
  part $ranks --only groups
  same "only groups on $ranks ranks" "['groups'] | sales rfm groups" "$(manifest out/night.only.h5.run.json)"
  contains "steps are counted that run" "[3/3] groups" part.log
  contains "and that are in the output" "out/night.only.h5: 3 steps in" part.log
  same "its tables are the night's" "$(grep -E '^(rfm|groups)' night.txt)" "$("$FULLBASE" digest out/night.only.h5 | grep -v ^all)"
done
same "the night stays" "$(cat night.json)" "$(cat out/night.h5.run.json)"
same "the link stays" night.h5 "$(readlink out/latest.h5)"
part 2 --only big --only names --fresh
same "all steps are no part" "None | sales rfm groups big names" "$(manifest out/night.h5.run.json)"
fails_with "an unknown step" 2 "did you mean 'groups'?" mpirun -n 2 "$FULLBASE" run job.yaml --only gruops
fails_with "both" 2 "excludes" "$FULLBASE" run job.yaml --only big --from groups

# --- from
for ranks in 1 2 3; do
  part $ranks --from groups
  same "from groups on $ranks ranks: sales is not needed" "None | =sales =rfm groups big =names" "$(manifest out/night.h5.run.json)"
  contains "steps are counted that run" "[2/2] big" part.log
  contains "and that are in the output" "out/night.h5: 5 steps in" part.log
  same "the same bits" "$(cat night.txt)" "$("$FULLBASE" digest out/night.h5)"
  "$FULLBASE" verify out/night.h5 >verify.txt 2>&1 || breach "verify after --from: $(cat verify.txt)"
done
part 2 --from rfm
same "from rfm: sales is read, and not in the output" "None | sales rfm groups big =names" "$(manifest out/night.h5.run.json)"
contains "why" "step sales runs, for it is read, and is not published" part.log
part 2 --from big --set steps.groups.k=4
same "options that changed" "None | =sales =rfm groups big =names" "$(manifest out/night.h5.run.json)"
contains "why" "step groups runs, for its options are not what they were" part.log
part 1 --set steps.groups.k=4
"$FULLBASE" digest out/night.h5 >four.txt
part 3 --from big --set steps.groups.k=4
same "the same bits with changed options" "$(cat four.txt)" "$("$FULLBASE" digest out/night.h5)"
part 2 --from big --set as_of=2011-12-02 --set steps.groups.k=4
contains "another moment" "step rfm runs, for its as_of, time zone, seed or sample is another one" part.log
part 2
echo 1000,n1000 >>customers.csv
part 2 --from big
same "data that changed" "None | =sales =rfm =groups big names" "$(manifest out/night.h5.run.json)"
contains "why" "step names runs, for what it reads is not what it was" part.log
same "the new row" 1001 "$("$FULLBASE" export out/night.h5 names names.csv >/dev/null; tail -n +2 names.csv | wc -l)"
rm -rf out
part 2 --from big
contains "nothing to take over" "for there is no last output" part.log

# --- sample: the same customers in every table, on any ranks; more of them in a larger share
"$FULLBASE" digest out/night.h5 >night.txt
kept() { "$FULLBASE" export "$1" "$2" kept.csv >/dev/null; awk -F, -v want="$3" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == want) c = i } NR > 1 { print $c }' kept.csv | sort -u; }
for ranks in 1 2 3; do
  part $ranks --sample 10% --set steps.sales.publish=true
  kept out/night.sample.h5 names customer >names.txt
  kept out/night.sample.h5 sales customer >sales.txt
  [ -f sample.txt ] || "$FULLBASE" digest out/night.sample.h5 >sample.txt
  same "the sample on $ranks ranks" "$(cat sample.txt)" "$("$FULLBASE" digest out/night.sample.h5)"
  same "one set of customers" "$(grep -v '^1000$' names.txt)" "$(cat sales.txt)"
done
count=$(wc -l <names.txt)
[ "$count" -ge 70 ] && [ "$count" -le 130 ] || breach "10% of 1,001 customers are $count"
contains "the manifest says so" '"by": "customer"' out/night.sample.h5.run.json
contains "with the rows" '"kept": '"$count" out/night.sample.h5.run.json
same "the night stays" "$(cat night.txt)" "$("$FULLBASE" digest out/night.h5)"
same "the link stays" night.h5 "$(readlink out/latest.h5)"
part 2 --sample 0.3
kept out/night.sample.h5 names customer >more.txt
same "a larger share keeps them" "" "$(comm -23 names.txt more.txt)"
part 2 --sample 10% --only names
same "only and sample" "['names'] | names" "$(manifest out/night.only.sample.h5.run.json)"
part 1 --sample 10% --sample-by name
contains "another column" '"by": "name"' out/night.sample.h5.run.json
part 2 --sample 10% --set 'checks={names: {rows: {at_least: 1000}}}'
contains "a check that a sample breaks is a warning" "check names: rows:" part.log
fails_with "a column that there is not" 78 "no table that the job reads has a column 'client'" mpirun -n 2 "$FULLBASE" run job.yaml --quiet --sample 1% --sample-by client
fails_with "no share" 2 "is no share" "$FULLBASE" run job.yaml --sample 100%
same "nothing is left" "" "$(ls out | grep -E 'lock|new$|work' | xargs)"
finish
