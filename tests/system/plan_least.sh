#!/usr/bin/env bash
# What `plan` says that a step cannot do without is enough: with just that, on 1 and 2 ranks, the step ends with the digest that it has with
# ample memory, and what it reserved keeps to it. What plan calls best is no less.
# usage: plan_least.sh learning|itemsets|recommendation
source "$(dirname "$0")/harness.sh"
subject=${1:?usage: plan_least.sh learning|itemsets|recommendation}
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
declare -A steps
inputs=''

learning() {
  "$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import numpy as np, pandas as pd
random = np.random.default_rng(17)
for name, n in (("rows", 40000), ("few", 2500)):
    frame = pd.DataFrame(random.normal(size=(n, 10)).round(4), columns=[f"x{j}" for j in range(10)])
    frame["town"] = [f"t{int(t):04d}" for t in random.integers(0, 1500, n)]
    shown = frame["x0"] + frame["x1"] * frame["x2"] + random.normal(0, 0.7, n)
    frame["churned"] = shown > 0.6
    frame["grade"] = np.digitize(shown, [-0.5, 0.6, 1.5])
    frame["worth"] = (100 * shown).round(3)
    frame.to_csv(f"{name}.csv", index=False)
PYTHON
  {
    printf 'version: 1\nstore: store\nimport:\n'
    for name in rows few; do
      printf '  %s:\n    files: %s.csv\n    columns:\n' $name $name
      for j in 0 1 2 3 4 5 6 7 8 9; do printf '      x%s: {type: float64}\n' $j; done
      printf '      town: {type: category}\n      churned: {type: bool}\n      grade: {type: int64}\n      worth: {type: float64}\n'
    done
  } >import.yaml
  "$FULLBASE" import import.yaml --quiet >import.log 2>&1 || { cat import.log; breach "import failed"; }

  numbers=x0; for j in 1 2 3 4 5 6 7 8 9; do numbers+=", x$j"; done
  steps=(
    [forest]="job: forest, from: rows, label: churned, features: [$numbers, town], trees: 5, max_depth: 8, out_of_bag: true, permutation_importance: 1"
    [forest_without_bounds]="job: forest, from: rows, label: grade, features: [$numbers, town], trees: 2"
    [forest_of_a_number]="job: forest, from: rows, label: worth, features: [$numbers], trees: 3, min_rows: 5, out_of_bag: true"
    [forest_in_folds]="job: forest, from: rows, label: churned, features: [$numbers], trees: 2, max_depth: 6, cross_validation: {folds: 3}"
    [logistic]="job: logistic, from: rows, label: churned, features: [$numbers]"
    [logistic_of_classes]="job: logistic, from: rows, label: grade, features: [$numbers]"
    [logistic_of_towns]="job: logistic, from: rows, label: churned, features: [$numbers, town]"
    [logistic_in_folds]="job: logistic, from: rows, label: churned, features: [$numbers], cross_validation: {folds: 3}"
    [svm]="job: svm, from: rows, label: churned, features: [$numbers]"
    [svm_of_classes]="job: svm, from: rows, label: grade, features: [$numbers]"
    [svm_with_probabilities]="job: svm, from: rows, label: churned, features: [$numbers], probability: true"
    [svm_in_folds]="job: svm, from: rows, label: churned, features: [$numbers], cross_validation: {folds: 3}"
    [svm_with_probabilities_in_folds]="job: svm, from: rows, label: churned, features: [$numbers], probability: true, cross_validation: {folds: 2}"
    [svm_exact_in_folds]="job: svm, from: few, label: churned, features: [$numbers], kernel: rbf, cross_validation: {folds: 2}"
    [logistic_of_classes_in_folds]="job: logistic, from: rows, label: grade, features: [$numbers], cross_validation: {folds: 2}"
    [forest_of_classes_in_folds]="job: forest, from: rows, label: grade, features: [$numbers], trees: 2, max_depth: 6, cross_validation: {folds: 2}"
    [svm_exact]="job: svm, from: few, label: churned, features: [$numbers], kernel: rbf"
    [svm_exact_with_probabilities]="job: svm, from: few, label: churned, features: [$numbers], kernel: rbf, probability: true"
    [svm_by_landmarks]="job: svm, from: rows, label: churned, features: [$numbers], kernel: rbf, landmarks: 50"
  )
}

