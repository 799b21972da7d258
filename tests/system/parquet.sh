#!/usr/bin/env bash
# Parquet in and out, with pyarrow and DuckDB as oracles: what they write is imported as the CSV of the same data is, what is exported
# they read as it is shown; whatever is wrong with a file is one clear error.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
python() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/parquet.py" "$@"; }

# The job of the files that are named, and of a store of that name.
job() { # STORE FILES
  cat >"$1.yaml" <<YAML
version: 1
timezone: Europe/London
store: $1
output: {file: $1.h5}
import:
  sales:
    files: $2
    max_rejects: 3
    columns:
      InvoiceNo:   {as: invoice, type: category, required: true}
      Description: {as: description, type: string}
      Quantity:    {as: quantity, type: int64}
      InvoiceDate: {as: time, type: timestamp}
      UnitPrice:   {as: price, type: decimal(3)}
      CustomerID:  {as: customer, type: category}
      Day:         {as: day, type: date}
      Weight:      {as: weight, type: float64}
      Gift:        {as: gift, type: bool}
steps:
  copy: {job: select, from: sales}
YAML
}
digest_of() { "$FULLBASE" digest "$1" | grep "^${2:-sales} " | cut -d' ' -f2; }

# The same data as CSV, and as Parquet in types of its own, other types, and texts; a row without an invoice is rejected in all.
python make_sales 5000 sales
job csv sales.csv
"$FULLBASE" import csv.yaml --quiet
same "there is a digest" 64 "$(digest_of csv | tr -d '\n' | wc -c)"
same "rejects of the CSV" 1 "$("$FULLBASE" head csv sales.rejects | grep -c 'missing value')"
for kind in typed other texts duckdb; do
  job "$kind" "sales_$kind.parquet"
  "$FULLBASE" import "$kind.yaml" --quiet
  same "table of the $kind file" "$(digest_of csv)" "$(digest_of "$kind")"
done
same "a rejected row by its number" "1234" "$("$FULLBASE" export typed sales.rejects rejects.csv >/dev/null && tail -n 1 rejects.csv | cut -d, -f2)"

# The same bits on any ranks and threads, of one file or of several; unchanged files are not read again.
python split sales_typed.parquet parts 700
job parts 'parts/*.parquet'
"$FULLBASE" import parts.yaml --quiet
same "table of many files" "$(digest_of csv)" "$(digest_of parts)"
for ranks in 1 2 3 4; do
  for threads in 1 2; do
    rm -rf typed typed.h5*
    mpi "$ranks" run typed.yaml --fresh --quiet --set resources.threads=$threads
    same "$ranks ranks, $threads threads" "$(digest_of csv)" "$(digest_of typed)"
  done
done
mpi 3 import parts.yaml >again.log 2>&1
contains "unchanged files" "unchanged" again.log

# A name=value folder is a column.
mkdir -p 'country=France'
cp sales_typed.parquet 'country=France/'
sed 's/^store: .*/store: folders/; s/^    columns:/    columns:\n      country:     {type: category}/' typed.yaml >folders.yaml
sed -i "s#files: .*#files: '*/sales_typed.parquet'#" folders.yaml
"$FULLBASE" import folders.yaml --quiet
"$FULLBASE" head folders sales -n 1 >head.txt
contains "the folder's value" "France" head.txt

# As an input of a job, without a store; times without a zone are the job's.
cat >input.yaml <<'YAML'
version: 1
timezone: Europe/London
output: {file: input.h5}
inputs: {sales: {file: sales_typed.parquet}}
steps: {summer: {job: select, from: sales, where: Quantity > 0, columns: [InvoiceNo, InvoiceDate, Quantity]}}
YAML
mpi 2 run input.yaml --quiet
"$FULLBASE" export input.h5 summer input.csv >/dev/null
same "rows and times of an input" "$(python summer sales_typed.parquet)" "$(python summary_of_csv input.csv)"

# Out: what pyarrow and DuckDB read is what the CSV says; the digest of the file is that of the table.
for table in 'typed sales' 'typed.h5 copy'; do
  read -r place name <<<"$table"
  "$FULLBASE" export "$place" "$name" out.parquet >/dev/null
  "$FULLBASE" export "$place" "$name" out.csv >/dev/null
  same "digest of the exported $name" "$(digest_of "$place" "$name")" "$(digest_of out.parquet table)"
  same "pyarrow and DuckDB read $name" "equal" "$(python compare out.parquet out.csv)"
done
same "types" "invoice=dictionary<values=string, indices=int32, ordered=0> description=string quantity=int64 time=timestamp[us, tz=UTC] price=decimal128(18, 3) customer=dictionary<values=string, indices=int32, ordered=0> day=date32[day] weight=double gift=bool" \
  "$("$FULLBASE" export typed sales out.parquet >/dev/null; python types out.parquet)"
