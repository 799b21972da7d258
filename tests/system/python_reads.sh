#!/usr/bin/env bash
# Every table of an output reads in Python with h5py, anndata and pandas alone: data frames indexed by the key, of the types that
# docs/format.md promises, with the values that `fullbase export` writes.
source "$(dirname "$0")/harness.sh"
here=$SOURCE_ROOT/tests/system
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

# A table of every type, with values missing, quotes, letters beyond ASCII, times before 1970.
cat >kinds.csv <<'CSV'
id,whole,real,exact,yes,kind,text,moment,day
a1,1,0.1,2.55,true,shop,"a ""quoted"" text",2011-12-10T08:30:00.123456Z,2011-12-10
b2,,,,,,,,
ç3,-9007199254740993,-1e300,-0.01,false,"Zürich, Süd",naïve,1969-12-31T23:59:59Z,1969-12-31
d4,9223372036854775807,5e-324,90000000000000.99,true,shop,-,2100-02-28T00:00:00Z,2100-02-28
CSV
cat >kinds.yaml <<'YAML'
version: 1
store: kinds
output: {file: out/kinds.h5}
import:
  things:
    files: kinds.csv
    columns:
      id: {type: string, required: true}
      whole: {type: int64}
      real: {type: float64}
      exact: {type: decimal(2)}
      yes: {type: bool}
      kind: {type: category}
      text: {type: string}
      moment: {type: timestamp}
      day: {type: date}
steps:
  everything: {job: select, from: things}
  none: {job: select, from: things, where: whole = 0}
  lengths: {job: select, from: things, derive: {letters: length(id), large: whole > 0, single: real * 1}}
YAML
sed -i 's/, columns: \[id\]//; s/things: {job/everything: {job/; s/from: things/from: things/' kinds.yaml
mpi 2 run kinds.yaml --quiet >kinds.log 2>&1 || { cat kinds.log; breach "the run on all types failed"; }

"$FULLBASE" generate --store store --customers 3000 --lines 30000 --seed 7 --quiet
export FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out/nightly.h5
mpi 2 run "$SOURCE_ROOT/configs/nightly.yaml" --quiet >nightly.log 2>&1 || { cat nightly.log; breach "the nightly run failed"; }

for output in kinds nightly; do
  mkdir -p csv
  for table in $("$FULLBASE" digest out/$output.h5 | grep -v '^all ' | cut -d' ' -f1); do
    "$FULLBASE" export --no-formula-guard out/$output.h5 "$table" "csv/${table//\//.}.csv" >export.log
  done
  got=0
  "$FULLBASE_TEST_PYTHON" "$here/read_output.py" out/$output.h5 csv >read.txt 2>&1 || got=$?
  same "$output: read_output.py" 0 "$got"
  [ "$got" -eq 0 ] || sed 's/^/    /' read.txt
  tables=$("$FULLBASE" digest out/$output.h5 | grep -vc '^all ')
  contains "$output: every table was read" "$tables tables, " read.txt
  rm -r csv
done

# What the guide shows, word for word.
"$FULLBASE_TEST_PYTHON" - >guide.txt <<'PY'
import anndata, h5py
with h5py.File("out/nightly.h5") as f:
    rfm = anndata.io.read_elem(f["rfm"])                       # pandas DataFrame, indexed by customer
    centroids = anndata.io.read_elem(f["segments/centroids"])
print(type(rfm).__name__, rfm.index.name, len(rfm), rfm.index.is_unique, rfm.segment.dtype, rfm.recency_days.dtype, rfm.last_order.dtype)
print(len(centroids), int(centroids.rows.sum()))
PY
same "the guide's lines" "DataFrame customer 3000 True category Int64 int64" "$(sed -n 1p guide.txt)"
same "customers of the centroids" 3000 "$(sed -n 2p guide.txt | cut -d' ' -f2)"
finish