itemsets() {
  generated --store store --customers 20000 --lines 200000 --seed 3
  cat >found.yaml <<'YAML'
version: 1
store: store
output: {file: found.h5}
steps:
  sets:  {job: itemsets, from: transactions, basket: customer, count: 30}
  rules: {job: rules, from: sets, confidence: 0.02}
YAML
  "$FULLBASE" run found.yaml --quiet >run.log 2>&1 || { cat run.log; breach "itemsets and rules failed"; }
  inputs='inputs: {sets: {file: found.h5, table: sets}, rules: {file: found.h5, table: rules}}'
  local of_customers="from: transactions, basket: customer, count: 50"
  steps=(
    [itemsets]="job: itemsets, $of_customers"
    [itemsets_by_levels]="job: itemsets, $of_customers, method: apriori"
    [itemsets_of_a_month]="job: itemsets, $of_customers, time: time, within: 30d"
    [itemsets_of_two]="job: itemsets, from: transactions, basket: [customer, invoice], count: 20, longest: 2"
    [rules]="job: rules, from: sets, confidence: 0.02"
    [rules_without_names]="job: rules, from: sets, confidence: 0.02, names: false"
    [rules_best]="job: rules, from: sets, confidence: 0, top: {rows: 5000}"
    [recommend_rules]="job: recommend_rules, from: {rules: rules, sets: sets, lines: transactions}"
    [itemset_groups]="job: itemset_groups, from: {sets: sets, lines: transactions}"
  )
}

recommendation() {
  generated --store store --customers 20000 --lines 200000 --seed 3
  cat >found.yaml <<'YAML'
version: 1
store: store
output: {file: found.h5}
steps:
  matrix:  {job: aggregate, from: transactions, where: customer is not missing and item is not missing, by: [customer, item], measures: {value: count}}
  factors: {job: factorise, from: matrix, rank: 16, iterations: 1}
  stars:   {job: factorise, from: matrix, rank: 5, iterations: 1, feedback: explicit}
YAML
  "$FULLBASE" run found.yaml --quiet >run.log 2>&1 || { cat run.log; breach "factors failed"; }
  inputs='inputs: {matrix: {file: found.h5, table: matrix}, customers: {file: found.h5, table: factors/customers}, items: {file: found.h5, table: factors/items}, stars: {file: found.h5, table: stars}, raters: {file: found.h5, table: stars/customers}, rated: {file: found.h5, table: stars/items}}'
  steps=(
    [interactions]="job: interactions, from: transactions, value: quantity, combine: mean, time: time, cold: {customers: 3, items: 2, leave_out: true}"
    [recommend]="job: recommend, from: {matrix: matrix, customers: customers, items: items}"
    [recommend_many]="job: recommend, from: {matrix: matrix, customers: raters, items: rated, mean: stars}, top: 100, again: true"
  )
}

"$subject"
# planned RANKS: least and best of the step that plan shows, in bytes, each rounded up by what its one digit hides; at least the 1 MiB that
# a job file may ask for.
planned() {
  "$FULLBASE" plan job.yaml --ranks "$1" --set resources.threads=1 | "$FULLBASE_TEST_PYTHON" -c '
import re, sys
line = next(line for line in sys.stdin if line.startswith("measured "))
found = re.findall(r"([0-9.]+) ([KMG]?i?B)", line)
bytes = [int((float(number) + 0.06) * 1024 ** " KMG".index(unit[0].replace("B", " "))) for number, unit in found]
print(max(bytes[0], 1 << 20), max(bytes[1], 1 << 20))'
}
for kind in $(printf '%s\n' "${!steps[@]}" | sort); do
  printf 'version: 1\nseed: 5\nstore: store\noutput: {file: "${FULLBASE_OUTPUT:-out.h5}"}\n%s\nsteps: {measured: {%s}}\n' "$inputs" "${steps[$kind]}" >job.yaml
  "$FULLBASE" run job.yaml --quiet --force --set resources.threads=1 >run.log 2>&1 || { cat run.log; breach "$kind failed"; continue; }
  digest=$("$FULLBASE" digest out.h5)
  for ranks in 1 2; do
    read -r least best <<<"$(planned $ranks)"
    FULLBASE_OUTPUT=least.h5 mpi $ranks run job.yaml --quiet --force --set resources.threads=1 --memory "$least" >run.log 2>&1 ||
      { tail -n 3 run.log; breach "$kind on $ranks ranks: the least, $least bytes, is too little"; continue; }
    same "$kind: digest with the least on $ranks ranks" "$digest" "$("$FULLBASE" digest least.h5)"
    reserved=$("$FULLBASE_TEST_PYTHON" -c 'import json; print(json.load(open("least.h5.run.json"))["steps"][-1]["budget_peak_bytes"])')
    printf '%s on %d ranks: least %d KiB, of it reserved %d KiB, best %d KiB\n' "$kind" $ranks $((least >> 10)) $((reserved >> 10)) $((best >> 10))
    same "$kind: reserved no more than the least on $ranks ranks" 1 $((reserved <= least))
    same "$kind: the best is no less than the least on $ranks ranks" 1 $((best >= least))
  done
done
finish
