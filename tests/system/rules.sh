#!/usr/bin/env bash
# rules.sh generated|real: association rules are those of their definitions, on any ranks the same bits; tables that are none of itemsets, and
# limits that leave nothing or too much, are told apart.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
here=$SOURCE_ROOT/tests/system
check() { "$FULLBASE_TEST_PYTHON" "$here/rules.py" "$@" 2>check.log || { tail -3 check.log; echo failed; }; }
run() { "$FULLBASE" run "$@" --fresh --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; }; }

if [ "${1:?generated or real}" = real ]; then
  need_real_data
  awk 'BEGIN { print "basket\titem" } { n = split($0, items, ","); for (i = 1; i <= n; i++) print NR "\t" items[i] }' \
    "$FULLBASE_REAL_DATA/groceries.csv" >lines.tsv
  cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  lines: {files: lines.tsv, delimiter: tab, columns: {basket: {type: int64, required: true}, item: {type: category}}}
steps:
  sets: {job: itemsets, from: lines, basket: basket, item: item, support: 0.01}
  rules: {job: rules, from: sets, confidence: 0.5}
  rare: {job: itemsets, from: lines, basket: basket, item: item, support: 0.001}
  sure: {job: rules, from: rare, confidence: 0.8}
YAML
  run job.yaml
  # With one item on the right: as many as R's arules and PyFIM find.
  same "Groceries at 1 %" "333 15 15" "$(check out.h5 sets rules 0.5)"
  same "Groceries at 0.1 %" "13492 413 410" "$(check out.h5 rare sure 0.8)"
  finish
  exit
fi

"$FULLBASE_TEST_PYTHON" "$here/rules.py" --lines lines.csv
cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: "${OUTPUT:-out.h5}"}
import:
  lines: {files: lines.csv, columns: {basket: {type: int64, required: true}, item: {type: category}}}
steps:
  sets: {job: itemsets, from: lines, basket: basket, item: item, support: 0.02}
  rules: {job: rules, from: sets, confidence: 0.3}
  best: {job: rules, from: sets, confidence: 0, consequent: {longest: 1}, top: {by: leverage, rows: 25}}
YAML
run job.yaml
read -r sets rules _ <<<"$(check out.h5 sets rules 0.3)"
truths=$((truths + 1)); [ "$sets" -gt 200 ] && [ "$rules" -gt 500 ] || breach "only '$sets' sets and '$rules' rules"
expected=$("$FULLBASE" digest out.h5)
for ranks in 2 3; do
  OUTPUT=ranks.h5 mpi "$ranks" run job.yaml --fresh --set resources.threads=2 --quiet >run.log 2>&1 || { cat run.log; breach "$ranks ranks failed"; }
  same "digest with $ranks ranks" "$expected" "$("$FULLBASE" digest ranks.h5)"
done

# --- mistakes of the job file
cat >sets.yaml <<'YAML'
version: 1
output: {file: other.h5}
inputs: {sets: {file: out.h5, table: sets}, found: {file: out.h5, table: rules}}
steps:
  rules: {job: rules, from: sets, confidence: 0.3}
YAML
bad() { fails_with "$1" "$2" "$3" "$FULLBASE" run sets.yaml --quiet "${@:4}"; }
bad "confidence above 1" 78 "allowed: 0 to 1" --set steps.rules.confidence=1.5
bad "lift below 0" 78 "at least 0" --set steps.rules.lift=-1
bad "an empty side" 78 "at least 1" --set steps.rules.consequent.longest=0
bad "top without rows" 78 "rows" --set steps.rules.top='{by: lift}'
bad "an unknown measure" 78 "did you mean 'lift'" --set steps.rules.top='{by: lifd, rows: 3}'
bad "an item that no set has" 78 "no itemset has the item 'zzzzzzzz'; items are called as in the table of itemsets" --set steps.rules.antecedent='{any_of: [zzzzzzzz]}'
bad "an unknown item" 78 "did you mean 'bread'" --set steps.rules.antecedent='{any_of: [braed]}'
bad "a condition" 78 "rules need all itemsets" --set steps.rules.where='size > 1'
bad "another table" 78 "'found' is no table of itemsets" --set steps.rules.from=found
bad "too many rules" 78 "at most 10 are to be written" --set steps.rules.most=10

# --- a table of itemsets that lost some
cat >part.yaml <<'YAML'
version: 1
output: {file: other.h5}
inputs: {sets: {file: out.h5, table: sets}}
steps:
  part: {job: select, from: sets, where: size > 1}
  rules: {job: rules, from: part, confidence: 0.3}
YAML
fails_with "itemsets without single items" 65 "this is no table of itemsets" "$FULLBASE" run part.yaml --quiet
truths=$((truths + 1)); [ ! -e other.h5 ] || breach "an output of a job that failed"

# --- nothing to find
"$FULLBASE" run sets.yaml --set steps.rules.lift=1000 >run.log 2>&1 || { cat run.log; breach "no rule is no mistake"; }
contains "no rule at all" "no rule has the measures and items that are asked for" run.log
contains "no rule at all" "rules: 0 rows" run.log
finish
