# What the tests of job kinds that learn share; sourced after harness.sh.
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
python() { "$FULLBASE_TEST_PYTHON" "$@"; }

# same_on_instruction_sets DIGEST: job.yaml has this digest on other paths of the CPU too
same_on_instruction_sets() {
  local isa
  for isa in baseline avx2; do
    grep -qw avx2 /proc/cpuinfo || continue
    FULLBASE_ISA=$isa FULLBASE_OUTPUT=isa.h5 "$FULLBASE" run job.yaml --fresh --quiet >run.log 2>&1 || { cat run.log; breach "$isa failed"; }
    same "digest with $isa" "$1" "$("$FULLBASE" digest isa.h5 | tail -1)"
  done
}

# learn KIND OPTIONS: one.yaml, a step `fit` of this kind on the table `rows` of rows.csv, and what it tells of the rows
learn() {
  cat >one.yaml <<YAML
version: 1
store: one
output: {file: one.h5}
import:
  rows:
    files: rows.csv
    columns: {x: {type: float64}, z: {type: float64}, c: {type: category}, label: {type: int64}}
steps:
  fit: {job: $1, from: rows, label: label, $2}
  told: {job: predict, from: {table: rows, model: fit}}
YAML
  rm -rf one
}
# rows CODE: rows.csv from a python expression of i for x, z, c, label, 200 rows
rows() { python -c "
import math
print('x,z,c,label')
for i in range(200):
    print(*($1), sep=',')" >rows.csv; }
