#!/usr/bin/env bash
# Files of one basket a line: the table is what Python reads, on any ranks, threads and ways in; what cannot be right is one error.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:=python3}"
oracle() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/import_baskets.py" "$@"; }

job() {   # job FILE LINE...: an import of the table `t`
  local file=$1
  shift
  printf '%s\n' 'version: 1' 'store: store' 'import:' '  t:' '    layout: baskets' >"$file"
  printf '    %s\n' "$@" >>"$file"
}
import() { "$FULLBASE" import "$@" >import.log 2>&1 || { cat import.log; breach "import $*"; }; }
exported() { "$FULLBASE" export store t exported.csv >export.log && cat exported.csv; }
digest() { "$FULLBASE" digest store | grep '^t '; }

# --- numbers between blanks, on any ranks and threads; plain, gzip, standard input, and the parts of a file
oracle generate numbers.dat 20000
job numbers.yaml 'files: numbers.dat' 'delimiter: blanks' 'item: {type: int64}'
for ranks in 1 2 3 4; do
  rm -rf store
  mpirun -n $ranks "$FULLBASE" import numbers.yaml --quiet --set resources.threads=$((1 + ranks % 2))
  [ $ranks -gt 1 ] || { exported >/dev/null; oracle expected blanks numbers.dat >expected.csv; truths=$((truths + 1)); cmp exported.csv expected.csv || breach "rows of numbers"; first=$(digest); }
  same "digest on $ranks ranks" "$first" "$(digest)"
done
import numbers.yaml
contains "nothing has changed" unchanged import.log
gzip -k numbers.dat
import numbers.yaml --set import.t.files=numbers.dat.gz
same "digest of gzip" "$first" "$(digest)"
mpirun -n 2 "$FULLBASE" import numbers.yaml --quiet --set import.t.files='"-"' <numbers.dat
same "digest of standard input" "$first" "$(digest)"
head -n 7000 numbers.dat >part_1; sed -n '7001,15000p' numbers.dat | gzip >part_2; tail -n +15001 numbers.dat >part_3
import numbers.yaml --set import.t.files='part_*'
same "rows of parts" "$(sha256sum <expected.csv)" "$(exported | sha256sum)"
printf '1\n' >>part_1
import numbers.yaml --set import.t.files='part_*'
contains "what stands behind a longer file is numbered anew" "files: 0 new, 3 replaced, 0 unchanged" import.log
printf '2\n' >>part_3
import numbers.yaml --set import.t.files='part_*'
contains "what stands before it is not" "files: 0 new, 1 replaced, 2 unchanged" import.log
same "rows of longer parts" "$(oracle expected blanks numbers.dat | tail -n +2 | wc -l)" "$(($(exported | wc -l) - 3))"

# --- names: quotes, a mark at the start, blank fields and lines
printf '\xef\xbb\xbfmilk,"rolls, sweet",milk\r\n\r\n,NA,\nbread,,"a ""b"""\nlast' >names.csv
job names.yaml 'files: names.csv'
import names.yaml
same "rows of names" "$(oracle expected , names.csv)" "$(exported)"
job renamed.yaml 'files: names.csv' 'basket: {as: order}' 'item: {as: product, type: string}'
import renamed.yaml
same "names of columns" 'order,product' "$(exported | head -n 1)"

# --- rejects: a basket with an item that cannot be taken
printf '1 2\n3 x 4\n\n5 6\n7 1e99 y\n' >bad.dat
job bad.yaml 'files: bad.dat' 'delimiter: blanks' 'item: {type: int64}'
fails_with "bad numbers" 65 "2 of 5 baskets cannot be taken (2 not a number), first bad.dat:2: column 'item': not a number in 'x'" mpirun -n 2 "$FULLBASE" import bad.yaml
import bad.yaml --set import.t.max_rejects=40%
same "the other baskets" 'basket,item|1,1|1,2|3,|4,5|4,6|' "$(exported | tr '\n' '|')"
"$FULLBASE" export store t.rejects rejects.csv >export.log
same "rejects" 'file,line,column,reason,text|bad.dat,2,item,not a number,x|bad.dat,5,item,not a number,1e99|' "$(tr '\n' '|' <rejects.csv)"

