#!/usr/bin/env bash
# Every kind of job that trains in rounds is asked to stop in the middle, and gone on from on other ranks: it goes on from its checkpoint, and what is
# published has the bits of an undisturbed run. That each round may be the one is for the unit tests to show.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
"$FULLBASE_TEST_PYTHON" - <<'PYTHON'
import numpy as np, pandas as pd
random = np.random.default_rng(12)
n = 4000
frame = pd.DataFrame(random.normal(size=(n, 5)).round(4), columns=[f"x{j}" for j in range(5)])
frame.insert(0, "id", np.arange(n))
frame["city"] = random.choice(list("abcdefgh"), n)
shown = frame["x0"] + frame["x1"] * frame["x2"] + np.isin(frame["city"], ["b", "f"]) + random.normal(0, 0.7, n)
frame["churned"] = shown > 0.6
frame["grade"] = np.digitize(shown, [-0.5, 0.6, 1.5])
frame.to_csv("rows.csv", index=False)
pairs = pd.DataFrame({"customer": random.integers(0, 3000, 60000), "item": random.zipf(1.3, 60000) % 800, "value": random.integers(1, 6, 60000)})
pairs.drop_duplicates(["customer", "item"]).to_csv("pairs.csv", index=False)
PYTHON
cat >base.yaml <<'YAML'
version: 1
seed: 9
store: store
import:
  rows:
    files: rows.csv
    key: id
    columns: {id: {type: int64, required: true}, x0: {type: float64}, x1: {type: float64}, x2: {type: float64}, x3: {type: float64}, x4: {type: float64}, city: {type: category}, churned: {type: bool}, grade: {type: int64}}
  pairs:
    files: pairs.csv
    columns: {customer: {type: int64}, item: {type: int64}, value: {type: float64}}
YAML

# break_off RANKS ARGUMENTS...: asks the job to stop somewhere in its step until that leaves a checkpoint; the log of the last try is broken.log
break_off() {
  local ranks=$1 launcher at
  shift
  for _ in $(seq 20); do
    at=$((length * (RANDOM % 1000) / 1000))
    marked mpirun -n "$ranks" "$FULLBASE" run job.yaml "$@" >broken.log 2>&1 &
    launcher=$!
    comes_to 'grep -q "\[1/1\] step" broken.log' $launcher || true
    sleep_milliseconds $at
    kill -TERM $(marked_ranks) 2>/dev/null || true
    code=0; wait $launcher || code=$?
    if grep -q "checkpoint [0-9]* is kept" broken.log; then
      same "$kind: exit code of a run that was asked to stop" 75 "$code"
      return 0
    fi
    # It was over sooner, or had not come to its first round.
    [ "$code" -eq 75 ] || set -- --force --fresh
    [ "$code" -eq 75 ] || length=$((length * 3 / 4))
  done
  cat broken.log
  breach "$kind: no try left a checkpoint"
}

RANDOM=21
# interrupted TIMES KIND STEP
interrupted() {
  local times=$1 expected begun
  kind=$2
  { cat base.yaml; printf 'output: {file: out/%s.h5}\nsteps:\n  step: {%s}\n' "$kind" "$3"; } >job.yaml
  begun=$(milliseconds)
  mpi 2 run job.yaml >run.log 2>&1 || { cat run.log; breach "$kind failed"; return 0; }
  length=$(($(milliseconds) - begun - 300))
  [ $length -gt 100 ] || length=100
  expected=$("$FULLBASE" digest "out/$kind.h5")
  break_off 2 --force --fresh
  [ "$times" -eq 1 ] || break_off 1 --force
  mpi 3 run job.yaml --force >run.log 2>&1 || { cat run.log; breach "$kind did not go on"; }
  contains "$kind goes on" "step step goes on from checkpoint" run.log
  same "$kind: digest" "$expected" "$("$FULLBASE" digest "out/$kind.h5")"
  same "$kind: nothing is left" "" "$(ls -d out/*.work 2>/dev/null || true)"
}

rows='from: rows, exclude: [grade], label: churned'
grades='from: rows, exclude: [churned], label: grade'
interrupted 2 forest "job: forest, $rows, trees: 30, max_depth: 12, permutation_importance: 2, cross_validation: {folds: 2}"
interrupted 1 logistic "job: logistic, $grades, cross_validation: {folds: 5}"
interrupted 1 linear "job: svm, $grades, probability: true, cross_validation: {folds: 3}"
interrupted 2 exact "job: svm, $grades, kernel: rbf, probability: true"
interrupted 1 landmarks "job: svm, $rows, kernel: rbf, exact_up_to: 0, landmarks: 150, probability: true, cross_validation: {folds: 2}"
interrupted 1 factors "job: factorise, from: pairs, customer: customer, item: item, value: value, rank: 24, iterations: 60"
interrupted 1 methods "job: evaluate_recommendations, from: pairs, customer: customer, item: item, value: value, hold_out: {folds: 3}, methods: {everybody: popular, factors: {factorise: {rank: 16, iterations: 20}}, like: {neighbours: {}}}"
finish
