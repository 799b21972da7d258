#!/usr/bin/env bash
# Trees and forests: every split is the best there is (brute force), forests do as scikit-learn's, the same digest on any ranks,
# threads and memory, and what is given wrongly is refused.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/forest.py" make .

# What select_features would say.
printf 'feature,selected\nage,True\ncity,False\nspent,True\nsame,False\n' >ranked.csv

# imported NAME: its columns, whole numbers and texts as such.
imported() {
  "$FULLBASE_TEST_PYTHON" - "$1" <<'PYTHON'
import sys, pandas
kinds = {"i": "int64", "f": "float64", "O": "category", "b": "bool"}
frame = pandas.read_csv(f"{sys.argv[1]}.csv")
print(f"  {sys.argv[1]}:\n    files: {sys.argv[1]}.csv\n    columns:")
for name in frame:
    print(f"      {name}: {{type: {kinds[frame[name].dtype.kind]}}}")
PYTHON
}
{
  cat <<'YAML'
version: 1
seed: 42
store: store
output: {file: "${FULLBASE_OUTPUT:-out.h5}"}
import:
YAML
  for name in iris wine cancer diabetes customers ranked; do imported $name; done
  cat <<'YAML'
steps:
  iris_tree:       {job: forest, from: iris, label: target, exclude: [row], trees: 1}
  wine_tree:       {job: forest, from: wine, label: target, exclude: [row], trees: 1, impurity: entropy, max_depth: 3}
  churn_tree:      {job: forest, from: customers, label: churned, features: [age, city, same], trees: 1, max_depth: 4, min_rows: 50}
  worth_tree:      {job: forest, from: customers, label: worth, features: [age, city, same], trees: 1, max_depth: 3, min_rows: 50}
  cancer_stump:    {job: forest, from: cancer, label: target, exclude: [row], trees: 1, max_depth: 1}
  diabetes_stump:  {job: forest, from: diabetes, label: target, exclude: [row], trees: 1, max_depth: 1}
  cancer_forest:   {job: forest, from: cancer, label: target, exclude: [row], trees: 200, out_of_bag: true}
  diabetes_forest: {job: forest, from: diabetes, label: target, exclude: [row], trees: 200, min_rows: 3, out_of_bag: true}
  churn_forest:
    job: forest
    from: customers
    label: churned
    exclude: [worth, district]
    trees: 30
    max_depth: 8
    class_weights: balanced
    permutation_importance: 2
    cross_validation: {folds: 3}
  chosen:          {job: forest, from: {table: customers, features: ranked}, label: churned, exclude: [worth], trees: 2}
  iris_scored:     {job: predict, from: {table: iris, model: iris_tree.model}}
  churn_scored:    {job: predict, from: {table: customers, model: churn_forest.model}}
YAML
} >job.yaml
mpi 1 run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/forest.py" check out.h5 . || breach "not as the oracles have it"
"$FULLBASE" head out.h5 iris_tree/text >text.txt
contains "the tree as text" "|--- petal_" text.txt
contains "a leaf" "class: 0 (probability 1, 50 rows)" text.txt
"$FULLBASE" head out.h5 iris_tree/dot >dot.txt
contains "the tree as DOT" "digraph tree_0 {" dot.txt

digest=$("$FULLBASE" digest out.h5)
for run in "1 2 1GiB" "2 1 6MiB" "3 2 5MiB" "4 1 1GiB"; do
  read -r ranks threads memory <<<"$run"
  FULLBASE_OUTPUT=other.h5 mpi $ranks run job.yaml --fresh --quiet --set resources.threads=$threads --memory $memory >run.log 2>&1 ||
    { cat run.log; breach "$ranks ranks, $threads threads, $memory failed"; }
  same "digest on $ranks ranks, $threads threads, $memory" "$digest" "$("$FULLBASE" digest other.h5)"
done

FULLBASE_ISA=baseline FULLBASE_OUTPUT=other.h5 "$FULLBASE" run job.yaml --quiet
same "digest without vectors" "$digest" "$("$FULLBASE" digest other.h5)"

