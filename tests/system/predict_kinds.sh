#!/usr/bin/env bash
# Every kind of model with labels of every type: predictions fit the scores of all classes, rows that cannot be scored are counted, as are
# categories that training did not meet; the bits are the same on any ranks and threads and from a stored model.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
here=$(dirname "$(realpath "$0")")
python() { "$FULLBASE_TEST_PYTHON" "$here/predict_kinds.py" "$@"; }
python make in.h5

forest='job: forest, trees: 20, min_rows: 5' logistic='job: logistic' svm='job: svm' rbf='job: svm, kernel: rbf' platt='job: svm, probability: true'
cases=()
for label in two kind count word answer; do cases+=("forest $label" "logistic $label"); done
cases+=("forest number" "svm two" "svm kind" "rbf kind" "platt two" "platt kind" "platt answer")
head_of() { # OUTPUT
  cat <<YAML
version: 1
seed: 4
resources: {memory_per_rank: 512MiB}
output: {file: "\${OUT:-$1}"}
inputs: {training: {file: in.h5, table: training}, customers: {file: in.h5, table: customers}$2}
steps:
YAML
}
told() { # CASE'S KIND, ITS LABEL, MODEL
  local more=', all_classes: true'
  [ "$2" != number ] || more=''
  echo "  told_$1_$2: {job: predict, from: {table: customers, model: $3}$more, reasons: 2}"
}
{
  head_of out.h5 ''
  for case in "${cases[@]}"; do
    read -r kind label <<<"$case"
    positive=''
    [ "$label" != answer ] || positive=', positive: "no"'
    echo "  ${kind}_$label: {${!kind}, from: training, features: [x, y, z, colour], label: $label$positive}"
    told "$kind" "$label" "${kind}_$label"
  done
} >job.yaml
"$FULLBASE" run job.yaml >run.log 2>&1 || { cat run.log; breach "the job failed"; }
for case in "${cases[@]}"; do
  read -r kind label <<<"$case"
  truths=$((truths + 1)); python check out.h5 "told_${kind}_$label" "$kind" "$label" >check.txt 2>&1 || breach "$case: $(cat check.txt)"
done
contains "rows that cannot be scored" "step told_logistic_two: in.h5:/customers: 50 rows could not be scored" run.log
contains "categories that training did not meet" "step told_forest_two: in.h5:/customers.colour: 30 values are of a category that training did not meet" run.log

# --- the same bits
expected=$("$FULLBASE" digest out.h5)
for setting in "2 2" "3 1"; do
  read -r ranks threads <<<"$setting"
  OUT=again.h5 mpi "$ranks" run job.yaml --fresh --set "resources.threads=$threads" --quiet >run.log 2>&1 || { cat run.log; breach "$setting: failed"; }
  same "digest with $ranks ranks, $threads threads" "$expected" "$("$FULLBASE" digest again.h5)"
done
inputs=''
for case in "${cases[@]}"; do inputs+=", ${case/ /_}: {file: out.h5, table: ${case/ /_}/model}"; done
{ head_of later.h5 "$inputs"; for case in "${cases[@]}"; do told ${case} "${case/ /_}"; done; } >later.yaml
mpi 2 run later.yaml --quiet >run.log 2>&1 || { cat run.log; breach "stored models: failed"; }
same "what stored models tell" "$(grep '^told' <<<"$expected")" "$("$FULLBASE" digest later.h5 | grep '^told')"

# --- models of every kind that were cut short
for case in "forest two" "logistic kind" "svm two" "rbf kind" "platt two"; do
  python spoil out.h5 "${case/ /_}" spoilt.h5
  { head_of spoilt_out.h5 ", spoilt: {file: spoilt.h5, table: model}"; told ${case} spoilt; } >spoilt.yaml
  fails_with "$case, cut short" 65 "it was cut short" "$FULLBASE" run spoilt.yaml --quiet
done
finish
