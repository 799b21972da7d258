#!/usr/bin/env bash
# Equal to scikit-learn where equality is defined, on the data sets that ship with it and on credit card clients: at every node of a tree its
# best split of the node's rows leaves the same impurity; measures are its to 1e-12. Coefficients: logistic.sh.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
credit=''
[ -z "${FULLBASE_REAL_DATA:-}" ] || credit=$FULLBASE_REAL_DATA/credit_card_default.csv
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/scikit_learn.py" make "$credit"
mpi 2 run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; }
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/scikit_learn.py" compare out.h5 "$credit" || breach "not as scikit-learn has it"
truths=$((truths + 1))
[ -n "$credit" ] || partly "FULLBASE_REAL_DATA is not set"
finish
