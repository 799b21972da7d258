#!/usr/bin/env bash
# What `evaluate` says of predictions is what scikit-learn says, to 1e-12; what is not defined is missing and says why; the same bits on any
# ranks, threads and memory; what cannot be compared is refused by name.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
here=$(dirname "$(realpath "$0")")
check() { truths=$((truths + 1)); "$FULLBASE_TEST_PYTHON" "$here/evaluate.py" "$@" >check.txt 2>&1 || breach "$*: $(cat check.txt)"; }
"$FULLBASE_TEST_PYTHON" "$here/evaluate.py" make

cat >head.yaml <<'YAML'
version: 1
output: {file: "${OUT:-out.h5}"}
inputs:
  two: {file: in.h5, table: binary}
  colours: {file: in.h5, table: several}
  scores: {file: in.h5, table: scores}
  shifted: {file: in.h5, table: shifted}
  short: {file: in.h5, table: short}
  amounts: {file: in.h5, table: numbers}
steps:
YAML
cat head.yaml - >job.yaml <<'YAML'
  people: {job: select, from: two, where: age < 90}
  known: {job: select, from: colours, where: "label != 'white' and predicted != 'grey'"}
  known_scores: {job: join, from: {scores: scores, known: known}, by: id, how: inner, columns: {known: []}}
  binary: {job: evaluate, from: people, label: churned}
  decision: {job: evaluate, from: people, label: churned, score: decision, where: score is not missing}
  turned: {job: evaluate, from: people, label: churned, positive: "false"}
  shops: {job: evaluate, from: people, label: churned, by: shop}
  by_visits: {job: evaluate, from: amounts, label: value, by: visits}
  several: {job: evaluate, from: {table: colours, scores: scores}, label: label}
  without: {job: evaluate, from: colours, label: label}
  three: {job: evaluate, from: {table: known, scores: known_scores}, label: label}
  numbers: {job: evaluate, from: amounts, label: value}
  visits: {job: evaluate, from: amounts, label: visits}
  same: {job: evaluate, from: amounts, label: same}
  one: {job: evaluate, from: people, label: churned, where: not churned}
  nobody: {job: evaluate, from: people, label: churned, where: age > 100}
  no_class: {job: evaluate, from: colours, label: label, where: id < 0}
  no_value: {job: evaluate, from: amounts, label: value, by: visits, where: id < 0}
YAML
"$FULLBASE" run job.yaml >run.log 2>&1 || { cat run.log; breach "the run failed"; finish; exit 1; }
for what in binary groups decision turned several three numbers few; do check "$what" out.h5; done
contains "scores of the other class" "scores should be those of 'false'" run.log
contains "nobody to measure" "no row has all that is measured" run.log
digest=$("$FULLBASE" digest out.h5)
for setting in "2 2 64MiB" "3 1 1GiB" "4 2 64MiB"; do
  read -r ranks threads memory <<<"$setting"
  OUT=again.h5 mpi "$ranks" run job.yaml --fresh --set "resources.threads=$threads" --memory "$memory" --quiet 2>/dev/null
  same "digest on $ranks ranks with $threads threads and $memory" "$digest" "$("$FULLBASE" digest again.h5)"
done

# refused WHAT EXIT_CODE TEXT STEP: a job of this step alone.
refused() { { cat head.yaml; echo "  bad: $4"; } >bad.yaml; fails_with "$1" "$2" "$3" "$FULLBASE" run bad.yaml; }
refused "a label that is not there" 78 "churned_" "{job: evaluate, from: two, label: churned_}"
refused "no prediction" 78 "predicted" "{job: evaluate, from: scores, label: class}"
refused "a text and a truth" 78 "they cannot be compared" "{job: evaluate, from: colours, label: label, predicted: score}"
refused "a label against itself" 78 "the same column" "{job: evaluate, from: two, label: churned, predicted: churned}"
refused "a score of numbers" 78 "have no classes" "{job: evaluate, from: amounts, label: value, score: visits}"
refused "a score that is none" 78 "a score is a number" "{job: evaluate, from: two, label: churned, score: predicted}"
refused "a positive that is none" 65 "'maybe' is not one of two classes" "{job: evaluate, from: two, label: churned, positive: maybe}"
refused "a positive of several" 65 "is not one of two classes" "{job: evaluate, from: colours, label: label, positive: red}"
refused "scores of other rows" 65 "are not one for each class" "{job: evaluate, from: {table: colours, scores: short}, label: label}"
refused "scores in another order" 65 "does not speak of class" "{job: evaluate, from: {table: colours, scores: shifted}, label: label}"
refused "scores and a condition" 78 "part rows from their scores" "{job: evaluate, from: {table: colours, scores: scores}, label: label, where: {table: id > 5}}"
refused "groups by a number" 78 "values to measure by are whole numbers or texts" "{job: evaluate, from: amounts, label: value, by: same}"
refused "as many groups as rows" 65 "up to 1,000 groups are measured" "{job: evaluate, from: amounts, label: value, by: id}"
refused "an identifier" 65 "different values" "{job: evaluate, from: amounts, label: id, predicted: visits}"
finish
