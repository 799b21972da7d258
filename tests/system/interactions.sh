#!/usr/bin/env bash
# job: interactions against pandas on the same lines, value by value, and the same digests on any ranks, threads and memory.
# usage: interactions.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:-generated}

if [ "$kind" = real ]; then
  need_real_data
  as_of=2011-11-01
  import="import:
  transactions:
    files: \"$FULLBASE_REAL_DATA/online_retail.csv.gz\"
    columns:
      InvoiceNo:   {as: invoice, type: category, required: true}
      StockCode:   {as: item, type: category}
      Quantity:    {as: quantity, type: int64, required: true}
      InvoiceDate: {as: time, type: timestamp, required: true}
      UnitPrice:   {as: price, type: decimal(3), required: true}
      CustomerID:  {as: customer, type: category}"
else
  generated --store store --customers 2000 --lines 100000 --seed 3
  as_of=2025-10-01 import=""
fi
cat >job.yaml <<YAML
version: 1
as_of: $as_of
timezone: UTC
store: store
output: {file: out.h5}
$import
steps:
  bought: {job: interactions, from: transactions}
  pieces:
    job: interactions
    from: transactions
    value: quantity
    time: time
    range: {least: 1, outside: leave_out}
    scale: log1p
    cold: {customers: 5, items: 3, leave_out: true}
  spent: {job: interactions, from: transactions, where: quantity > 0, value: quantity * price, time: time, half_life: 60d, cold: {customers: 2, items: 4}}
  often: {job: interactions, from: transactions, combine: count, time: time, half_life: 45d}
  price: {job: interactions, from: transactions, value: price, combine: mean}
  aged: {job: interactions, from: transactions, value: price, combine: mean, time: time, half_life: 90d}
  latest: {job: interactions, from: transactions, value: price, combine: last, time: time}
  capped: {job: interactions, from: transactions, value: quantity, combine: max, range: {least: 0, most: 20, outside: clip}}
  warm: {job: interactions, from: transactions, where: price > 0, value: price, combine: min, range: {most: 5, outside: leave_out}}
YAML
expected=$(digest_of_run job.yaml 1 1 1GiB)
"$FULLBASE" export store transactions lines.csv >export.log
compared "every pair" interactions.py "0 breaches" out.h5 lines.csv "$as_of"
same "1 rank x 2 threads, little memory" "$expected" "$(digest_of_run job.yaml 1 2 40MiB)"
same "2 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 2 2 1GiB)"
same "3 ranks, little memory" "$expected" "$(digest_of_run job.yaml 3 1 40MiB)"

# Bad data: one error, on every rank the same, and no output.
refused() { # WHAT CODE TEXT STEP
  printf 'version: 1\nas_of: %s\nstore: store\noutput: {file: wrong.h5}\nsteps:\n  wrong: {job: interactions, from: transactions, %s}\n' "$as_of" "$4" >wrong.yaml
  fails_with "$1" "$2" "$3" mpirun -n 2 "$FULLBASE" run wrong.yaml --quiet
}
refused "a value outside the range" 65 "lies outside 1 to 5" "value: quantity, combine: mean, range: {least: 1, most: 5}"
refused "a sum outside the range" 65 "a pair of item" "value: quantity, range: {most: 3}"
refused "a pair twice" 65 "the key of" "combine: error"
refused "no log1p" 65 "has no log1p" "value: -1 * price, combine: min, where: price > 2, scale: log1p"
# Mistakes are found before any data is read.
refused "half_life without a time" 78 "'half_life' needs the time of lines" "half_life: 90d"
refused "the last without a time" 78 "is said by the time of lines" "combine: last"
refused "the greatest, aged" 78 "does not go by how much each counts" "combine: max, time: time, half_life: 9d"
refused "a time that is none" 78 "cannot be the time of a line" "time: quantity"
refused "a customer that is a price" 78 "cannot name a row of a matrix" "customer: price"
refused "a value that is a text" 78 "cannot be the value of a line" "value: item"
refused "an empty range" 78 "no value lies in the range" "range: {least: 2, most: 1}"
refused "a range without ends" 78 "the range has no end" "range: {outside: clip}"
refused "an unknown column" 78 "did you mean 'customer'" "customer: custmer"
same "no output of mistakes" "" "$(ls wrong.h5* 2>/dev/null || true)"

# Nobody is left: said, not refused.
printf 'version: 1\nas_of: %s\nstore: store\noutput: {file: none.h5}\nsteps:\n  none: {job: interactions, from: transactions, where: quantity > 100000000}\n' "$as_of" >none.yaml
mpi 2 run none.yaml >none.log 2>&1 || breach "an empty matrix failed"
contains "an empty matrix is warned of" "no line takes part" none.log
finish
