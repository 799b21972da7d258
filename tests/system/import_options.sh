#!/usr/bin/env bash
# What a job file says of its CSV files is what the import does, and a store's folder keeps what is not the store's.
source "$(dirname "$0")/harness.sh"

# exported STORE TABLE: the table as CSV, lines joined by '|'
exported() { "$FULLBASE" export "$1" "$2" exported.csv >export.log && tr '\n' '|' <exported.csv; }

# --- a column's time zone goes before its table's, that before the job's; no header, blanks, another quote, words for "missing"
printf "2011-07-01T12:00:00   2011-07-01T12:00:00\t'a b'  -\n  2040-07-01T12:00:00 2040-01-01T12:00:00 'it''s' 7 \n" >lines.txt
cat >options.yaml <<'YAML'
version: 1
timezone: America/New_York
store: store
output: {file: out/unused.h5}
import:
  at_tables:
    files: lines.txt
    delimiter: blanks
    quote: "'"
    header: false
    missing: ["-"]
    timezone: Europe/London
    columns: &columns
      "1": {as: there, type: timestamp, timezone: Asia/Tokyo}
      "2": {as: here, type: timestamp}
      "3": {as: note, type: string}
      "4": {as: n, type: int64}
  at_jobs:
    files: lines.txt
    delimiter: blanks
    quote: "'"
    header: false
    columns:
      "2": {as: here, type: timestamp}
      "4": {as: n, type: string, missing: ["7"]}
steps:
  s: {job: select, from: at_jobs}
YAML
sed -i 's/ &columns//' options.yaml
"$FULLBASE" import options.yaml --quiet
same "zones of the column and of the table" \
  "there,here,note,n|2011-07-01T03:00:00Z,2011-07-01T11:00:00Z,a b,|2040-07-01T03:00:00Z,2040-01-01T12:00:00Z,it's,7|" \
  "$(exported store at_tables)"
same "the job's zone, a column's own word for missing" \
  'here,n|2011-07-01T16:00:00Z,-|2040-01-01T17:00:00Z,|' "$(exported store at_jobs)"

# --- a limit on rejects counts over all files
printf 'a\n1\nx\n' >first.csv; printf 'a\ny\n2\n' >second.csv
cat >limit.yaml <<'YAML'
version: 1
store: store
output: {file: out/unused.h5}
import:
  numbers: {files: [first.csv, second.csv], max_rejects: 1, columns: {a: {type: int64}}}
steps:
  s: {job: select, from: numbers}
YAML
fails_with "rejects of two files" 65 "2 of 4 rows cannot be taken" "$FULLBASE" import limit.yaml
contains "rejects of two files: the first" "first first.csv:3: column 'a': not a number in 'x'" stderr.txt
fails_with "a share of two files" 65 "2 of 4 rows cannot be taken" mpirun -n 2 "$FULLBASE" import limit.yaml --set import.numbers.max_rejects=49%
"$FULLBASE" import limit.yaml --quiet --set import.numbers.max_rejects=50%
same "rows of two files" 'a|1|2|' "$(exported store numbers)"

# --- files of a user in the store's folder, and a manifest that was lost
echo mine >store/sales-2023.h5
"$FULLBASE" import limit.yaml --quiet --set import.numbers.max_rejects=2 --force
same "a user's file" mine "$(cat store/sales-2023.h5)"
parts=$(ls store/*.h5 | wc -l)
mv store/manifest.json manifest.json
fails_with "an import without the manifest" 65 "manifest.json is missing" "$FULLBASE" import options.yaml
fails_with "info without the manifest" 65 "restore it" "$FULLBASE" info store
same "parts without the manifest" "$parts" "$(ls store/*.h5 | wc -l)"
mv manifest.json store/manifest.json
same "the manifest is back" 'a|1|2|' "$(exported store numbers)"

# --- a pipe is not waited for
mkfifo pipe.csv
fails_with "a pipe" 65 "pipe.csv: is not a regular file" "$FULLBASE" import limit.yaml --set import.numbers.files=pipe.csv
finish
