#!/usr/bin/env bash
# One digest of what learns and what tells - split, encode, select_features, forest, logistic, svm, predict, evaluate - over ranks x threads x
# memory, and over the instruction sets that this machine has. That a forest's matrix may be
# streamed is forest.sh's to show.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
"$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import numpy as np, pandas as pd
random = np.random.default_rng(11)
n = 12000      # twelve blocks, the last one not full
frame = pd.DataFrame(random.normal(size=(n, 8)).round(4), columns=[f"x{j}" for j in range(8)])
frame.insert(0, "id", np.arange(n))
frame["city"] = random.choice(list("abcdefgh"), n)
frame["visits"] = random.poisson(4, n)
shown = frame["x0"] + frame["x1"] * frame["x2"] + np.isin(frame["city"], ["b", "f"]) + random.normal(0, 0.7, n)
frame["churned"] = shown > 0.6
frame["grade"] = np.digitize(shown, [-0.5, 0.6, 1.5])
frame["worth"] = (100 * shown).round(3)
frame.loc[random.random(n) < 0.1, "visits"] = np.nan
frame["visits"] = frame["visits"].astype("Int64")
frame.iloc[:-100].to_csv("rows.csv", index=False)
PYTHON
cat >job.yaml <<'YAML'
version: 1
seed: 9
store: store
output: {file: "${FULLBASE_OUTPUT:-out.h5}"}
import:
  rows:
    files: rows.csv
    key: id
    columns:
      id: {type: int64, required: true}
      x0: {type: float64}
      x1: {type: float64}
      x2: {type: float64}
      x3: {type: float64}
      x4: {type: float64}
      x5: {type: float64}
      x6: {type: float64}
      x7: {type: float64}
      city: {type: category}
      visits: {type: int64}
      churned: {type: bool}
      grade: {type: int64}
      worth: {type: float64}
steps:
  parts:  {job: split, from: rows, test: 0.3, stratify: churned}
  folds:  {job: split, from: rows, folds: 4, by: city}
  coded:  {job: encode, from: rows, columns: {city: frequency, visits: ordinal}}
  ranked: {job: select_features, from: parts, where: part = 'train', label: churned, exclude: [part, grade, worth], keep: 6}
  forest:
    job: forest
    from: {table: parts, features: ranked}
    where: {table: part = 'train'}
    label: churned
    exclude: [part]
    trees: 12
    max_depth: 8
    out_of_bag: true
    permutation_importance: 1
    class_weights: balanced
    cross_validation: {folds: 2}
  worths:    {job: forest, from: rows, label: worth, exclude: [churned, grade], trees: 4, min_rows: 5, out_of_bag: true}
  grades:    {job: forest, from: rows, label: grade, exclude: [churned, worth], trees: 1, impurity: entropy, max_leaves: 40}
  line:      {job: logistic, from: parts, where: part = 'train', label: churned, exclude: [part, grade, worth], missing: mean, cross_validation: {folds: 2}}
  lines:     {job: logistic, from: parts, where: part = 'train', label: grade, exclude: [part, churned, worth], missing: mean}
  plane:     {job: svm, from: parts, where: part = 'train', label: churned, exclude: [part, grade, worth], missing: mean, probability: true}
  planes:    {job: svm, from: parts, where: part = 'train', label: grade, exclude: [part, churned, worth], missing: mean}
  exact:     {job: svm, from: parts, where: part = 'train' and id < 1500, label: churned, exclude: [part, grade, worth], missing: mean, kernel: rbf}
  landmarks: {job: svm, from: parts, where: part = 'train', label: churned, exclude: [part, grade, worth], missing: mean, kernel: rbf, exact_up_to: 1000, landmarks: 60}
YAML
sed -i 's/forest:/forest:/' job.yaml
for model in forest worths grades line lines plane planes exact landmarks; do
  all=', all_classes: true' label=churned where=', where: {table: part = '"'test'"'}'
  case $model in grades | lines | planes) label=grade ;; worths) label=worth all='' ;; esac
  echo "  told_$model: {job: predict, from: {table: parts, model: $model}$where, keep: [$label]$all}"
  from="told_$model"
  [ -z "$all" ] || from="{table: told_$model, scores: told_$model.scores}"
  case $model in planes | exact | landmarks) from="told_$model" ;; esac
  echo "  quality_$model: {job: evaluate, from: $from, label: $label}"
done >>job.yaml

digest=''
# alike RANKS THREADS MEMORY INSTRUCTION_SET
alike() {
  local with="$1 ranks, $2 threads, $3, $4"
  rm -rf store
  FULLBASE_ISA=$4 mpi "$1" run job.yaml --quiet --force --set resources.threads="$2" --memory "$3" >run.log 2>&1 || { cat run.log; breach "failed with $with"; return 0; }
  : "${digest:=$("$FULLBASE" digest out.h5)}"
  same "digest with $with" "$digest" "$("$FULLBASE" digest out.h5)"
}

sets=()
for isa in baseline avx2 avx512; do
  ! FULLBASE_ISA=$isa "$FULLBASE" plan job.yaml >plan.txt 2>&1 || sets+=($isa)
done
best=${sets[-1]}
for case in "1 1 1GiB" "1 2 4MiB" "2 1 4MiB" "2 2 1GiB" "3 2 4MiB" "3 1 1GiB" "4 1 4MiB" "4 2 1GiB"; do alike $case "$best"; done
for isa in "${sets[@]}"; do [ "$isa" = "$best" ] || alike 2 1 1GiB "$isa"; done
echo "instruction sets: ${sets[*]}"
same "runs that stated something" $((8 + ${#sets[@]} - 1)) "$truths"
finish
