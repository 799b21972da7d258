#!/usr/bin/env bash
# What the jobs compute, against an independent computation from the same lines with numpy and pandas: RFM with rules of its own, every
# transform, k-means from every start, its tables and measures. 4,000 customers, 40,000 lines, cancellations and missing values among them.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

generated --store store --customers 4000 --lines 40000 --seed 11
cat >values.yaml <<'YAML'
version: 1
as_of: 2025-07-01
timezone: Europe/London
seed: 5
store: store
output: {file: out/values.h5}
steps:
  rfm:
    job: rfm
    from: transactions
    where: item != "P00001"
    amount: quantity * price
    orders: quantity > 0
    scores: 4
    segments:
      - {name: Best, r: 4, f: [3, 4], m: [3, 4]}
      - {name: Leaving, r: [1, 2], f: [3, 4]}
      - {name: Once, f: 1}
    without_orders: Nothing
    otherwise: Rest
  profile:
    job: select
    from: rfm
    derive: {often: "frequency / if(frequency > 2, 1, 0)"}     # missing for those with two orders or fewer
    columns: [customer, recency_days, frequency, monetary, often]
  chosen:
    job: kmeans
    from: profile
    k: [2, 5, 3, 4]
    choose: calinski_harabasz
    columns:
      recency_days: [{impute: median}, log1p, robust]
      frequency:    [{clip: [1, 6]}, minmax]
      monetary:     [asinh, standardize]
      often:        [{impute: mean}, {clip: [-.inf, 12]}, log1p, standardize]
  by_silhouette: {job: kmeans, from: profile, k: [2, 3, 4], columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}}
  by_davies_bouldin: {job: kmeans, from: profile, k: [2, 3, 4], choose: davies_bouldin, columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}}
  dropped:
    job: kmeans
    from: profile
    where: monetary > 5
    k: 3
    columns: {often: [{impute: drop}, log1p, standardize], recency_days: [{impute: {constant: 900}}, standardize], monetary: [log1p, standardize]}
  random: {job: kmeans, from: profile, k: 6, init: random, tolerance: 0, columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}}
  parallel: {job: kmeans, from: profile, k: 40, init: "k-means||", tolerance: 0, columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}}
  tries: {job: kmeans, from: profile, k: 6, init: random, n_init: 5, tolerance: 0, columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}}
  given:
    job: kmeans
    from: profile
    k: 3
    init: given
    centroids: [[0, 1], [100, 2], [1000, 9]]
    max_iterations: 4
    tolerance: 0
    columns: {monetary: [asinh, standardize], frequency: [log1p, standardize]}
  lines: {job: kmeans, from: transactions, where: quantity > 7, k: 4, columns: {price: [{clip: [0, 50]}, standardize], quantity: [standardize]}}
YAML
mpi 3 run values.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }
"$FULLBASE" export store transactions lines.csv >export.log
got=0
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/values.py" out/values.h5 lines.csv >values.txt 2>&1 || got=$?
same "values.py" 0 "$got"
[ "$got" -eq 0 ] || sed 's/^/    /' values.txt | tail -40
[ "$got" -ne 0 ] || contains "everything was compared" "truths, 0 breaches" values.txt
finish
