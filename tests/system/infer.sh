#!/usr/bin/env bash
# What `fullbase import --infer` drafts is valid, is imported without rejects, and has the types that pandas and a reader would give.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

# draft FILE...: draft.yaml of these files, validated and imported into a store of its own, as many rows as $rows says.
draft() {
  rm -rf store
  "$FULLBASE" import --infer "$@" >draft.yaml
  "$FULLBASE" validate draft.yaml >valid.txt 2>&1 || { cat valid.txt draft.yaml; breach "the draft of $* is not valid"; }
  "$FULLBASE" import draft.yaml --set store=store --quiet >import.txt 2>&1 || { cat import.txt draft.yaml; breach "the draft of $* cannot be imported"; }
  "$FULLBASE" info store >info.txt
  contains "rows of $*" ": $rows rows" info.txt
}
# is NAME TYPE: a column of the store.
is() { same "type of $1" "$2" "$(awk -v name="$1" '$1 == name {print $2; exit}' info.txt)"; }

"$FULLBASE_TEST_PYTHON" - <<'PY'
import random
random.seed(5)
months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
with open("all.csv", "w", encoding="utf-8") as file:
    file.write('Invoice No,ZipCode,PLZ/Ort,Price £,Rate,Seen At,Day,US day,Late day,Active,Big,Phone,Note,Größe,Comment,Void,class,Invoice-No\r\n')
    for i in range(1000):
        day, month = random.randint(1, 28), random.randint(1, 12)
        fields = [
            f"A{i % 300}", f"{random.randint(1, 300):05d}", random.choice(['"Köln, am ""Rhein"""', "Zürich", "NA"]),
            random.choice(["NULL", f"{random.randint(-999, 99999) / 100:.2f}"]), random.choice(["1e-3", "2.5", "nan", "7"]),
            f"2024-{month:02d}-{day:02d} 1{i % 10}:30", f"{day:02d}.{month:02d}.2023", f"{month}/{day}/2023 {i % 12 + 1}:05 PM",
            f"{day}-{months[month - 1]}-2024", random.choice(["Yes", "no", ""]), str(10**15 + i) + ".0", "+49221" + str(i),
            random.choice(["", f"free text number {i}"]), str(i % 7), '"two\nlines"' if i == 5 else f"line {i}", "", "None" if i % 2 else "first", "x"]
        file.write(",".join(fields) + "\r\n")
PY
rows=1,000
draft all.csv
is invoice_no category
is zip_code category
is plz_ort category
is price "decimal(2)"
is rate float64
is seen_at timestamp
is day date
is us_day timestamp
is late_day date
is active bool
is big int64
is phone string
is note string
is gr_e int64
is comment string
is void string
is class category
is invoice_no_2 category
contains "a price may be missing" "may be missing" <(grep ' price ' info.txt)
contains "the US day's format" 'format: "%m/%d/%Y %I:%M %p"' draft.yaml
contains "zeros in front" "zeros in front are kept" <(grep ZipCode draft.yaml)
contains "an empty column" "no value at all" draft.yaml
same "what pandas reads" "same" "$("$FULLBASE" export store lines out.csv >/dev/null; "$FULLBASE_TEST_PYTHON" - <<'PY'
import pandas as pd
told, file = pd.read_csv("out.csv", dtype=str), pd.read_csv("all.csv", dtype=str, keep_default_na=False)
assert list(told["zip_code"]) == list(file["ZipCode"])
assert list(told["price"].fillna("NULL")) == list(file["Price £"])
assert list(pd.to_datetime(told["us_day"]).dt.tz_localize(None)) == list(pd.to_datetime(file["US day"], format="%m/%d/%Y %I:%M %p"))
assert list(pd.to_datetime(told["day"])) == list(pd.to_datetime(file["Day"], format="%d.%m.%Y"))
assert list(told["comment"]) == list(file["Comment"]) and list(told["plz_ort"].fillna("NA")) == list(file["PLZ/Ort"])
assert list(told["big"]) == [v.removesuffix(".0") for v in file["Big"]]
print("same")
PY
)"

