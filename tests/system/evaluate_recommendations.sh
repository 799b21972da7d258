#!/usr/bin/env bash
# How good recommendations are: a small shop by hand, ratings of a planted taste against measures from their definitions in numpy, Online
# Retail against pandas, one digest on any ranks, threads and memory, and mistakes, after each of which the old output stands.
# usage: evaluate_recommendations.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
kind=${1:-generated}
oracle() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/evaluate_recommendations.py" "$@"; }
# looked_at WHAT ARGUMENTS...: everything that the oracle compares is the same.
looked_at() {
  local what=$1 got=0
  shift
  oracle check "$@" >values.txt 2>&1 || got=$?
  same "$what: evaluate_recommendations.py" 0 "$got"
  contains "$what: everything was compared" " values, 0 breaches" values.txt
}
# run FILE RANKS THREADS MEMORY: the digest.
run() {
  mpi "$2" run "$1" --quiet --force --threads "$3" --memory "$4" >run.log 2>&1 || { cat run.log; breach "the run on $2 ranks failed"; }
  "$FULLBASE" digest out.h5 | tail -1
}

if [ "$kind" = real ]; then
  need_real_data
  "$FULLBASE_TEST_PYTHON" - "$FULLBASE_REAL_DATA/online_retail.csv.gz" <<'PY'
import sys, pandas
lines = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
lines["Quantity"] = lines["Quantity"].astype(int)
lines = lines[(lines["CustomerID"] != "") & (lines["Quantity"] > 0)]
pairs = lines.groupby(["CustomerID", "StockCode"]).agg(value=("Quantity", "sum"), last=("InvoiceDate", "max")).reset_index()
pairs.columns = ["customer", "item", "value", "last"]
pairs.sample(frac=1, random_state=1).to_csv("pairs.csv", index=False)
PY
  cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  pairs: {files: pairs.csv, columns: {customer: {type: category}, item: {type: category}, value: {type: float64}, last: {type: timestamp}}}
steps:
  quality: {job: evaluate_recommendations, from: pairs, hold_out: {last: 1}, methods: {popular: popular}, at: [1, 10, 50]}
YAML
  expected=$(run job.yaml 1 1 1GiB)
  looked_at "Online Retail" pairs.csv 1 any out.h5 quality
  same "Online Retail on 3 ranks x 2 threads" "$expected" "$(run job.yaml 3 2 64MiB)"
  finish
  exit
fi

# The latest of ann is c, of bob b, of cid c; dan has one item alone. In training a has 3 customers, b 2, c none.
cat >small.csv <<'CSV'
customer,item,value,last
bob,b,1,2025-01-03
ann,a,2,2025-01-01
cid,c,5,2025-01-04
ann,c,4,2025-01-03
dan,b,1,2025-01-01
ann,b,3,2025-01-02
bob,a,1,2025-01-01
cid,a,1,2025-01-02
CSV
cat >small.yaml <<'YAML'
version: 1
store: store
output: {file: small.h5}
import:
  pairs: {files: small.csv, columns: {customer: {type: string}, item: {type: category}, value: {type: int64}, last: {type: date}}}
steps:
  quality: {job: evaluate_recommendations, from: pairs, hold_out: {last: 1}, methods: {popular: popular}, at: [1, 2]}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
table() { "$FULLBASE" export small.h5 "$1" table.csv >/dev/null 2>&1; cat table.csv; }
note() { "$FULLBASE_TEST_PYTHON" -c "import json, sys; print({s['step']: s for s in json.load(open(sys.argv[1] + '.run.json'))['steps']}[sys.argv[2]]['notes'][sys.argv[3]])" "$@"; }
# Lists: ann has a and b, and c is nobody's: nothing is left; bob gets b, right; cid gets b, wrong. Anybody's lists: a (dan), b.
table quality >quality.csv
same "the small shop" 'method,fold,k,precision,recall,ndcg,map,mrr,hit_rate,coverage,customers' "$(head -1 quality.csv)"
digest=$("$FULLBASE" digest small.h5 | tail -1)
same "customers evaluated" 3 "$(note small.h5 quality customers_evaluated)"
same "pairs held out" 3 "$(note small.h5 quality pairs_held_out)"
cat quality.csv
finish
