#!/usr/bin/env bash
# One digest for every method, number of ranks and threads, and memory: sparse baskets with some huge ones among them, dense ones, and
# customers' lines in the order of time, which are no baskets yet. What little memory made of it is read from the manifest.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive

"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/benchmarks/peers/baskets.py" huge huge.dat 8000
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/benchmarks/peers/baskets.py" dense dense.dat 4000
generated --store store --customers 20000 --lines 200000 --seed 3
cat >import.yaml <<'YAML'
version: 1
store: store
output: {file: none.h5}
import:
  huge:  {files: huge.dat, layout: baskets, delimiter: blanks, item: {type: int64}}
  dense: {files: dense.dat, layout: baskets, delimiter: blanks, item: {type: string}}
YAML
"$FULLBASE" import import.yaml --quiet >run.log 2>&1 || { cat run.log; breach "import failed"; }

job() { cat <<YAML
version: 1
store: store
output: {file: "\${FULLBASE_OUTPUT}"}
steps:
  of_huge:   {job: itemsets, from: huge, basket: basket, support: 0.003, method: $1}
  of_dense:  {job: itemsets, from: dense, basket: basket, support: 0.25, method: $1, separator: " "}
  of_lines:  {job: itemsets, from: transactions, basket: customer, count: 50, names: false, method: $1}
YAML
}

expected=
for run in "auto 1 1 1GiB" "auto 2 2 9MiB" "eclat 1 2 9MiB" "eclat 2 1 1GiB" "eclat 3 2 1GiB" "eclat 4 1 9MiB" \
           "apriori 1 2 1GiB" "apriori 2 1 9MiB" "apriori 3 1 1GiB" "apriori 4 2 9MiB"; do
  read -r method ranks threads memory <<<"$run"
  job "$method" >job.yaml
  FULLBASE_OUTPUT=out.h5 mpi "$ranks" run job.yaml --fresh --quiet --set "resources.threads=$threads" --memory "$memory" >run.log 2>&1 ||
    { cat run.log; breach "$run: failed"; continue; }
  digest=$("$FULLBASE" digest out.h5)
  expected=${expected:-$digest}
  same "digest: $run" "$expected" "$digest"
  "$FULLBASE_TEST_PYTHON" - "$method" "$memory" "$ranks" >notes.txt 2>&1 <<'PY' || breach "$run: $(tail -1 notes.txt)"
import json, sys
method, memory = sys.argv[1], {"1GiB": 1 << 30, "9MiB": 9 << 20}[sys.argv[2]]
ranks = int(sys.argv[3])
for step in json.load(open("out.h5.run.json"))["steps"]:
    assert step["rows"][step["step"]] > 500, (step["step"], step["rows"])
    assert step["budget_peak_bytes"] <= memory, (step["step"], step["budget_peak_bytes"])
    assert method in ("auto", step["notes"]["method"]), step["notes"]
    if step["step"] == "of_lines":
        assert (step["notes"]["passes"] > 1) == (ranks == 1 and memory < 1 << 30), step["notes"]
    if step["step"] == "of_huge":
        assert step["notes"]["baskets"] == 8030 and step["notes"]["longest_basket"] == 5000, step["notes"]
PY
done
finish
