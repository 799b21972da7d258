#!/usr/bin/env bash
# The N-th call on a file of a run fails - open, write (and what makes room), fsync, rename, with ENOSPC or EIO, once or from then on: the run
# ends within 60 s with one message and exit code 74, or, where only something that may be lost was hit, works, with the bits of an
# undisturbed run. The output and the store are the old ones or the new ones, whole, and the next run works. The N-th calls are made to
# fail by a library that is loaded before all others (tests/faults).
# usage: faults_nth.sh some SEED | faults_nth.sh every
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
library=$(preloaded failing_calls)
choice=${1:-some}
RANDOM=${2:-4}

# What counts lies below place/; logs do not.
mkdir place
cd place
place=$PWD
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out/result.h5, latest: out/latest.h5}
resources: {threads: 1}
import:
  transactions:
    files: lines.csv
    columns: {invoice: {type: int64}, customer: {type: category}, time: {type: timestamp}, item: {type: string}, quantity: {type: int64}, price: {type: decimal(2)}}
steps:
  bought: {job: select, from: transactions, where: quantity > 0, publish: false}
  rfm: {job: rfm, from: bought, amount: quantity * price}
  segments:
    job: kmeans
    from: rfm
    k: 3
    columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}
YAML
generated --store base --customers 300 --lines 3000 --seed 7
"$FULLBASE" export base transactions lines.csv >../export.log 2>&1
rm -rf base
undisturbed() { "$FULLBASE" run job.yaml --quiet >../run.log 2>&1 || { cat ../run.log; breach "the job failed"; }; }
digests() { "$FULLBASE" digest out/result.h5 2>&1; "$FULLBASE" digest store 2>&1; }
# Yesterday's lines are fewer, so that the store changes too.
mv lines.csv today.csv
head -2001 today.csv >lines.csv
undisturbed
mv out ../old_out
mv store ../old_store
cp today.csv lines.csv
evening() {
  rm -rf out store
  cp -a ../old_out out
  cp -a ../old_store store
}
evening
old=$(digests)
undisturbed
new=$(digests)
[ "$old" != "$new" ] || breach "the old output and the new one are alike"

# unharmed FOLDER OLD_FOLDER: byte for byte as it was, but for a work folder and a lock.
unharmed() { diff -rq --no-dereference -x '*.work' -x '*.lock' "$1" "$2" >/dev/null 2>&1; }

# failing RANKS RANK KIND ERRNO N: one run whose N-th call on this rank fails.
failing() {
  local ranks=$1 rank=$2 kind=$3 error=$4 number=$5 got=0 launcher=() what="$3 $5 with $4, rank $2 of $1"
  [ "$ranks" -eq 1 ] || launcher=(mpirun -n "$ranks")
  evening
  rm -f ../fault.log
  timeout -k 5 60 env "$mark" "${launcher[@]}" env LD_PRELOAD="$library" FULLBASE_TEST_FAULT="$kind:$error:$number" FULLBASE_TEST_FAULT_UNDER="$place/" \
    ${launcher:+FULLBASE_TEST_FAULT_RANK=$rank} FULLBASE_TEST_FAULT_LOG="$work/fault.log" "$FULLBASE" run job.yaml >../stdout.txt 2>../stderr.txt || got=$?
  truths=$((truths + 1))
  # Whether steps are kept, and so how many calls there are, is a matter of time.
  if ! grep -q '^failed' ../fault.log; then
    missed=$((missed + 1))
    [ $got -eq 0 ] || { breach "$what, which did not come: exit code $got"; tail -5 ../stderr.txt; }
    return 0
  fi
  reached=$((reached + 1))
  local call
  call=$(grep -m 1 '^failed' ../fault.log | sed "s|$place/||")
  echo "$got $(grep -h '^fullbase: ' ../stderr.txt | head -1)" >>../ends.txt
  [ -z "${TRACE:-}" ] || echo "$what: $call: $got: $(grep -h -e '^fullbase: ' -e warning ../stderr.txt | head -3 | paste -sd'|')"
  if [ $got -eq 0 ]; then
    survived=$((survived + 1))
    [ "$(digests)" = "$new" ] || breach "$what ($call): exit code 0, and another result"
    verified "$what ($call), exit code 0"
    [ -e out/result.h5.run.json ] || breach "$what ($call): exit code 0, and no record"
    return 0
  fi
  # A job file that cannot be read has a code of its own.
  [ "$call" != "failed open fopen64 job.yaml" ] || [ $got -ne 78 ] || got=74
  if [ $got -ne 74 ] || [ "$(grep -c '^fullbase: ' ../stderr.txt)" -ne 1 ]; then
    breach "$what ($call): exit code $got, and it says"
    tail -5 ../stderr.txt
  fi
  [ "$ranks" -eq 1 ] || none_marked "$what"
  local as_it_was=yes
  unharmed out ../old_out || as_it_was=no
  unharmed store ../old_store || as_it_was=no
  if [ $as_it_was = no ]; then
    changed=$((changed + 1))
    # The output is one of the two; so is the store.
    truths=$((truths + 2))
    local now
    now=$("$FULLBASE" digest out/result.h5 2>&1)
    [[ "$old" == "$now"* || "$new" == "$now"* ]] || breach "$what ($call): the output is neither the old one nor the new one: $now"
    now=$("$FULLBASE" digest store 2>&1)
    [[ "$old" == *"$now" || "$new" == *"$now" ]] || breach "$what ($call): the store is neither the old one nor the new one: $now"
    verified "$what ($call)"
  fi
  if [ $as_it_was = no ] || [ $((reached % 10)) -eq 0 ]; then
    truths=$((truths + 1))
    "$FULLBASE" run job.yaml --quiet >../again.log 2>&1 || { breach "$what ($call): the next run fails"; cat ../again.log; }
    [ "$(digests)" = "$new" ] || breach "$what ($call): the next run gives another result"
    [ "$(find out -name '*.work' -o -name '*.lock' -o -name '*.new' -o -name '*.old')" = '' ] || breach "$what ($call): the next run leaves $(ls out)"
  fi
}

