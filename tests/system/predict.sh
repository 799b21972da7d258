#!/usr/bin/env bash
# A stored model tells a table what its own step told it; on any ranks, threads and memory; tonight's, or that of another output; one
# that does not fit the table, or is no whole model, is refused by name.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
here=$(dirname "$(realpath "$0")")
python() { "$FULLBASE_TEST_PYTHON" "$here/predict.py" "$@"; }
python make in.h5

# What is asked for below stands in the step `scored`.
train() {
  cat <<'YAML'
version: 1
seed: 42
output: {file: "${OUT:-out.h5}"}
inputs: {customers: {file: in.h5, table: customers}, none: {file: in.h5, table: none}}
steps:
  segments:
    job: kmeans
    from: customers
    k: 4
    infinite_is_missing: true
    columns:
      income: [log1p, standardize]
      age: [{impute: drop}, robust]
      balance: [{impute: median}, asinh, {clip: [-7, 7]}, minmax]
      visits: [{impute: mean}, standardize]
YAML
}
{ train; echo "  scored: {job: predict, from: {table: customers, model: segments}, keep: [age], reasons: 4, all_classes: true}"
  echo "  nobody: {job: predict, from: {table: none, model: segments}, all_classes: true}"
  echo "  young: {job: predict, from: {table: customers, model: segments.model}, where: {table: age < 40}, reasons: 0}"
} >job.yaml
"$FULLBASE" run job.yaml >run.log 2>&1 || { cat run.log; breach "the job failed"; }
contains "rows that cannot be scored" "rows could not be scored" run.log
truths=$((truths + 1)); python same out.h5 >check.txt || breach "$(cat check.txt)"
count() { "$FULLBASE" info "$1" | sed -n "s|^$2: \([0-9,]*\) rows.*|\1|p"; }
same "rows of nobody" 0 "$(count out.h5 nobody)"
same "scores of nobody" 0 "$(count out.h5 nobody/scores)"
truths=$((truths + 1))
[ "$(count out.h5 young)" != 5,000 ] && [ "$(count out.h5 young)" != 0 ] || breach "where left out nobody or all"
"$FULLBASE" export out.h5 young young.csv >/dev/null 2>&1
same "columns without reasons" "customer,predicted,score" "$(head -n 1 young.csv)"

# --- ranks, threads, memory
expected=$("$FULLBASE" digest out.h5)
for ranks in 1 2 3 4; do
  for threads in 1 2; do
    OUT=again.h5 mpi $ranks run job.yaml --fresh --set resources.threads=$threads --memory 2MiB --quiet >run.log 2>&1 || cat run.log
    same "digest with $ranks ranks, $threads threads" "$expected" "$("$FULLBASE" digest again.h5)"
  done
done

# --- the model of another output
scored() { "$FULLBASE" digest "$1" | grep -E '^scored'; }
reading() { # MODEL'S FILE, ITS TABLE, TABLE TO SCORE
  cat <<YAML
version: 1
output: {file: tonight.h5}
inputs: {customers: {file: in.h5, table: $3}, last_week: {file: $1, table: $2}}
steps:
  scored: {job: predict, from: {table: customers, model: last_week}, keep: [age], reasons: 4, all_classes: true}
YAML
}
reading out.h5 segments/model customers >reading.yaml
mpi 2 run reading.yaml --quiet >run.log 2>&1 || { cat run.log; breach "last week's model failed"; }
same "last week's model tells the same" "$(scored out.h5)" "$(scored tonight.h5)"

# --- tables that do not fit, and models that are none
reading out.h5 segments/model without >reading.yaml
fails_with "a column is missing" 65 "there is no column 'balance'" mpirun -n 2 "$FULLBASE" run reading.yaml
reading out.h5 segments/model typed >reading.yaml
fails_with "a column of another type" 65 "column 'balance' is of type category, the model has a number there" mpirun -n 2 "$FULLBASE" run reading.yaml
reading out.h5 segments customers >reading.yaml
fails_with "a table that is no model" 78 "last_week holds no model" "$FULLBASE" run reading.yaml
spoilt() { # HOW CODE TEXT
  python spoil out.h5 spoilt.h5 "$1"
  reading spoilt.h5 model customers >reading.yaml
  fails_with "$1" "$2" "$3" mpirun -n 2 "$FULLBASE" run reading.yaml
  truths=$((truths + 1)); [ ! -e tonight.h5.work ] || breach "$1: something is left of the run"
}
python spoil out.h5 spoilt.h5 nothing
reading spoilt.h5 model customers >reading.yaml
"$FULLBASE" run reading.yaml --quiet >run.log 2>&1 || cat run.log
same "the model as another program's columns" "$(scored out.h5)" "$(scored tonight.h5)"
rm tonight.h5*
spoilt short 65 "it was cut short"
spoilt empty 65 "this is no model"
spoilt damaged 65 "checksum does not match"
spoilt version 65 "the model is of version 2"
spoilt other 65 "this is no model"
spoilt unit 65 "tells something else than its table says"

# --- options that make no sense
refused() { # WHAT CODE TEXT STEP
  { train; echo "  scored: {job: predict, $4}"; } >wrong.yaml
  fails_with "$1" "$2" "$3" "$FULLBASE" run wrong.yaml
}
refused "no model" 78 "'from' lacks the input 'model'" "from: {table: customers}"
refused "a table alone" 78 "a predict step has 2 inputs; write from: {table: ..., model: ...}" "from: customers"
contains "only that is wrong with it" "fullbase: wrong.yaml" stderr.txt
refused "a step without a model" 78 "writes no table 'model'; a step in this place stands for its table 'model': name one that writes a 'model'" "from: {table: customers, model: scored_before}}
  scored_before: {job: select, from: customers"
refused "a column to keep that is not there" 78 "incom" "from: {table: customers, model: segments}, keep: [incom]"
refused "a threshold of many classes" 78 "steps.scored.threshold: the model tells 4 classes, not two" "from: {table: customers, model: segments}, threshold: 0.4"
finish
