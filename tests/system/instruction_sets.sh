#!/usr/bin/env bash
# One digest whichever instruction set the kernels run on, from the import of a text on: each one that this machine has is forced in turn, and
# its manifest says that it ran. One that it lacks is refused.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

"$FULLBASE" generate --store "$work/generated" --customers 12000 --lines 150000 --seed 7 --quiet
"$FULLBASE" export "$work/generated" transactions lines.csv >/dev/null
sed -n '/^steps:/,$p' "$SOURCE_ROOT/configs/nightly.yaml" >steps.txt
echo "  told: {job: predict, from: {table: rfm, model: segments}, all_classes: true}" >>steps.txt
cat >>steps.txt <<'YAML'
  sets: {job: itemsets, from: transactions, basket: customer, support: 0.003}
  sets_by_levels: {job: itemsets, from: transactions, basket: customer, support: 0.003, method: apriori}
  sets_of_dense: {job: itemsets, from: dense, basket: basket, support: 0.2}
  rules: {job: rules, from: sets, confidence: 0.05}
  offers: {job: recommend_rules, from: {rules: rules, sets: sets, lines: transactions}, by: lift}
  pairs: {job: aggregate, from: transactions, where: customer is not missing and item is not missing, by: [customer, item], measures: {value: count}}
  factors: {job: factorise, from: pairs, rank: 20, iterations: 2}
  liked: {job: recommend, from: {matrix: pairs, customers: factors.customers, items: factors.items}}
YAML
cat - steps.txt >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
seed: 42
store: "${FULLBASE_STORE}"
output: {file: "${FULLBASE_OUTPUT}"}
import:
  transactions:
    files: lines.csv
    columns:
      invoice:  {type: int64}
      customer: {type: category}
      time:     {type: timestamp}
      item:     {type: category}
      quantity: {type: int64}
      price:    {type: decimal(2)}
  dense: {files: dense.dat, layout: baskets, delimiter: blanks, item: {type: int64}}
YAML
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/benchmarks/peers/baskets.py" dense dense.dat 8000
expected='' tried=0
for isa in baseline avx2 avx512; do
  export FULLBASE_ISA=$isa FULLBASE_STORE=$work/$isa FULLBASE_OUTPUT=$work/out/$isa.h5
  has=1
  case $isa in
    avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo || has=0 ;;
    avx512) for flag in avx512f avx512cd avx512vl avx512dq avx512bw; do grep -qw $flag /proc/cpuinfo || has=0; done ;;
  esac
  if [ $has -eq 0 ]; then
    fails_with "$isa, which this machine lacks" 2 "FULLBASE_ISA: this machine has no $isa" mpirun -n 2 "$FULLBASE" run job.yaml
    continue
  fi
  mpi 2 run job.yaml --fresh >run.log 2>&1 || { cat run.log; breach "$isa: failed"; continue; }
  same "itemsets and rules with $isa: empty tables" '' "$(grep -e 'has no rows' -e 'no rule' run.log || true)"
  contains "the manifest of $isa" "\"instruction_set\": \"$isa\"" "$FULLBASE_OUTPUT.run.json"
  digest=$("$FULLBASE" digest "$FULLBASE_OUTPUT"; "$FULLBASE" digest "$FULLBASE_STORE")
  expected=${expected:-$digest}
  same "digest with $isa" "$expected" "$digest"
  tried=$((tried + 1))
done
echo "$tried instruction sets"
finish