# Other dialects, several files, gzip.
printf 'id;when;amount\n1;03/04/2024;1,5\n2;05/06/2024;2,5\n' >german.csv
rows=2 draft german.csv
contains "the delimiter" 'delimiter: ";"' draft.yaml
contains "day or month" "day and month could be the other way round" draft.yaml
is amount string
printf "a\tb\n1\t'x y'\n2\t'z'\n" >tabs.tsv
rows=2 draft tabs.tsv
contains "tabs" 'delimiter: tab' draft.yaml
contains "single quotes" "quote: \"'\"" draft.yaml
printf '1,2.5\n3,4.5\n' >bare.csv
rows=2 draft bare.csv
contains "no header" "header: false" draft.yaml
is column_2 "decimal(1)"
printf 'id,v\n1,2\n' >p1.csv
printf 'id,v\n7,2.25\n' | gzip >p2.csv.gz
rows=2 draft p1.csv p2.csv.gz
is v "decimal(2)"
printf ',v\n0,2\n1,3\n' >index.csv
rows=2 draft index.csv
contains "a column without a name" "# column 1 has no name and is left out" draft.yaml
{ echo id,v; for i in $(seq 100); do echo "$i,$i"; done; echo 7; } >ragged.csv
rows=100 draft ragged.csv
contains "few ragged records are borne" "max_rejects: 1" draft.yaml
{ echo code; seq 100000000000000000000 100000000000000000009; } >long.csv
rows=10 draft long.csv
is code string

printf 'a${b},"e: #x",~\n1,2,3\n' >'odd ${HOME} $name.csv'
rows=1 draft 'odd ${HOME} $name.csv'
is a_b int64; is e_x int64; is column_3 int64
printf 'a,b' >header.csv
rows=0 draft header.csv

fails_with "files whose columns differ" 65 "files of one table have the same columns" "$FULLBASE" import --infer p1.csv german.csv
printf 'id,w\n1,2\n' >other.csv
fails_with "headers that differ" 65 "the header is not that of p1.csv" "$FULLBASE" import --infer p1.csv other.csv
printf 'a,b\n1,2\n3\n4,5,6\n7\n' >baskets.csv
fails_with "no table" 65 "another number of fields than the first" "$FULLBASE" import --infer baskets.csv
printf 'a,b\n"x,1\n' >open.csv
fails_with "an open quote" 65 "a quote is never closed" "$FULLBASE" import --infer open.csv
printf 'name,b\nM\xfcller,1\n' >latin.csv
fails_with "another encoding" 65 "no UTF-8" "$FULLBASE" import --infer latin.csv
: >empty.csv
rows=1
printf 'a,b\n1,2\n' >'[1]*\?$x.csv'
printf 'a,b\n1,2\n3,4\n' >'1.y\?$x.csv'
draft '[1]*\?$x.csv'
printf 'a,b\n1\0,2\n' >nul.csv
fails_with "NUL bytes" 65 "records with NUL bytes, which no text has: 1" "$FULLBASE" import --infer nul.csv
printf 'PAR1\x15\x04\x15\x20\x15\x24L\x15\n' >lines.dat
fails_with "a Parquet file of any name" 65 "lines.dat: is a Parquet file" "$FULLBASE" import --infer lines.dat
fails_with "an empty file" 65 "the file is empty" "$FULLBASE" import --infer empty.csv
fails_with "no file" 65 "nowhere.csv" "$FULLBASE" import --infer nowhere.csv
fails_with "neither file nor job" 2 "job is required" "$FULLBASE" import
fails_with "a delimiter of two bytes" 2 "is not one byte" "$FULLBASE" import --infer p1.csv --delimiter '::'

if [ -n "${FULLBASE_REAL_DATA:-}" ]; then
  rows=541,909 draft "$FULLBASE_REAL_DATA/online_retail.csv.gz"
  is unit_price "decimal(3)"; is customer_id int64; is invoice_date timestamp; is country category; is stock_code category
  rows=69,659 draft "$FULLBASE_REAL_DATA/cdnow_master.txt"
  is customer_id category; is date date; is dollar_value "decimal(2)"
  rows=30,000 draft "$FULLBASE_REAL_DATA/credit_card_default.csv"
  is default_payment_next_month int64
  rows=13,083 draft "$FULLBASE_REAL_DATA/banking77_train.csv" "$FULLBASE_REAL_DATA/banking77_test.csv"
  is text string; is category category
  fails_with "baskets" 65 "another number of fields" "$FULLBASE" import --infer "$FULLBASE_REAL_DATA/groceries.csv"
else
  partly "FULLBASE_REAL_DATA is not set"
fi
finish
