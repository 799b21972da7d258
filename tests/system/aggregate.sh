#!/usr/bin/env bash
# job: aggregate against DuckDB on the same lines, value by value, and the same digests on any ranks, threads and memory.
# usage: aggregate.sh generated|real
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
      CustomerID:  {as: customer, type: category}
      Country:     {as: country, type: category}"
  group=country
else
  generated --store store --customers 3000 --lines 60000 --seed 3
  as_of=2025-10-01 import="" group=item
fi
cat >job.yaml <<YAML
version: 1
as_of: $as_of
timezone: Europe/London
store: store
output: {file: out.h5}
$import
steps:
  customers:
    job: aggregate
    from: transactions
    by: customer
    time: time
    windows: [90d, 30d, all, 365d]
    measures:
      lines: count
      returns: {count: "*", where: quantity < 0}
      priced: {count: price, where: price > 1}
      orders: {distinct: invoice}
      items: {distinct: item, where: quantity > 0}
      spent: {sum: quantity * price}
      pieces: {sum: quantity}
      spent_float: {sum: float64(quantity) * float64(price)}
      mean_price: {mean: price}
      mean_float: {mean: float64(price) / 3}
      deviation: {std: price}
      deviation_float: {std: float64(price) / 3}
      least: {min: price}
      most: {max: quantity}
      latest: {max: time}
      first_item: {first: item}
      last_item: {last: item, where: quantity > 0}
      first_price: {first: price}
      median_price: {quantile: price}
      high: {quantile: quantity, at: 0.9}
      dear: {share: price > 2}
      bulk: {share: quantity > 10, of: quantity * price, where: quantity > 0}
  pairs:
    job: aggregate
    from: transactions
    by: [$group, customer]
    where: price > 0
    measures:
      lines: count
      spent: {sum: quantity * price}
      days: {distinct: date(time)}
      when: {min: time}
  months: {job: aggregate, from: lines, by: [day, big], measures: {lines: count, pieces: {sum: quantity}}}
  lines: {job: select, from: transactions, derive: {day: date(time), big: quantity > 5}, publish: false}
YAML
expected=$(digest_of_run job.yaml 1 1 1GiB)
"$FULLBASE" export store transactions lines.csv >export.log
compared "every group" aggregates.py "0 breaches" out.h5 lines.csv "$as_of" "$group"
same "2 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 2 2 1GiB)"
same "3 ranks, little memory" "$expected" "$(digest_of_run job.yaml 3 1 64MiB)"
same "4 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 4 2 64MiB)"

# Mistakes are found before any data is read, all at once.
cat >wrong.yaml <<YAML
version: 1
as_of: 2005-01-01
store: store
output: {file: wrong.h5}
steps:
  early: {job: aggregate, from: transactions, by: customer, time: time, windows: [30d], measures: {lines: count}}
YAML
fails_with "windows that end before the data" 65 "no line lies before 2005-01-01" mpirun -n 2 "$FULLBASE" run wrong.yaml --quiet
wrong() { # WHAT TEXT STEP
  printf 'version: 1\nas_of: 2025-01-01\nstore: store\noutput: {file: wrong.h5}\nsteps:\n  wrong: {job: aggregate, from: transactions, %s}\n' "$3" >wrong.yaml
  fails_with "$1" 78 "$2" "$FULLBASE" run wrong.yaml --quiet
}
wrong "windows without a time" "windows of time need a time" "by: customer, windows: [30d], measures: {n: count}"
wrong "an unknown column" "did you mean 'customer'" "by: custmer, measures: {n: count}"
wrong "two functions" "a measure has one function, this one has 2" "by: customer, measures: {n: {sum: quantity, mean: quantity}}"
wrong "a sum of texts" "cannot be added up" "by: customer, measures: {n: {sum: item}}"
wrong "a window that is none" "is no duration such as 90d" "by: customer, time: time, windows: [month], measures: {n: count}"
wrong "a name used twice" "two columns named 'customer'" "by: customer, measures: {customer: count}"
same "no output of mistakes" "" "$(ls wrong.h5* 2>/dev/null || true)"
finish
