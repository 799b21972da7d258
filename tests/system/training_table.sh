#!/usr/bin/env bash
# split, encode and select_features against numpy, pandas, scipy and scikit-learn, row by row; the same digests on any ranks, threads and
# memory; parts that stay when rows are added; mistakes of the job file and of the data are refused, with their place.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
checks="$SOURCE_ROOT/tests/system/training_table.py"

"$FULLBASE_TEST_PYTHON" "$checks" make customers.csv later.csv
cat >job.yaml <<'YAML'
version: 1
seed: 5
store: store
output: {file: out.h5}
import:
  customers:
    files: customers.csv
    columns:
      id:      {type: int64, required: true}
      customer: {type: string, required: true}
      country: {type: category}
      zip:     {type: category}
      plan:    {type: string}
      visits:  {type: int64}
      spend:   {type: float64}
      price:   {type: decimal(2)}
      vip:     {type: bool}
      churned: {type: bool, required: true}
steps:
  parts: {job: split, from: customers, test: 0.3, stratify: country}
  plain: {job: split, from: customers, test: 0.25}
  folds: {job: split, from: customers, folds: 7, stratify: plan, column: piece}
  whole: {job: split, from: customers, folds: 4, stratify: visits, where: country != 'FR'}
  people: {job: split, from: customers, test: 0.2, by: customer}
  groups: {job: split, from: customers, folds: 3, by: country}
  coded:
    job: encode
    from: customers
    columns: {country: {one_hot: [UK, DE, 'New Zealand']}, plan: {ordinal: [gold, bronze]}, zip: frequency, visits: ordinal, vip: ordinal}
  again:
    job: encode
    from: {table: customers, encodings: coded.encodings}
    where: {table: "id < 2500 and vip = true"}
    columns: {zip: frequency, visits: ordinal}
  few: {job: encode, from: customers, where: "country = 'UK'", columns: {zip: frequency, visits: ordinal}}
  strange:
    job: encode
    from: {table: customers, encodings: few}
    columns: {zip: frequency, visits: ordinal}
    unseen: -1
    missing: -2
  measured: {job: select_features, from: customers, label: churned, exclude: [id]}
  names: {job: select, from: measured, columns: [feature, distinct]}
  weights: {job: select, from: names, where: feature != 'vip', derive: {importance: distinct * 0.5}}
  chosen:
    job: select_features
    from: {table: customers, importances: weights}
    rank_by: importance
    label: plan
    where: {table: plan is not missing}
    features: [spend, visits, country, vip, price]
    min_variance: 0.3
    max_missing: 0.15
    max_p_value: 0.05
    keep: 1
  numbers: {job: select_features, from: customers, where: visits is not missing, label: visits, task: regression, exclude: [id], rank_by: correlation}
YAML
digests=''
for case in "1 1 2GiB" "2 2 2GiB" "4 1 3MiB" "3 1 2GiB" "1 2 3MiB"; do
  read -r ranks threads memory <<<"$case"
  mpi $ranks run job.yaml --quiet --force --threads $threads --memory $memory >run.log 2>&1 || { cat run.log; breach "the job failed: $case"; continue; }
  found=$("$FULLBASE" digest out.h5)
  : "${digests:=$found}"
  same "digests on $case (ranks, threads, memory)" "$digests" "$found"
done
"$FULLBASE_TEST_PYTHON" "$checks" check out.h5 customers.csv >figures.txt 2>&1 || { cat figures.txt; breach "the checks stopped"; }
truths=$((truths + $(grep -c '^right: ' figures.txt || true)))
while read -r line; do breach "${line#wrong: }"; done < <(grep '^wrong: ' figures.txt || true)
same "truths of the tables" 1 "$(($(grep -c '^right: ' figures.txt) > 40))"
contains "the manifest counts the rows of parts" '"rows_in_test": ' out.h5.run.json
contains "the manifest says that shares are approximate" "approximate: rows of equal 'customer' stay together" out.h5.run.json
contains "rare values are warned of" "of the values of 'visits' have fewer rows than there are folds" out.h5.run.json
contains "many categories are warned of" "'zip' has" out.h5.run.json

# Rows that are added leave the others' parts as they are; another seed draws others.
sed 's/customers.csv/later.csv/; s/store: store/store: later/; s/out.h5/later.h5/' job.yaml >later.yaml
mpi 2 run later.yaml --quiet --only people >run.log 2>&1 || { cat run.log; breach "the later job failed"; }
mpi 1 run job.yaml --quiet --only people --set output.file=seed.h5 --set seed=6 >run.log 2>&1 || { cat run.log; breach "the job with another seed failed"; }
"$FULLBASE_TEST_PYTHON" "$checks" stay out.h5 later.only.h5 seed.only.h5 >figures.txt 2>&1 || { cat figures.txt; breach "the comparison of nights stopped"; }
while read -r line; do breach "${line#wrong: }"; done < <(grep '^wrong: ' figures.txt || true)
same "truths of the nights" 3 "$(grep -c '^right: ' figures.txt || true)"

