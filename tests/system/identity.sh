#!/usr/bin/env bash
# One digest for every number of ranks and threads, in memory and with a quarter of the memory that the steps want: for import, rfm
# and k-means. What they want is the peak of their reservations where memory is no matter; that the little made them stream is
# read from the manifest. k-means has what it cannot do without where a quarter is less. The same for dedupe, aggregate, join and drift,
# whose little is a few MiB.
# usage: identity.sh generated|real [RANKS...]      default ranks: 1 2 3 4
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:?generated or real}
shift
ranks=("${@:-}"); [ -n "${ranks[0]}" ] || ranks=(1 2 3 4)
export OMP_WAIT_POLICY=passive     # more threads than cores: those that wait are not to spin

# tables.yaml imports and makes the rfm table; segments.yaml clusters all lines; derived.yaml has what is made of tables, compared with
# what before.yaml made of them three months earlier.
case $kind in
  generated)
    generated --store made --customers 60000 --lines 900000 --seed 7
    # Not packed, so that each rank reads its range of the bytes.
    "$FULLBASE" export made transactions transactions.csv >export.log 2>&1 || { cat export.log; breach "export failed"; }
    cat >tables.yaml <<'YAML'
version: 1
as_of: 2026-01-01
seed: 42
store: "${FULLBASE_STORE}"
output: {file: "${FULLBASE_OUTPUT}"}
import:
  transactions:
    files: transactions.csv
    columns:
      invoice:  {type: int64, required: true}
      customer: {type: category}
      time:     {type: timestamp, required: true}
      item:     {type: category}
      quantity: {type: int64, required: true}
      price:    {type: decimal(2), required: true}
steps:
  rfm: {job: rfm, from: transactions, amount: quantity * price, orders: quantity > 0}
YAML
    tonight=2026-01-01 earlier=2025-10-01
    ;;
  real)
    need_real_data
    sed -n '/^  segments:/q;p' "$SOURCE_ROOT/configs/online_retail.yaml" >tables.yaml
    tonight=2011-12-10 earlier=2011-09-10
    ;;
esac
cat >segments.yaml <<'YAML'
version: 1
seed: 42
store: tables
output: {file: "${FULLBASE_OUTPUT}"}
steps:
  segments:
    job: kmeans
    from: transactions
    k: 5
    init: "k-means||"
    max_iterations: 5
    columns:
      quantity: [asinh, standardize]
      price:    [asinh, standardize]
YAML

cat >before.yaml <<YAML
version: 1
as_of: $earlier
store: tables
output: {file: "\${FULLBASE_OUTPUT}"}
steps:
  clients:
    job: aggregate
    from: transactions
    by: [customer]
    time: time
    windows: [90d, all]
    measures:
      lines: count
      spent: {sum: quantity * price}
      spread: {std: quantity}
      earliest: {first: price}
      latest: {last: item, where: quantity > 4}
      items: {distinct: item}
      median: {quantile: price}
      bulk: {share: quantity > 10, of: quantity}
YAML
{
  sed "s/^as_of: .*/as_of: $tonight/; s/^steps:/previous: {file: before.h5}\nsteps:/" before.yaml
  cat <<'YAML'
  lines: {job: dedupe, from: transactions, where: quantity > 4, by: [customer, item], keep: last, order: time}
  wide:  {job: join, from: {lines: lines, clients: clients}, by: customer, fill: {lines_all: 0}}
  known: {job: join, from: {lines: lines, clients: clients}, by: customer, how: inner}
  moved: {job: drift, from: clients, columns: [lines_all, spent_90d, latest_all]}
YAML
} >derived.yaml

# figures OUTPUT: of each step in its manifest: name, peak of its reservations on a rank, passes (of a join: parts), spilled bytes,
# customers ("-": not noted).
figures() {
  "$FULLBASE_TEST_PYTHON" - "$1.run.json" <<'PY'
import json, sys
for step in json.load(open(sys.argv[1]))["steps"]:
    notes = step["notes"]
    print(step["step"], step["budget_peak_bytes"], notes.get("passes", notes.get("parts_of_clients", "-")),
          notes.get("spilled_bytes", "-"), notes.get("customers", "-"))
PY
}
# figure STEP FIELD: of figures.txt
figure() { awk -v step="$1" -v field="$2" '$1 == step { print $field }' figures.txt; }

# holds WHAT CONDITION: an arithmetic one
holds() { truths=$((truths + 1)); (($2)) || breach "$1: not so: $2"; }

