#!/usr/bin/env bash
# Logistic regression: beside scikit-learn on real and made data, the same bits on any ranks and in little memory, and what it refuses.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/learners.sh"

credit=''
[ -z "${FULLBASE_REAL_DATA:-}" ] || credit=$FULLBASE_REAL_DATA/credit_card_default.csv
python "$SOURCE_ROOT/tests/system/logistic.py" make "$credit"
"$FULLBASE" run job.yaml --quiet --set resources.threads=1 >run.log 2>&1 || { cat run.log; breach "the job failed"; }
contains "classes that part are reported" "step wine_fit: the classes part completely" run.log
python "$SOURCE_ROOT/tests/system/logistic.py" compare out.h5 "$credit" || breach "not what scikit-learn says"
truths=$((truths + 1))

digest=$("$FULLBASE" digest out.h5 | tail -1)
FULLBASE_OUTPUT=ranks.h5 mpi 3 run job.yaml --quiet --set resources.threads=2 >run.log 2>&1 || { cat run.log; breach "3 ranks failed"; }
same "digest on 3 ranks" "$digest" "$("$FULLBASE" digest ranks.h5 | tail -1)"
same_on_instruction_sets "$digest"

job() { learn logistic "$1"; }

rows "i % 7, math.sin(i), 'abc'[i % 3], 1"
job ""
fails_with "one class only" 65 "class" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, '' if i in (63, 150) else math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
job ""
fails_with "missing values" 65 "rows.z: 2 values are missing, the first in row 63" mpirun -n 2 "$FULLBASE" run one.yaml
job "missing: mean"
"$FULLBASE" run one.yaml --quiet >run.log 2>&1 || { cat run.log; breach "missing values as means failed"; }
rows "i % 7, math.inf if i == 101 else math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
fails_with "an infinite value" 65 "rows.z[101]" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
job "class_weights: {yes: 2}"
fails_with "a weight of no class" 65 "the label has 2 classes: 0, 1" mpirun -n 2 "$FULLBASE" run one.yaml
job "class_weights: {0: 0, 1: 0}"
fails_with "weights that sum to 0" 65 "weight 0" mpirun -n 2 "$FULLBASE" run one.yaml
job "class_weights: {0: 0}"
fails_with "a class of weight 0" 65 "weight 0" mpirun -n 2 "$FULLBASE" run one.yaml
rows "5, 2, 'a', int(i % 3 == 0)"
for options in "C: 1" "penalty: none" "cross_validation: {folds: 2}"; do
  job "$options"
  fails_with "constant features, $options" 65 "every feature has the same value in all rows" mpirun -n 2 "$FULLBASE" run one.yaml
done
rows "i % 7, math.sin(i), 'abc'[i % 3], i"
job ""
fails_with "as many classes as rows" 65 "200 different values in 200 rows" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], '' if i in (5, 150) else i % 2"
fails_with "labels that are missing" 65 "2 rows have no label, the first is row 5" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
job "features: [x, label]"
fails_with "the label among the features" 78 "'label' is the label" "$FULLBASE" run one.yaml
job "penalty: none, C: 3"
fails_with "C without penalty" 78 "nothing for C to weigh" "$FULLBASE" run one.yaml
job "max_iterations: 1"
"$FULLBASE" run one.yaml --quiet >run.log 2>&1 || { cat run.log; breach "one iteration failed"; }
contains "a fit that was ended is reported" "had not converged after 1 iteration" run.log
job "penalty: none"
"$FULLBASE" run one.yaml --quiet >run.log 2>&1 || { cat run.log; breach "no penalty failed"; }
contains "a column that follows from others is reported" "'c = c' follows from the columns before it" run.log

# Separation: by a number, by all rows of a category, and by none that has finite coefficients in any case.
rows "i, math.sin(i), 'abc'[i % 3], int(i >= 90)"
job "penalty: none"
fails_with "complete separation without penalty" 65 "the classes part completely" mpirun -n 2 "$FULLBASE" run one.yaml
job "C: 1000"
"$FULLBASE" run one.yaml --quiet >run.log 2>&1 || { cat run.log; breach "separation with a penalty failed"; }
contains "complete separation with a penalty" "the classes part completely" run.log
rows "i % 7, math.sin(i), 'abc'[i % 3], 1 if i % 3 == 1 else int(i * i % 11 > 4)"
job "penalty: none"
fails_with "quasi-complete separation by a category" 65 "all rows of 'c = b' are of one class" mpirun -n 2 "$FULLBASE" run one.yaml
rows "int(i % 2 == 0), math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4) if i % 2 else 1"
fails_with "quasi-complete separation by a number" 65 "the classes part" mpirun -n 2 "$FULLBASE" run one.yaml

finish