# A table without rows.
mpi 2 run job.yaml --quiet --set output.file=empty.h5 --only parts --only coded --set 'steps.parts.where=id < 0' --set 'steps.coded.where={table: id < 0}' \
  >run.log 2>&1 || { cat run.log; breach "the job without rows failed"; }
contains "a table without rows is split" "parts: 0 rows" <("$FULLBASE" info empty.only.h5)
contains "a table without rows is encoded" "coded: 0 rows" <("$FULLBASE" info empty.only.h5)

# Mistakes: what, where, what to do.
mistake() { # WHAT CODE TEXT [only=STEP] SETTING...
  local what=$1 code=$2 text=$3 only=() launcher=()
  shift 3
  case $1 in only=*) only=(--only "${1#only=}") launcher=(mpirun -n 2); shift ;; esac  # of the data, so on every rank
  local settings=()
  for one in "$@"; do settings+=(--set "$one"); done
  fails_with "$what" "$code" "$text" "${launcher[@]}" "$FULLBASE" run job.yaml --quiet --set output.file=other.h5 "${only[@]}" "${settings[@]}"
}
mistake "both ways to split" 78 '`test` and `folds` exclude each other' steps.parts.folds=5
mistake "no way to split" 78 'it is not said how to split' 'steps.parts={job: split, from: customers}'
mistake "a share of 1" 78 'allowed: more than 0, less than 1' steps.parts.test=1
mistake "strata and whole values" 78 '`by` and `stratify` exclude each other' steps.parts.by=customer
mistake "strata of floats" 78 "column 'spend' is float64; stratify by" steps.parts.stratify=spend
mistake "a column that is there" 78 "the input has a column 'vip' already" steps.folds.column=vip
mistake "a column that is not there" 78 "did you mean 'country'?" steps.parts.stratify=countri
mistake "more folds than rows" 65 "4 folds of 3 rows" only=whole 'steps.whole.where=id < 3'
mistake "strata of customers" 65 "and rows are stratified by at most 1000" only=parts steps.parts.stratify=id
mistake "one-hot without values" 78 "which columns 'country' becomes is to be known before any data is read" steps.coded.columns.country=one_hot
mistake "a value that is no part of a name" 78 "no column can be called 'country_N/A'" 'steps.coded.columns.country={one_hot: [N/A]}'
mistake "a value of another type" 78 "'many' is no value of 'visits', which is int64" 'steps.coded.columns.visits={ordinal: [1, many]}'
mistake "a float to encode" 78 "column 'spend' is float64; encode takes" steps.few.columns.spend=ordinal
mistake "two columns of one name" 78 "the result has two columns 'country_uk'" 'steps.coded.from=twice' 'steps.coded.columns.country={one_hot: [uk]}' 'steps.twice={job: select, from: customers, derive: {country_uk: vip}}'
mistake "a place between codes" 78 "-0.5 is no whole number, as ordinal codes are" steps.strange.unseen=-0.5
mistake "no encodings" 78 "holds no encodings" 'steps.strange.from={table: customers, encodings: customers}'
mistake "a step without encodings" 78 "step parts writes no table 'encodings'" 'steps.strange.from={table: customers, encodings: parts}'
mistake "encoded otherwise" 65 "column 'zip' was encoded by frequency, not by ordinal" only=again steps.again.columns.zip=ordinal
mistake "a column without encoding" 65 "there is no encoding of column 'vip'" only=strange steps.strange.columns.vip=ordinal
mistake "an unseen value is an error" 65 "customers.visits[" only=strange steps.strange.unseen=error steps.strange.missing=missing 'steps.strange.columns={visits: ordinal}'
mistake "the label among the features" 78 "is the label" 'steps.measured.features=[churned, vip]'
mistake "a label that is not always there" 65 "rows have no label" only=measured steps.measured.label=vip
mistake "a label of one class" 65 "customers.churned: every row has the label 'true'" only=measured steps.measured.where=churned
mistake "classes of floats" 78 "column 'spend' is of type float64, and no class" steps.measured.label=spend steps.measured.task=classification
mistake "importances to rank by" 78 "there are no importances to rank by" steps.measured.rank_by=importance
mistake "a table without importances" 78 'no columns `feature` and `importance`' 'steps.chosen.from={table: customers, importances: parts}'
same "nothing is published after a mistake" 0 "$(ls other.h5 other.only.h5 2>/dev/null | wc -l)"
finish
