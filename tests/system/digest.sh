#!/usr/bin/env bash
# docs/format.md says enough to read every table and to compute its digest: digest.py does so for an output, a part of a store with
# every type, and a packed export. AnnData reads the export too.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
recomputed() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/digest.py" "$1"; }

export FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out.h5
"$FULLBASE" generate --store store --customers 3000 --lines 20000 --quiet >/dev/null
mpi 2 run "$SOURCE_ROOT/configs/nightly.yaml" --quiet
same "digests of an output" "$("$FULLBASE" digest out.h5)" "$(recomputed out.h5)"

# Every type, with missing values, rejects, and texts that are not ASCII.
{
  echo "id,price,weight,flag,group,note,at,day"
  for i in $(seq 1 2500); do
    case $((i % 5)) in
      0) echo "$i,,,,,,," ;;
      1) echo "$i,1.25,-0.0,true,Zürich,été $i,2026-01-01T00:00:00Z,2026-02-03" ;;
      2) echo "$i,-$i.5,1e-3,0,Bern,x,1969-12-31T23:59:59Z,1960-01-01" ;;
      *) echo "$i,0,$i,1,Bern,$i,2026-06-01T12:00:00+02:00,2000-02-29" ;;
    esac
  done
  echo "not a number,1,1,1,a,b,2026-01-01T00:00:00Z,2026-01-01"
} >all.csv
cat >types.yaml <<'YAML'
version: 1
store: types
import:
  rows:
    files: all.csv
    max_rejects: 1
    columns:
      id: {type: int64, required: true}
      price: {type: decimal(2), unit: CHF}
      weight: {type: float64}
      flag: {type: bool}
      group: {type: category}
      note: {type: string}
      at: {type: timestamp}
      day: {type: date}
YAML
"$FULLBASE" import types.yaml --quiet
part=$(echo types/rows-*.h5)
same "digests of a part of a store" "$("$FULLBASE" digest "$part")" "$(recomputed "$part")"
same "a store's table has its only part's digest" "$("$FULLBASE" digest types | head -n 1 | cut -d' ' -f2)" \
  "$("$FULLBASE" digest "$part" | grep '^rows ' | cut -d' ' -f2)"

"$FULLBASE" export types rows packed.h5 >/dev/null
same "digest of an export" "$("$FULLBASE" digest types | grep '^rows ')" "$("$FULLBASE" digest packed.h5 | head -n 1)"
same "digest of an export, recomputed" "$("$FULLBASE" digest packed.h5)" "$(recomputed packed.h5)"
"$FULLBASE" export types rows rows.csv >/dev/null
"$FULLBASE" export types rows named.out --format hdf5 >/dev/null
same "a format by name" "$(recomputed packed.h5)" "$(recomputed named.out)"
"$FULLBASE" export out.h5 segments.centroids centroids.h5 >/dev/null

"$FULLBASE_TEST_PYTHON" - >read.txt <<'PY'
import anndata, h5py, pandas
with h5py.File("packed.h5") as f:
    print("filters", f["rows/id"].compression, f["rows/id"].shuffle, f["rows/id"].fletcher32)
    rows = anndata.io.read_elem(f["rows"])
csv = pandas.read_csv("rows.csv")
print("shape", rows.shape, csv.shape)
print("same", (rows["group"].astype(object).fillna("?").values == csv["group"].fillna("?").values).all(),
      (rows["weight"].fillna(-1).values == csv["weight"].fillna(-1).values).all(),
      ((rows["flag"] == True).fillna(False).values == (csv["flag"] == True).values).all(),
      (rows["id"].values == csv["id"].values).all())
with h5py.File("centroids.h5") as f:
    print("centroids", len(anndata.io.read_elem(f["segments/centroids"])) > 1)
PY
contains "values are packed" "filters gzip True True" read.txt
contains "anndata reads all rows" "shape (2500, 8) (2500, 8)" read.txt
contains "anndata reads the values" "same True True True True" read.txt
contains "a step's other table" "centroids True" read.txt
finish