# run_with RANKS THREADS MEMORY JOB OUTPUT: runs a job file; figures of its manifest in figures.txt.
run_with() {
  rm -rf "$5"*
  FULLBASE_OUTPUT=$5 mpi "$1" run "$4" --fresh --set "resources.threads=$2" --memory "$3" --quiet >run.log 2>&1 ||
    { cat run.log; breach "$4 with $1 ranks, $2 threads, $3: failed"; return 1; }
  figures "$5" >figures.txt
}

# least RANKS THREADS: what plan says that k-means cannot do without on a rank, in bytes; shown with a digit after the point.
least() {
  FULLBASE_OUTPUT=segments.h5 "$FULLBASE" plan segments.yaml --ranks "$1" --set "resources.threads=$2" | "$FULLBASE_TEST_PYTHON" -c '
import re, sys
number, unit = re.findall(r"([0-9.]+) ([KMG]iB)", next(line for line in sys.stdin if line.startswith("segments ")))[0]
print(int((float(number) + 0.06) * 1024 ** ("KMG".index(unit[0]) + 1)))'
}

declare -A expected=()
# alike WHAT DIGEST: the same as the first of its kind
alike() { expected[$1]=${expected[$1]:-$2}; same "digest of $1 with $case" "${expected[$1]}" "$2"; }

plenty=1GiB mebibyte=$((1 << 20))     # of memory_per_rank the least that a job file may ask for
most() { printf '%s\n' "$@" | sort -n | tail -n 1; }
for n in "${ranks[@]}"; do
  for threads in 1 2; do
    case="$n ranks, $threads threads, in memory"
    export FULLBASE_STORE=$work/tables
    rm -rf tables
    run_with "$n" "$threads" $plenty tables.yaml tables.h5 || continue
    alike store "$("$FULLBASE" digest tables)"
    alike tables "$("$FULLBASE" digest tables.h5)"
    import=$(figure transactions 2) rfm=$(figure rfm 2)
    holds "one pass with $case" "$(figure rfm 3) == 1"

    case="$n ranks, $threads threads, streamed"
    export FULLBASE_STORE=$work/streamed
    rm -rf streamed
    little=$(most $((import / 4 < rfm / 4 ? import / 4 : rfm / 4)) $mebibyte)
    if run_with "$n" "$threads" "$little" tables.yaml streamed.h5; then
      alike store "$("$FULLBASE" digest streamed)"
      alike tables "$("$FULLBASE" digest streamed.h5)"
      # The 4,372 real customers fit into the least that may be asked for.
      [ "$kind" = real ] || holds "passes of rfm with $case" "$(figure rfm 3) > 1"
      holds "memory of import with $case" "$(figure transactions 2) <= $little"
      holds "memory of rfm with $case" "$(figure rfm 2) <= $little"
    fi

    case="$n ranks, $threads threads, in memory"
    [ -e before.h5 ] || run_with 1 1 $plenty before.yaml before.h5 || continue
    if run_with "$n" "$threads" $plenty derived.yaml derived.h5; then
      alike derived "$("$FULLBASE" digest derived.h5)"
      holds "one pass each with $case" "$(figure lines 3) == 1 && $(figure clients 3) == 1"
    fi
    case="$n ranks, $threads threads, streamed"
    little=$((4 * mebibyte))
    if run_with "$n" "$threads" $little derived.yaml derived.h5; then
      alike derived "$("$FULLBASE" digest derived.h5)"
      for step in lines clients wide known moved; do holds "memory of $step with $case" "$(figure $step 2) <= $little"; done
      # What 7 ranks have of the real lines fits.
      [ "$kind" = real ] || holds "passes with $case" "$(figure clients 3) > 1 && $(figure lines 3) > 1"
      [ "$kind" = real ] || holds "parts of a join with $case" "$(figure wide 3) > 1 && $(figure known 3) > 1"
    fi

    case="$n ranks, $threads threads, in memory"
    run_with "$n" "$threads" $plenty segments.yaml segments.h5 || continue
    alike segments "$("$FULLBASE" digest segments.h5)"
    segments=$(figure segments 2)
    holds "nothing is spilled with $case" "$(figure segments 4) == 0"

    case="$n ranks, $threads threads, streamed"
    little=$(most $((segments / 4)) "$(least "$n" "$threads")" $mebibyte)
    if run_with "$n" "$threads" "$little" segments.yaml segments.h5; then
      alike segments "$("$FULLBASE" digest segments.h5)"
      holds "the matrix is spilled with $case" "$(figure segments 4) > 0"
      holds "memory of k-means with $case" "$(figure segments 2) <= $little"
    fi
  done
done
finish
