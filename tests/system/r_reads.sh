#!/usr/bin/env bash
# One output with every type reads in R and in Python with every value intact, by the code that the guide shows; and the guide's SQL brings a
# warehouse up to date.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
# guide LANGUAGE N: the guide's Nth block of code in this language, word for word.
guide() { awk -v fence="\`\`\`$1" -v wanted="$2" '$0 == fence {n++; inside = n == wanted; next} /^```/ {inside = 0} inside' "$SOURCE_ROOT/docs/guide.md"; }

cat >kinds.csv <<'CSV'
id,whole,small,real,exact,yes,kind,text,moment,day
a1,1,7,0.1,2.55,true,shop,"a ""quoted"" text",2011-12-10T08:30:00.123456Z,2011-12-10
b2,,,,,,,,,
ç3,-9007199254740993,-5,-1e300,-0.01,false,"Zürich, Süd",naïve 東京,1969-12-31T23:59:59Z,1969-12-31
d4,9223372036854775807,2147483648,5e-324,9000000000000.99,true,shop,-,2100-02-28T00:00:00Z,2100-02-28
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
      small: {type: int64}
      real: {type: float64}
      exact: {type: decimal(2)}
      yes: {type: bool}
      kind: {type: category}
      text: {type: string}
      moment: {type: timestamp}
      day: {type: date}
steps:
  everything: {job: select, from: things}
  full: {job: select, from: things, where: small is not missing, columns: [id, small, kind]}
  none: {job: select, from: things, where: small = 0}
YAML
# In every basket with butter there is bread.
printf 'bread,butter\nbread,butter\nbread\njam\n' >baskets.csv
cat >>kinds.yaml <<'YAML'
  sets: {job: itemsets, from: baskets, basket: basket, count: 1}
  rules: {job: rules, from: sets, confidence: 0.5}
YAML
sed -i 's/^steps:/  baskets: {files: baskets.csv, layout: baskets}\nsteps:/' kinds.yaml
"$FULLBASE" run kinds.yaml --quiet >kinds.log 2>&1 || { cat kinds.log; breach "the run on all types failed"; }

truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "Python reads other values"
import anndata, h5py, io, subprocess, os
import numpy as np, pandas as pd, pyarrow.csv
with h5py.File("out/kinds.h5") as f:
    table = anndata.io.read_elem(f["everything"])
    sets, rules = anndata.io.read_elem(f["sets"]), anndata.io.read_elem(f["rules"])
    assert f["everything/moment"][:].tolist() == [1323505800123456, -2**63, -1000000, 4107456000000000]
    assert f["everything/day"][:].tolist() == [15318, -2**31, -1, 47540]
assert list(table["id"]) == ["a1", "b2", "ç3", "d4"]
assert table["whole"].tolist() == [1, pd.NA, -9007199254740993, 9223372036854775807]
assert table["small"].tolist() == [7, pd.NA, -5, 2147483648]
assert table["real"].tolist()[::2] == [0.1, -1e300] and np.isnan(table["real"].iloc[1]) and table["real"].iloc[3] == 5e-324
assert table["exact"].iloc[[0, 2, 3]].tolist() == [2.55, -0.01, 9000000000000.99]
assert table["yes"].tolist() == [True, pd.NA, False, True]
assert list(table["kind"].cat.categories) == ["Zürich, Süd", "shop"] and list(table["kind"].cat.codes) == [1, -1, 0, 1]
assert table["text"].iloc[[0, 2, 3]].tolist() == ['a "quoted" text', "naïve 東京", "-"] and pd.isna(table["text"].iloc[1])
assert sets["items"].tolist() == ["bread", "butter", "butter, bread", "jam"] and sets["rest"].tolist() == [pd.NA, pd.NA, 1, pd.NA]
assert rules["antecedent"].tolist() == ["butter", "bread"] and rules["confidence"].tolist() == [1, 2 / 3]
assert rules["conviction"].tolist() == [np.inf, 1.5], rules["conviction"].tolist()
subprocess.run([os.environ["FULLBASE"], "export", "--no-formula-guard", "out/kinds.h5", "everything", "kinds_out.csv"], check=True, stdout=subprocess.DEVNULL)
arrow = pyarrow.csv.read_csv("kinds_out.csv").to_pydict()
assert arrow["whole"] == [1, None, -9007199254740993, 9223372036854775807] and arrow["exact"] == [2.55, None, -0.01, 9000000000000.99]
assert [str(d) for d in arrow["day"]] == ["2011-12-10", "None", "1969-12-31", "2100-02-28"] and arrow["text"][2] == "naïve 東京"
PY