# refused WHAT EXIT_CODE TEXT STEP: a run of this step alone.
refused() {
  { sed '/^steps:/q' job.yaml; echo "  x: $4"; } >bad.yaml
  fails_with "$1" "$2" "$3" mpirun -n 2 "$FULLBASE" run bad.yaml --quiet
}
refused "the label among the features" 78 "'churned' is the label" '{job: forest, from: customers, label: churned, features: [age, churned]}'
refused "a label that is not there" 78 "did you mean 'churned'?" '{job: forest, from: customers, label: churnt}'
refused "one class" 65 "every row has the label" '{job: forest, from: iris, label: target, where: target = 0}'
refused "no rows" 65 "no rows to learn from" '{job: forest, from: iris, label: target, where: target > 5}'
refused "labels that are missing" 65 "rows have no label" '{job: forest, from: customers, label: city}'
refused "more classes than make sense" 65 "different values" '{job: forest, from: iris, label: row}'
refused "constant features" 65 "every feature has the same value" '{job: forest, from: customers, label: churned, features: [same]}'
refused "weights of 0" 65 "every class has the weight 0" '{job: forest, from: customers, label: churned, class_weights: {"true": 0, "false": 0}}'
refused "a weight of no class" 65 "is no class of the column 'churned'" '{job: forest, from: customers, label: churned, class_weights: {yes: 2}}'
refused "a negative weight" 78 "-1 is out of range" '{job: forest, from: customers, label: churned, class_weights: {"true": -1}}'
refused "out of bag without a bag" 78 "without bootstrap every tree sees every row" '{job: forest, from: customers, label: churned, trees: 1, out_of_bag: true}'
refused "the wrong impurity" 78 "squared_error is for numbers" '{job: forest, from: customers, label: churned, impurity: squared_error}'
refused "features without a selection" 78 "columns \`feature\` (text) and \`selected\` (bool)" '{job: forest, from: {table: customers, features: iris}, label: churned}'

refused "nothing selected" 65 "no feature is selected" '{job: forest, from: {table: customers, features: ranked}, where: {features: not selected and feature = "same"}, label: churned}'

# An infinite value is named; so is one that float32 has no room for.
printf 'x,y,label\n1,2,0\n2,inf,1\n3,4,1\n4,1e39,0\n' >infinite.csv
cat >infinite.yaml <<'YAML'
version: 1
store: other
output: {file: infinite.h5}
import:
  rows: {files: infinite.csv, columns: {x: {type: float64}, y: {type: float64}, label: {type: int64}}}
steps:
  x: {job: forest, from: rows, label: label, trees: 1}
YAML
fails_with "an infinite value" 65 "rows.y[1]: the value is infinite" mpirun -n 3 "$FULLBASE" run infinite.yaml --quiet
fails_with "too large a value" 65 "the value is too large to learn from" "$FULLBASE" run infinite.yaml --quiet --set "steps.x.where=x != 2"
same "nothing was published" "no" "$([ -e infinite.h5 ] && echo yes || echo no)"

# With the least that plan names, the matrix is streamed, to the same digest.
"$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import numpy as np, pandas as pd
random = np.random.default_rng(3)
x = random.normal(size=(30000, 12)).round(3)
frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(12)])
frame["label"] = x[:, 0] + x[:, 1] * x[:, 2] + random.normal(0, 0.5, len(x)) > 0
frame.to_csv("many.csv", index=False)
PYTHON
{ sed '/^import:/q' job.yaml; imported many; } >many_import.yaml
"$FULLBASE" import many_import.yaml --quiet >import.log 2>&1 || { cat import.log; breach "import failed"; }
{
  sed '/^output:/q' job.yaml
  echo 'steps: {x: {job: forest, from: many, label: label, trees: 20, max_depth: 10, out_of_bag: true, permutation_importance: 1}}'
} >many.yaml
FULLBASE_OUTPUT=many.h5 "$FULLBASE" run many.yaml --quiet
digest=$("$FULLBASE" digest many.h5)
for ranks in 1 2; do
  least=$("$FULLBASE" plan many.yaml --ranks $ranks --set resources.threads=1 | "$FULLBASE_TEST_PYTHON" -c '
import re, sys
number, unit = re.findall(r"([0-9.]+) ([KMG]iB)", next(line for line in sys.stdin if line.startswith("x ")))[0]
print(int((float(number) + 0.06) * 1024 ** ("KMG".index(unit[0]) + 1)))')
  FULLBASE_OUTPUT=least.h5 mpi $ranks run many.yaml --fresh --quiet --set resources.threads=1 --memory "$least" >run.log 2>&1 || { cat run.log; breach "the least is too little"; }
  same "digest with the least on $ranks ranks" "$digest" "$("$FULLBASE" digest least.h5)"
  same "the matrix was streamed" True "$("$FULLBASE_TEST_PYTHON" -c 'import json; print(json.load(open("least.h5.run.json"))["steps"][-1]["notes"]["spilled_bytes"] > 0)')"
done

# Categories beyond 254 share a bin, and the run says so.
{ sed '/^steps:/q' job.yaml; echo '  x: {job: forest, from: customers, label: churned, features: [district, age], trees: 3}'; } >rare.yaml
FULLBASE_OUTPUT=rare.h5 "$FULLBASE" run rare.yaml >rare.log 2>&1 || { cat rare.log; breach "rare categories failed"; }
contains "rare categories" "column 'district': the" rare.log
finish
