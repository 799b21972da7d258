#!/usr/bin/env bash
# A build without Parquet says so wherever it is asked for it, and does all else.
source "$(dirname "$0")/harness.sh"

printf 'n,day\n1,2024-01-31\n2,2024-02-29\n' >rows.csv
printf 'version: 1\nstore: rows\nimport: {t: {files: rows.csv, columns: {n: {type: int64}, day: {type: date}}}}\n' >csv.yaml
"$FULLBASE" import csv.yaml --quiet
printf 'PAR1 and whatever' >rows.parquet
cp rows.parquet unnamed
fails_with "export" 2 "this build has no Parquet" "$FULLBASE" export rows t out.parquet
same "nothing was written" "" "$(ls out.parquet* 2>/dev/null || true)"
fails_with "info" 2 "this build has no Parquet" "$FULLBASE" info rows.parquet
fails_with "head of a file that is told by its first bytes" 2 "this build has no Parquet" "$FULLBASE" head unnamed
fails_with "digest" 2 "this build has no Parquet" "$FULLBASE" digest rows.parquet
sed 's/rows.csv/rows.parquet/' csv.yaml >parquet.yaml
fails_with "import on 2 ranks" 78 "this build has no Parquet" mpirun -n 2 "$FULLBASE" import parquet.yaml --quiet
printf 'version: 1\noutput: {file: out.h5}\ninputs: {t: {file: rows.parquet}}\nsteps: {s: {job: select, from: t}}\n' >input.yaml
fails_with "an input" 78 "scripts/arrow.sh" "$FULLBASE" run input.yaml
finish