if Rscript -e 'library(rhdf5); library(bit64)' >/dev/null 2>&1; then
  { guide r 1; cat <<'R'
x <- read_fullbase("out/kinds.h5", "everything")
stopifnot(
  identical(names(x), c("id", "whole", "small", "real", "exact", "yes", "kind", "text", "moment", "day")),
  identical(x$id, c("a1", "b2", "\u00e73", "d4")),
  bit64::is.integer64(x$whole),
  identical(as.character(x$whole), c("1", NA, "-9007199254740993", "9223372036854775807")),
  identical(x$small, c(7, NA, -5, 2147483648)),
  identical(x$real, c(0.1, NA, -1e300, 5e-324)),
  identical(x$exact, c(2.55, NA, -0.01, 9000000000000.99)),
  identical(x$yes, c(TRUE, NA, FALSE, TRUE)),
  identical(levels(x$kind), c("Z\u00fcrich, S\u00fcd", "shop")),
  identical(as.character(x$kind), c("shop", NA, "Z\u00fcrich, S\u00fcd", "shop")),
  identical(x$text, c("a \"quoted\" text", NA, "na\u00efve \u6771\u4eac", "-")),
  inherits(x$moment, "POSIXct"),
  identical(round(as.double(x$moment) * 1e6), c(1323505800123456, NA, -1000000, 4107456000000000)),
  identical(format(x$moment, "%Y-%m-%d %H:%M:%S", tz = "UTC"), c("2011-12-10 08:30:00", NA, "1969-12-31 23:59:59", "2100-02-28 00:00:00")),
  identical(format(x$day), c("2011-12-10", NA, "1969-12-31", "2100-02-28")))
full <- read_fullbase("out/kinds.h5", "full")
stopifnot(identical(full$small, c(7, -5, 2147483648)), nrow(full) == 3, !anyNA(full))
none <- read_fullbase("out/kinds.h5", "none")
stopifnot(identical(names(none), names(x)), nrow(none) == 0)
sets <- read_fullbase("out/kinds.h5", "sets")
rules <- read_fullbase("out/kinds.h5", "rules")
stopifnot(
  identical(sets$items, c("bread", "butter", "butter, bread", "jam")),
  all.equal(as.double(sets$rest), c(NA, NA, 1, NA)),
  identical(rules$antecedent, c("butter", "bread")),
  identical(rules$confidence, c(1, 2 / 3)),
  identical(rules$conviction, c(Inf, 1.5)))
cat("intact\n")
R
  } >read.R
  same "what R reads" "intact" "$(Rscript read.R 2>errors.txt)"
  [ "$breaches" -eq 0 ] || cat errors.txt
else
  partly "there is no R with rhdf5 and bit64"
fi

# Two nights, and a warehouse that holds the first.
for night in monday tuesday; do
  printf 'version: 1\nstore: %s\noutput: {file: %s.h5}\nimport:\n  lines:\n    files: %s.csv\n    columns: {customer: {type: category}, segment: {type: category}, monetary: {type: decimal(2)}}\nsteps:\n  rfm: {job: select, from: lines}\n' "$night" "$night" "$night" >$night.yaml
done
{ echo customer,segment,monetary; for i in $(seq 1 500); do echo "c$i,s$((i % 3)),$i.50"; done; } >monday.csv
{ echo customer,segment,monetary; for i in $(seq 600 -1 41); do echo "c$i,s$((i % 40 == 0 ? 9 : i % 3)),$i.$((i % 7 == 0 ? 75 : 50))"; done; } >tuesday.csv
"$FULLBASE" run monday.yaml --quiet && "$FULLBASE" run tuesday.yaml --quiet
"$FULLBASE" export tuesday.h5 rfm delta.csv --changes-since monday.h5 --key customer --columns customer,segment,monetary >told.txt
contains "what a night changed" "100 added" told.txt
guide sql 1 >merge.sql
truths=$((truths + 1))
"$FULLBASE_TEST_PYTHON" - <<'PY' || breach "the guide's SQL does not bring the warehouse up to date"
import duckdb
warehouse = duckdb.connect()
warehouse.execute("CREATE TABLE customer_segments AS SELECT * FROM read_csv('monday.csv')")
warehouse.execute("CREATE TABLE delta AS SELECT * FROM read_csv('delta.csv')")
warehouse.execute(open("merge.sql").read())
assert warehouse.execute("(FROM customer_segments EXCEPT FROM read_csv('tuesday.csv')) UNION ALL (FROM read_csv('tuesday.csv') EXCEPT FROM customer_segments)").fetchall() == []
assert warehouse.execute("SELECT count(*) FROM customer_segments").fetchone() == (560,)
PY
finish