# --- what a line of items has not
refused() {   # refused WHAT TEXT LINE...
  local what=$1 text=$2
  shift 2
  job refused.yaml "$@"
  fails_with "$what" 78 "$text" "$FULLBASE" validate refused.yaml
}
refused "a header" 'import.t.header: `header` does not go with `layout: baskets`' 'files: names.csv' 'header: true'
refused "columns and a key" 'import.t.columns: `columns`, `key` does not go with `layout: baskets`' 'files: names.csv' 'columns: {a: {}}' 'key: a'
refused "Parquet by its name" 'a Parquet file has no lines' 'files: lines.parquet'
refused "Parquet as its format" 'import.t.format: a Parquet file has no lines' 'files: names.csv' 'format: parquet'
refused "dates" "import.t.item.type: 'date' is not one of category, int64, string" 'files: names.csv' 'item: {type: date}'
refused "one name for both" 'the basket and the item have one name' 'files: names.csv' 'item: {as: basket}'
touch named.parquet
job found.yaml "files: 'named.*'"
fails_with "Parquet among what is found" 78 "a Parquet file has no lines" "$FULLBASE" import found.yaml
sed -i '/layout/d' names.yaml
fails_with "neither columns nor baskets" 78 "the key 'columns' is missing" "$FULLBASE" validate names.yaml
printf 'version: 1\nstore: store\nimport: {t: {files: names.csv, columns: {a: {}}, item: {as: product}}}\n' >mixed.yaml
fails_with "an item without baskets" 78 '`item` goes with `layout: baskets` alone' "$FULLBASE" validate mixed.yaml

# --- drafts
draft() { "$FULLBASE" import --infer "$@" --layout baskets >draft.yaml && rm -rf store && "$FULLBASE" import draft.yaml --set store=store --quiet; }
draft numbers.dat
contains "numbers" "item: {type: int64}" draft.yaml
contains "blanks" "delimiter: blanks" draft.yaml
same "a draft of numbers" "${first#t }" "$("$FULLBASE" digest store | grep '^numbers ' | cut -d' ' -f2)"
draft names.csv
contains "names" "item: {type: category}" draft.yaml
contains "baskets of a draft" "5 baskets of 6 items" draft.yaml
printf 'a;b,c\nd\n007;8\n' >semicolons.txt
draft semicolons.txt --delimiter ';'
contains "a delimiter" 'delimiter: ";"' draft.yaml
printf '1,2\n3\n4,5,6\n7\n' >ragged.csv
fails_with "what seems to be baskets" 65 "say --layout baskets" "$FULLBASE" import --infer ragged.csv
fails_with "a layout without files" 2 "--layout requires --infer" "$FULLBASE" import numbers.yaml --layout baskets

# --- the groceries of Hahsler, Hornik and Reutterer, read by Python from an output
if [ -n "${FULLBASE_REAL_DATA:-}" ] && "$FULLBASE_TEST_PYTHON" -c 'import anndata, h5py' 2>/dev/null; then
  job groceries.yaml "files: $FULLBASE_REAL_DATA/groceries.csv"
  printf '%s\n' 'output: {file: groceries.h5}' 'steps: {lines: {job: select, from: t}}' >>groceries.yaml
  mpirun -n 3 "$FULLBASE" run groceries.yaml --quiet
  same "rows, baskets and items of groceries" "43367 9835 169" "$(oracle stored groceries.h5 lines , "$FULLBASE_REAL_DATA/groceries.csv")"
else
  partly "FULLBASE_REAL_DATA is not set, or FULLBASE_TEST_PYTHON has no anndata"
fi
finish
