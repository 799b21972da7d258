#!/usr/bin/env bash
# The churn example on a real shop: it learns something, its checks end a night whose features have seen the future, and its bits are the same
# on other ranks and threads, its scores too from a job of their own.
source "$(dirname "$0")/harness.sh"
need_real_data
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive FULLBASE_STORE=$work/store
run() { FULLBASE_OUTPUT=$1 "$FULLBASE" run "$SOURCE_ROOT/configs/online_retail_churn.yaml" "${@:2}"; }
run one.h5 --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; }

measure() { "$FULLBASE_TEST_PYTHON" - "$1" "$2" <<'PY'
import anndata, h5py, sys
with h5py.File("one.h5") as file:
    table = anndata.io.read_elem(file[sys.argv[1]])
print(table.loc[(table["metric"] == sys.argv[2]).to_numpy(), "value"].iloc[0])
PY
}
holds() { truths=$((truths + 1)); [ "$(awk "BEGIN { print ($2) }")" = 1 ] || breach "$1: not so: $2"; }
for step in quality line_quality; do
  holds "$step is better than a guess" "$(measure $step roc_auc) > 0.7"
  holds "$step is not too good to be true" "$(measure $step roc_auc) < 0.9"
done

# --- the guards
leaks() { fails_with "$1" 65 "$2" env FULLBASE_OUTPUT=leak.h5 "$FULLBASE" run "$SOURCE_ROOT/configs/online_retail_churn.yaml" --quiet "${@:3}"; }
leaks "orders after the cut-off" "no order after the cut-off" --set steps.past_rfm.as_of=2011-12-10
leaks "lines after the cut-off" "no line after the cut-off" --set steps.past_habits.as_of=2011-12-10
leaks "a column that knows the answer" "no column knows the answer" --set "steps.customers.columns=[customer, frequency, orders_later, churned]"
truths=$((truths + 1)); [ ! -e leak.h5 ] || breach "a night with a leak was published"

# --- the same bits
expected=$("$FULLBASE" digest one.h5)
FULLBASE_OUTPUT=three.h5 mpi 3 run "$SOURCE_ROOT/configs/online_retail_churn.yaml" --set resources.threads=2 --quiet >run.log 2>&1 || { cat run.log; breach "3 ranks failed"; }
same "digest with 3 ranks, 2 threads" "$expected" "$("$FULLBASE" digest three.h5)"

# --- the model in another job
cat >score.yaml <<'YAML'
version: 1
output: {file: scored.h5}
inputs: {parts: {file: one.h5, table: parts}, forest: {file: one.h5, table: forest/model}, line: {file: one.h5, table: line/model}}
steps:
  scored:      {job: predict, from: {table: parts, model: forest}, keep: [part, churned]}
  line_scored: {job: predict, from: {table: parts, model: line}, keep: [part, churned], reasons: 0}
YAML
"$FULLBASE" run score.yaml --quiet >run.log 2>&1 || { cat run.log; breach "scoring failed"; }
tables() { "$FULLBASE" digest "$1" | grep -E '^(line_)?scored '; }
same "scores of a stored model" "$(tables one.h5)" "$(tables scored.h5)"
finish
