#!/usr/bin/env bash
# What a run takes of the machine is what its budget says. For each job, with ample and with little memory, on 1 and 2 ranks: a rank's peak
# (VmHWM) is at most 1.3 times what it had reserved from its budget, above what the same job takes for a handful of rows and what the
# docstrings say stands beside the budget: the batches that its threads read (2 threads x 65,536 rows x 64 bytes, decoded and not); rfm with
# categories and with texts as keys, the latter held whole on every rank (64 bytes for each of 300,000); of an
# import (csv::ParsedFile) 10 MiB a thread, and each thread's dictionary and the united one, 70 bytes and the text for each of 300,000
# customers; of an aggregate 22 bytes for each line of a thread's batch, and 41 for each input that is no column as it is; of what learns a
# thread's columns as doubles. With little memory the reservations keep to it.
# usage: memory.sh KIND...
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

kinds=("$@")
"$FULLBASE_TEST_PYTHON" - <<'PY'
import h5py, numpy
random = numpy.random.default_rng(3)
with h5py.File("rows.h5", "w") as file:
    for name, rows in (("few", 2000), ("many", 1_500_000)):
        file[name] = random.standard_normal((rows, 12), dtype=numpy.float32)
PY
"$FULLBASE" generate --store store.few --customers 500 --lines 2000 --seed 3 --quiet
"$FULLBASE" generate --store store.many --customers 300000 --lines 2000000 --seed 3 --quiet
for size in few many; do "$FULLBASE" export store.$size transactions $size.csv >export.log; done

# job KIND SIZE: a job file whose first import or step is what is measured.
job() {
  local columns
  columns=$(printf 'c%s: [standardize], ' 0 1 2 3 4 5 6 7 8 9 10 11)
  case $1 in
    kmeans) cat <<YAML
version: 1
output: {file: out.h5}
inputs: {rows: {file: rows.h5, table: $2}}
steps: {measured: {job: kmeans, from: rows, k: 8, max_iterations: 3, columns: {$columns}}}
YAML
      ;;
    forest | forest_without_bounds | logistic | svm | svm_by_landmarks)
      local step
      case $1 in
        forest) step="job: forest, trees: 4, max_depth: 8, out_of_bag: true" ;;
        forest_without_bounds) step="job: forest, trees: 2" ;;
        logistic) step="job: logistic, cross_validation: {folds: 2}" ;;
        svm) step="job: svm, probability: true" ;;
        svm_by_landmarks) step="job: svm, kernel: rbf, exact_up_to: 1000, landmarks: 20, max_iterations: 5" ;;
      esac
      cat <<YAML
version: 1
output: {file: out.h5}
inputs: {rows: {file: rows.h5, table: $2}}
steps:
  labelled: {job: select, from: rows, derive: {label: c0 + c1 * c2 > 0.3}, publish: false}
  measured: {$step, from: labelled, label: label}
YAML
      ;;
    rfm) cat <<YAML
version: 1
as_of: 2026-01-01
store: store.$2
output: {file: out.h5}
steps: {measured: {job: rfm, from: transactions, amount: quantity * price}}
YAML
      ;;
    rfm_of_texts) cat <<YAML
version: 1
as_of: 2026-01-01
store: store.$2
output: {file: out.h5}
steps:
  texts: {job: select, from: transactions, derive: {who: "coalesce(customer, '')"}, columns: [who, invoice, time, quantity, price], publish: false}
  measured: {job: rfm, from: texts, customer: who, amount: quantity * price, orders: quantity > 0}
YAML
      ;;
    join | dedupe)
      local step="{job: dedupe, from: transactions, by: [customer, item], keep: last, order: time}"
      [ $1 = join ] && step="{job: join, from: {lines: transactions, customers: customers}, by: customer}"
      cat <<YAML
version: 1
store: store.$2
output: {file: out.h5}
steps: {measured: $step}
YAML
      ;;
    aggregate) cat <<YAML
version: 1
as_of: 2026-01-01
store: store.$2
output: {file: out.h5}
steps:
  measured:
    job: aggregate
    from: transactions
    by: [customer, item]
    time: time
    windows: [90d, all]
    measures:
      lines:    count
      spent:    {sum: quantity * price}
      spread:   {std: quantity}
      last:     {last: price}
      invoices: {distinct: invoice}
      median:   {quantile: price}
YAML
      ;;
    itemsets | itemsets_by_levels) cat <<YAML
version: 1
store: store.$2
output: {file: out.h5}
steps: {measured: {job: itemsets, from: transactions, basket: customer, count: 150, method: $([ "$1" = itemsets ] && echo eclat || echo apriori)}}
YAML
      ;;
    rules | recommend_rules | itemset_groups)
      local step="job: rules, from: sets, confidence: 0.9, consequent: {longest: 1}"
      case $1 in
        recommend_rules) step="job: recommend_rules, from: {rules: rules, sets: sets, lines: transactions}, top: 20" ;;
        itemset_groups) step="job: itemset_groups, from: {sets: sets, lines: transactions}" ;;
      esac
      cat <<YAML
version: 1
store: store.$2
output: {file: out.h5}
inputs: {sets: {file: found.$1.$2.h5, table: sets}, rules: {file: found.$1.$2.h5, table: rules}}
steps: {measured: {$step}}
YAML
      ;;
    content) cat <<YAML
version: 1
store: texts.$2
output: {file: out.h5}
import: {texts: {files: texts.$2.csv, columns: {item: {type: int64}, text: {type: string}}}}
steps: {measured: {job: content, from: {items: texts}, texts: text, neighbours: 10}}
YAML
      ;;
    factorise | recommend)
      local step="job: factorise, from: matrix, rank: 32, iterations: 2"
      [ "$1" = recommend ] && step="job: recommend, from: {matrix: matrix, customers: customers, items: items}"
      cat <<YAML