# calls RANKS RANK KIND: how many there are in an undisturbed run.
calls() {
  local launcher=()
  [ "$1" -eq 1 ] || launcher=(mpirun -n "$1")
  evening
  rm -f ../fault.log
  "${launcher[@]}" env LD_PRELOAD="$library" FULLBASE_TEST_FAULT="open:EIO:0" FULLBASE_TEST_FAULT_UNDER="$place/" \
    ${launcher:+FULLBASE_TEST_FAULT_RANK=$2} FULLBASE_TEST_FAULT_LOG="$work/fault.log" "$FULLBASE" run job.yaml >/dev/null 2>&1
  # Each process that the run starts tells its own; the run's are the most.
  awk -v kind="$3" '$1 == kind && $2 > most { most = $2 } END { print most + 0 }' ../fault.log
}

reached=0 missed=0 survived=0 changed=0

# ways KIND N: what befalls the N-th call, in turn: with ENOSPC or EIO, once or from then on.
ways() {
  local error=ENOSPC later=''
  [ $(($2 / 2 % 2)) -eq 0 ] || error=EIO
  [ "$1" != read ] || error=EIO
  [ $(($2 % 2)) -eq 0 ] || later=+
  echo "$error $2$later"
}

# through RANKS RANK KIND STRIDE: every STRIDE-th call of the kind, from a random one on; a negative stride: so many random ones.
through() {
  local ranks=$1 rank=$2 kind=$3 stride=$4 most number
  most=$(calls "$ranks" "$rank" "$kind")
  [ "$most" -gt 0 ] || return 0
  if [ "$stride" -gt 0 ]; then
    for ((number = RANDOM % stride + 1; number <= most; number += stride)); do try_one; done
  else
    for _ in $(seq $((-stride))); do
      number=$(((RANDOM * 32768 + RANDOM) % most + 1))
      try_one
    done
  fi
}
try_one() { failing "$ranks" "$rank" "$kind" $(ways "$kind" "$number"); }

if [ "$choice" = every ]; then
  for kind in rename fsync open write; do through 1 0 $kind 1; done
  through 1 0 read 20
  for rank in 0 1; do
    for kind in rename fsync; do through 2 $rank $kind 1; done
    for kind in open write; do through 2 $rank $kind 10; done
    through 2 $rank read 100
  done
else
  for kind in rename fsync; do through 1 0 $kind -5; done
  for kind in open write; do through 1 0 $kind -10; done
  through 1 0 read -5
  for rank in 0 1; do
    for kind in fsync write open; do through 2 $rank $kind -2; done
  done
fi
sort ../ends.txt | sed 's/time = [A-Z].*//' | cut -c1-120 | uniq -c | sort -rn | sed -n 1,40p
echo "$reached faults reached, $missed not; $survived runs worked all the same, $changed failed when something was published already"
[ $((missed * 4)) -le $reached ] || breach "too few faults were reached"
finish
