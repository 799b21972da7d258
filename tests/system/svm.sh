#!/usr/bin/env bash
# Support vector machines: beside scikit-learn, the same bits on any ranks, threads, memory and CPU, and what they refuse.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/learners.sh"

python "$SOURCE_ROOT/tests/system/svm.py" make
"$FULLBASE" run job.yaml --quiet --set resources.threads=1 >run.log 2>&1 || { cat run.log; breach "the job failed"; }
python "$SOURCE_ROOT/tests/system/svm.py" compare out.h5 || breach "not what scikit-learn says"
truths=$((truths + 1))
contains "the manifest says the method" '"method": "nystroem"' out.h5.run.json

digest=$("$FULLBASE" digest out.h5 | tail -1)
FULLBASE_OUTPUT=ranks.h5 mpi 3 run job.yaml --quiet --set resources.threads=2 >run.log 2>&1 || { cat run.log; breach "3 ranks failed"; }
same "digest on 3 ranks" "$digest" "$("$FULLBASE" digest ranks.h5 | tail -1)"
FULLBASE_OUTPUT=small.h5 "$FULLBASE" run job.yaml --quiet --memory 12MiB --set resources.threads=1 >run.log 2>&1 || { cat run.log; breach "12 MiB failed"; }
same "digest in 12 MiB" "$digest" "$("$FULLBASE" digest small.h5 | tail -1)"
same_on_instruction_sets "$digest"

job() { learn svm "$1"; }
runs() { "$FULLBASE" run one.yaml --quiet >run.log 2>&1 || { cat run.log; breach "$1"; }; truths=$((truths + 1)); }

rows "i % 7, math.sin(i), 'abc'[i % 3], 1"
job "kernel: rbf"
fails_with "one class only" 65 "class" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, '' if i in (63, 150) else math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
for kernel in linear rbf; do
  job "kernel: $kernel"
  fails_with "missing values, $kernel" 65 "rows.z: 2 values are missing, the first in row 63" mpirun -n 2 "$FULLBASE" run one.yaml
done
job "kernel: rbf, missing: mean"
runs "missing values as means failed"
rows "i % 7, math.inf if i == 101 else math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
fails_with "an infinite value" 65 "rows.z" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], int(i * i % 11 > 4)"
job "kernel: rbf, class_weights: {0: 0, 1: 0}"
fails_with "weights that are all 0" 65 "weight 0" mpirun -n 2 "$FULLBASE" run one.yaml
job "kernel: rbf, class_weights: {0: 0}"
runs "a class that does not count failed"
job "kernel: rbf, class_weights: {7: 1}"
fails_with "a weight of no class" 65 "'7' is no class" mpirun -n 2 "$FULLBASE" run one.yaml
job "features: [x, label]"
fails_with "the label among the features" 78 "label" "$FULLBASE" run one.yaml
job "gamma: 0.5"
fails_with "gamma of a linear machine" 78 "a linear machine has no gamma" "$FULLBASE" run one.yaml
job "kernel: rbf, gamma: wide"
fails_with "no gamma at all" 78 "gamma" "$FULLBASE" run one.yaml
job "kernel: rbf, C: 0"
fails_with "C of 0" 78 "C" "$FULLBASE" run one.yaml
job "kernel: rbf"
fails_with "too little memory" 78 "of memory on a rank" mpirun -n 2 "$FULLBASE" run one.yaml --memory 2MiB
rows "i % 7, math.sin(i), 'abc'[i % 3], int(i == 9)"
job "kernel: rbf, probability: true"
fails_with "one row of a class with probabilities" 65 "the class '1' has 1 row" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], i % 102"
job "kernel: rbf"
fails_with "too many classes for pairs" 65 "at most 100 classes" mpirun -n 2 "$FULLBASE" run one.yaml
# The label may be any kind of class, and a category a feature.
rows "i % 7, math.sin(i), 'abc'[i % 3], int(i % 3 == 0)"
for label in "derive: {told: label = 1}" "derive: {told: label}"; do
  job "kernel: rbf, C: 100"
  sed -i "s/^steps:/steps:\n  made: {job: select, from: rows, $label}/; s/from: rows, label: label, /from: made, label: told, features: [c], /; s/table: rows, model/table: made, model/" one.yaml
  runs "$label failed"
  python - <<'PYTHON' || breach "a category that says the class does not: $label"
import anndata, h5py
with h5py.File("one.h5") as file:
    told, rows = anndata.io.read_elem(file["told"]), anndata.io.read_elem(file["made"])
assert (told["predicted"].to_numpy() == rows["told"].to_numpy()).all()
assert (told["reason_1"] == "c").all()
PYTHON
done
# One feature that varies in a single row is enough, also where landmarks are all alike.
rows "5, int(i == 199), 'a', int(i % 3 == 0)"
for options in "kernel: linear" "kernel: rbf" "kernel: rbf, exact_up_to: 10, landmarks: 1"; do
  job "$options"
  runs "all columns but one constant failed: $options"
done
rows "5, '' if i == 3 else 2, 'a', int(i % 3 == 0)"
for options in "kernel: linear" "kernel: rbf" "kernel: rbf, exact_up_to: 10, landmarks: 20"; do
  job "$options, missing: mean"
  fails_with "constant features: $options" 65 "rows: every feature has the same value in all rows" mpirun -n 2 "$FULLBASE" run one.yaml
done
rows "i % 7, math.sin(i), 'abc'[i % 3], i"
job "kernel: rbf"
fails_with "as many classes as rows" 65 "200 different values in 200 rows" mpirun -n 2 "$FULLBASE" run one.yaml
rows "i % 7, math.sin(i), 'abc'[i % 3], '' if i in (5, 150) else i % 2"
job "kernel: rbf"
fails_with "labels that are missing" 65 "2 rows have no label, the first is row 5" mpirun -n 2 "$FULLBASE" run one.yaml

finish