version: 1
output: {file: out.h5}
inputs:
  matrix:    {file: factors.$2.h5, table: matrix}
  customers: {file: factors.$2.h5, table: factors/customers}
  items:     {file: factors.$2.h5, table: factors/items}
steps: {measured: {$step}}
YAML
      ;;
    import) cat <<YAML
version: 1
store: imported
output: {file: out.h5}
import:
  measured:
    files: $2.csv
    columns:
      invoice:  {type: int64}
      customer: {type: category}
      time:     {type: timestamp}
      item:     {type: category}
      quantity: {type: int64}
      price:    {type: decimal(2)}
steps: {none: {job: select, from: measured, where: quantity > 1000000}}
YAML
      ;;
  esac
}

# texts SIZE: of few items or of 200,000, eight words each.
texts() {
  "$FULLBASE_TEST_PYTHON" - "$1" $([ "$1" = few ] && echo '500 200' || echo '200000 150000') <<'PYTHON'
import sys
import numpy
items, words = int(sys.argv[2]), int(sys.argv[3])
with open(f"texts.{sys.argv[1]}.csv", "w") as file:
    file.write("item,text\n")
    for item, row in enumerate(numpy.random.default_rng(1).integers(0, words, (items, 8))):
        file.write(f"{item},{' '.join(f'word{word:06d}' for word in row)}\n")
PYTHON
}

# found KIND SIZE: the itemsets and rules that a kind takes, in a run of their own. Of rules there are a million sets of dense baskets.
found() {
  local from="job: itemsets, from: transactions, basket: customer, count: $([ "$2" = few ] && echo 5 || echo 150)"
  if [ "$1" = rules ]; then
    "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/benchmarks/peers/baskets.py" dense dense.dat $([ "$2" = few ] && echo 100 || echo 8000)
    from="job: itemsets, from: dense, basket: basket, $([ "$2" = few ] && echo 'support: 0.5, longest: 2' || echo 'support: 0.12')"
  fi
  cat <<YAML >found.yaml
version: 1
store: store.$2
output: {file: found.$1.$2.h5}
import: {dense: {files: dense.dat, layout: baskets, delimiter: blanks, item: {type: int64}}}
steps:
  sets:  {$from}
  rules: {job: rules, from: sets, confidence: 0.1, top: {by: confidence, rows: 10000}}
YAML
  [ "$1" = rules ] || sed -i '/^import:/d' found.yaml
  "$FULLBASE" run found.yaml --threads 2 --quiet >run.log 2>&1 || { cat run.log; breach "no itemsets for $1"; }
}

# factors SIZE: the pairs of customers and items and their factors, in a run of their own.
factors() {
  [ -e factors.$1.h5 ] && return
  cat <<YAML >factors.yaml
version: 1
store: store.$1
output: {file: factors.$1.h5}
steps:
  matrix:  {job: interactions, from: transactions, where: customer is not missing and item is not missing, value: quantity, combine: count}
  factors: {job: factorise, from: matrix, rank: 32, iterations: 1}
YAML
  "$FULLBASE" run factors.yaml --threads 2 --quiet >run.log 2>&1 || { cat run.log; breach "no factors"; }
}

# figures KIND SIZE MEMORY RANKS: runs it; prints the greatest peak of a rank and of a rank's budget, in bytes, and its passes.
figures() {
  rm -rf imported out.h5*
  job "$1" "$2" >job.yaml
  mpi "$4" run job.yaml --fresh --memory "$3" --threads 2 --quiet >run.log 2>&1 || { cat run.log >&2; echo 0 0 0; return 0; }
  "$FULLBASE_TEST_PYTHON" -c '
import json
step = next(s for s in json.load(open("out.h5.run.json"))["steps"] if s["step"] == "measured")
print(step["peak_memory_bytes"], step["budget_peak_bytes"], step["notes"].get("passes", 1))'
}

for kind in "${kinds[@]}"; do
  beside=$((2 * 2 * 65536 * 64))
  [ $kind = import ] && beside=$((2 * (10 << 20) + 3 * 300000 * (70 + 8)))
  little=24; [ $kind = rfm_of_texts ] && little=40
  case $kind in forest* | logistic | svm*) little=170 ;; esac
  [ $kind = aggregate ] && beside=$((beside + 2 * 65536 * (22 + 41))) little=48
  case $kind in rules | recommend_rules | itemset_groups) for size in few many; do found $kind $size; done ;; esac
  [ $kind = rules ] && little=40
  case $kind in factorise | recommend) little=192; for size in few many; do factors $size; done ;; esac
  [ $kind = content ] && little=128 && for size in few many; do texts $size; done
  for ranks in 1 2; do
    read -r without _ _ <<<"$(figures $kind few 1GiB $ranks)"
    for memory in 1024 $little; do
      read -r peak reserved passes <<<"$(figures $kind many ${memory}MiB $ranks)"
      what="$kind on $ranks ranks with $memory MiB"
      printf '%s: peak %d MiB, %d MiB of it without rows, %d MiB reserved, %d passes\n' "$what" $((peak >> 20)) $((without >> 20)) $((reserved >> 20)) "$passes"
      truths=$((truths + 1))
      [ "$reserved" -gt 0 ] || breach "$what: no figures"
      [ "$reserved" -le $((memory << 20)) ] || breach "$what: reserved $reserved bytes"
      case $kind in rfm*) same "$what: several passes" $((memory < 1024)) $((passes > 1)) ;; esac
      [ $((10 * (peak - without - beside))) -le $((13 * reserved)) ] || breach "$what: peak $peak, without rows $without, reserved $reserved"
    done
  done
done
finish