"$FULLBASE" export typed sales some --format parquet --columns price,invoice >/dev/null
same "columns that were asked for" "price invoice" "$(python names some)"
same "nothing else is left" "" "$(ls | grep '\.new$' || true)"
"$FULLBASE" info some >info.txt
contains "info tells a Parquet file by its first bytes" "decimal(3)" info.txt

# A file's one table stands for the table of any name that it is compared with.
for night in 1 2; do
  { echo id,amount; for i in 1 2 3; do echo "$i,$((i == 2 ? night : i))"; done; } >night.csv
  printf 'version: 1\nstore: night_%s\nimport: {lines: {files: night.csv, columns: {id: {type: int64}, amount: {type: int64}}}}\n' $night >night.yaml
  "$FULLBASE" import night.yaml --quiet
done
"$FULLBASE" export night_1 lines night_1.parquet >told.txt
"$FULLBASE" export night_2 lines delta.csv --changes-since night_1.parquet --key id >told.txt
same "what changed since a Parquet file" "change,id,amount changed,2,2" "$(paste -sd' ' delta.csv)"
"$FULLBASE" diff night_1.parquet night_2 --table lines --key id >told.txt
contains "a Parquet file and a table" "0 added, 0 removed, 1 changed, 2 unchanged" told.txt
fails_with "a Parquet file and a store of tables" 2 "name the table of the other one" "$FULLBASE" diff night_1.parquet night_2 --key id

# What is wrong with a file.
python damage sales_typed.parquet
same "cut short at any place, an input error and no crash" "65" "$(for cut in cut_*.parquet; do "$FULLBASE" digest "$cut" >/dev/null 2>errors.txt; echo $?; done | sort -u)"
fails_with "a file cut short" 65 "is a Parquet file cut short" "$FULLBASE" info cut_99.parquet
same "flipped bits: an input error, or values" "" "$(for flip in flip_*.parquet; do "$FULLBASE" digest "$flip" >/dev/null 2>errors.txt; echo $?; done | sort -u | grep -vxE '0|65' || true)"
fails_with "a page with a wrong checksum" 65 "checksum" "$FULLBASE" digest page.parquet
fails_with "no Parquet file" 65 "is no Parquet file" "$FULLBASE" head text.parquet
job cut "cut_99.parquet"
fails_with "an import of a file cut short" 65 "is a Parquet file cut short" mpirun -n 3 "$FULLBASE" import cut.yaml --quiet
same "nothing of it is in the store" "0" "$(ls cut/*.h5 2>/dev/null | wc -l)"
column_of_types() { # FILE COLUMN TYPE
  printf 'version: 1\nstore: kinds\nimport: {t: {files: %s, columns: {%s: {type: %s}}}}\n' "$1" "$2" "$3" >column.yaml
}
column_of_types kinds.parquet tags string
fails_with "a nested column that is asked for" 65 "the column 'tags' is nested (list<" "$FULLBASE" import column.yaml
column_of_types kinds.parquet blob string
fails_with "a binary column that is asked for" 65 "the column 'blob' has a type that fullbase has no counterpart of (binary)" "$FULLBASE" import column.yaml
column_of_types kinds.parquet amout 'decimal(2)'
fails_with "a column that is not there" 65 "did you mean 'amount'?" "$FULLBASE" import column.yaml
column_of_types kinds.parquet big int64
fails_with "numbers beyond int64" 65 "first kinds.parquet:3: column 'big': number out of range in '18446744073709551615'" "$FULLBASE" import column.yaml
fails_with "numbers beyond int64 in a table" 65 "row 2: 18446744073709551615 is beyond int64" "$FULLBASE" digest big.parquet
column_of_types kinds.parquet big category
"$FULLBASE" import column.yaml --quiet
"$FULLBASE" head kinds t >head.txt
contains "numbers beyond int64 as categories" "18446744073709551615" head.txt
"$FULLBASE" info kinds.parquet >info.txt
same "columns without a counterpart are passed over" "0" "$(grep -cE 'tags|blob' info.txt || true)"

# The job on real data, by way of pyarrow's own reading of the CSV.
if [ -n "${FULLBASE_REAL_DATA:-}" ]; then
  python online_retail "$FULLBASE_REAL_DATA/online_retail.csv.gz" retail.parquet
  for kind in csv.gz parquet; do
    sed -n '/^import:/,/^steps:/p' "$SOURCE_ROOT/configs/online_retail.yaml" | sed '$d' >import.part
    { printf 'version: 1\ntimezone: Europe/London\nstore: real_%s\n' "$kind"; cat import.part; } >real.yaml
    [ "$kind" = csv.gz ] || sed -i 's#files: .*#files: retail.parquet#' real.yaml
    mpi 2 import real.yaml --quiet
  done
  same "Online Retail by CSV and by Parquet" "$(digest_of real_csv.gz transactions)" "$(digest_of real_parquet transactions)"
else
  partly "FULLBASE_REAL_DATA is not set"
fi
finish
