#!/usr/bin/env bash
# Faults in the middle of a run: writes that fail on one rank after the other, signals to all and to one, ranks that stop or die. The job
# ends soon with the guide's exit code and one message, what was published stays as it was, no process is left, and the next run works.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/intact.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
ranks=3

publish_first
# Seconds of work, of which nothing may be left: many starts of k-means on all lines.
cat >long.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out/result.h5}
resources: {silence_limit: 2s}
steps:
  lines: {job: select, from: transactions, derive: {amount: float64(quantity * price)}}
  groups:
    job: kmeans
    from: lines
    k: 24
    n_init: 1000
    tolerance: 0
    columns: {amount: [asinh, standardize], quantity: [standardize]}
YAML

# Minutes of work in one step or one command each, in which there is no round to stop at.
generated --store big --customers 200000 --lines 1000000 --seed 7
{   # slow by its condition, which rfm applies itself
  printf 'version: 1\nas_of: 2026-01-01\nstore: big\noutput: {file: out/result.h5}\nresources: {threads: 1}\nsteps:\n  totals:\n    job: rfm\n'
  printf '    from: transactions\n    amount: quantity * price\n    where: quantity > 0'
  for i in $(seq 100); do printf " and length(item) + quantity * %s > 0" $i; done
  echo
} >rfm.yaml
{
  printf 'version: 1\nstore: big\noutput: {file: out/result.h5}\nsteps:\n  wide:\n    job: select\n    from: transactions\n    derive:\n'
  for i in $(seq 100); do echo "      d$i: float64(quantity * price) / $i"; done
} >select.yaml
"$FULLBASE" export store transactions lines.csv >/dev/null
mkdir many
for i in $(seq 2000); do ln lines.csv many/$i.csv; done
cat >import.yaml <<'YAML'
version: 1
store: fresh
output: {file: out/result.h5}
import:
  bought:
    files: many/*.csv
    columns: {customer: {type: category}, time: {type: timestamp}, quantity: {type: int64}, price: {type: decimal(2)}}
steps: {bought_again: {job: select, from: bought}}
YAML

# Dense baskets: tens of millions of sets, which one search or a few levels look for.
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/benchmarks/peers/baskets.py" dense dense.dat 20000
cat >sets.yaml <<'YAML'
version: 1
store: baskets
output: {file: out/result.h5}
resources: {threads: 1}
import: {dense: {files: dense.dat, layout: baskets, delimiter: blanks, item: {type: int64}}}
steps: {sets: {job: itemsets, from: dense, basket: basket, support: 0.03}}
YAML
{
  sed -e '/^steps/d' sets.yaml
  echo 'steps:'
  echo '  sets: {job: itemsets, from: dense, basket: basket, support: 0.3}'
  echo '  rules: {job: rules, from: sets, confidence: 0.9, top: {rows: 50}}'
  echo '  offers: {job: recommend_rules, from: {rules: rules, sets: sets, lines: dense}, customer: basket}'
} >offers.yaml
"$FULLBASE" import sets.yaml --quiet >import.log 2>&1 || { cat import.log; breach "the import of baskets failed"; }

# none_left WHAT: the processes that left their ids in ranks/ have ended.
none_left() {
  local pid left
  for _ in $(seq 100); do
    left=''
    for pid in $(cat ranks/* 2>/dev/null); do kill -0 "$pid" 2>/dev/null && left="$left $pid"; done
    [ -z "$left" ] && break
    sleep 0.05
  done
  same "$1: processes left" '' "$left"
}

# Every rank leaves its process id in ranks/<rank>.
cat >rank.sh <<'SH'
#!/bin/sh
echo $$ >ranks/$OMPI_COMM_WORLD_RANK
exec "$@"
SH
chmod +x rank.sh

# start TEXT ARGUMENTS...: the command on $ranks ranks in the background, until its log says TEXT; $job is mpirun's id.
start() {
  local text=$1
  shift
  rm -rf ranks; mkdir ranks
  mpirun -n $ranks ./rank.sh "$FULLBASE" "$@" >stdout.txt 2>stderr.txt &
  job=$!
  for _ in $(seq 600); do
    [ "$(cat ranks/* 2>/dev/null | wc -l)" -eq $ranks ] && grep -q "$text" stderr.txt && return 0
    kill -0 $job 2>/dev/null || break
    sleep 0.05
  done
  cat stderr.txt
  breach "$* did not come to its $text"
}

# start_long: up to the first iterations of k-means.
start_long() { start '\[2/2\] groups' run long.yaml; }

# ends WHAT EXIT_CODES TEXT: the job started last ends within 60 s with one of these codes, says so once, leaves what was published.
ends() {
  local what=$1 codes=$2 text=$3 got=0 begin=$SECONDS
  (sleep 60; kill -KILL $job 2>/dev/null) & local watch=$!
  wait $job || got=$?
  kill $watch 2>/dev/null || true
  wait $watch 2>/dev/null || true
  truths=$((truths + 1))
  [[ " $codes " == *" $got "* ]] || { breach "$what: exit code $got, not $codes"; sed 's/^/    /' stderr.txt | tail -25; }
  [ $((SECONDS - begin)) -lt 60 ] || breach "$what: took a minute"
  if [ -n "$text" ]; then contains "$what: message" "$text" stderr.txt; says_once "$what"; fi
  none_left "$what"
  after_fault "$what"
}

# after_fault WHAT: the published output is there, byte for byte; a killed run may leave its lock file and work folder, which the next
# run takes over.
after_fault() {
  same "$1: the output" "$published" "$(outputs | grep -v '\.lock$')"
  same "$1: the store" "$stored" "$(listing store)"
}

# --- signals
start_long
kill -TERM $job
# Open MPI's mpirun passes the signal on, and exits with 1 itself.
ends "SIGTERM to mpirun" "1 75" "stopped by signal 15 (TERM); nothing was published; run the same command again"
works_again "SIGTERM to mpirun"

for rank in 0 2; do
  start_long
  kill -TERM "$(cat ranks/$rank)"
  ends "SIGTERM to rank $rank" 75 "stopped by signal 15 (TERM)"
  intact "SIGTERM to rank $rank"
done
start_long
kill -USR1 $job
ends "SIGUSR1 to mpirun" 75 "stopped by signal 10 (USR1)"

# A rank whose signal comes before it has met the others is told to stop like any; one that has done its part ends as it would have without.
# Who stops a job also signals the process that looks at its files.
# signalled_at MOMENT RANK NUMBER: a command for two ranks of the good job.
signalled_at() {
  command=(env FULLBASE_TEST_SIGNAL_AT=$1 FULLBASE_TEST_SIGNAL_RANK=$2 FULLBASE_TEST_SIGNAL=$3
    mpirun -n 2 -x LD_PRELOAD="$(preloaded signal_at)" "$FULLBASE" run good.yaml --force --quiet)
}
# signal_ends_it MOMENT RANK NUMBER EXIT_CODE TEXT; signal_changes_nothing MOMENT RANK NUMBER: exit code 0, and not a word.
signal_ends_it() {
  keep
  signalled_at $1 $2 $3
  fails_with "signal $3 to rank $2, $1" $4 "$5" "${command[@]}"
  intact "signal $3 to rank $2, $1"
}
signal_changes_nothing() {
  signalled_at $1 $2 $3
  same "signal $3 to rank $2, $1" "0 " "$("${command[@]}" >stdout.txt 2>stderr.txt; echo "$? $(cat stderr.txt)")"
}
for rank in 0 1; do
  signal_ends_it start $rank 15 75 "stopped by signal 15 (TERM)"
  for moment in leave exit; do signal_changes_nothing $moment $rank 15; done
done
for number in 1 2 10 15; do signal_changes_nothing probe 0 $number; done
signal_ends_it probe 0 9 74 "the process that looked at the file was killed (signal 9)"
signal_ends_it probe 0 14 74 "cannot be looked at within 50 s"
signal_ends_it probe 0 24 65 "keeps the HDF5 library computing for over 40 s"

# Within a step, and in a command that has none: each ends in a few seconds, whoever was told. (mpirun itself is not: it kills its ranks a
# second later, whatever they say.)
# stops_soon WHAT: the job started last was told to end; the limit allows for a busy machine.
stops_soon() {
  local begin=$SECONDS
  ends "$1" 75 "stopped by signal 15 (TERM)"
  [ $((SECONDS - begin)) -le 20 ] || breach "$1: took $((SECONDS - begin)) s"
}
start '\[1/1\] totals' run rfm.yaml
kill -TERM "$(cat ranks/2)"
stops_soon "SIGTERM to one rank in rfm"
start '\[1/1\] wide' run select.yaml
kill -TERM $(cat ranks/*)
stops_soon "SIGTERM in select"
start '\[1/1\] wide' run select.yaml --set 'steps.wide.where=quantity > 0'
kill -TERM "$(cat ranks/1)"
stops_soon "SIGTERM to one rank in a condition"
for method in eclat apriori; do
  start '\[1/1\] sets' run sets.yaml --set steps.sets.method=$method
  sleep 1
  kill -TERM "$(cat ranks/1)"
  stops_soon "SIGTERM to one rank in itemsets by $method"
done
start '\[1/1\] bought' run import.yaml
kill -TERM $(cat ranks/*)
stops_soon "SIGTERM in an import"
same "SIGTERM in an import: the store" '' "$(ls fresh)"
start '\[1/2\] transactions' generate --store made --customers 500000 --lines 50000000
kill -TERM "$(cat ranks/0)"
stops_soon "SIGTERM in generate"
same "SIGTERM in generate: the store" '' "$(ls made)"
works_again "SIGTERM within steps"
# A command that nothing would be left of ends as any program does.
"$FULLBASE" digest big >stdout.txt 2>stderr.txt & job=$!
sleep 0.03
kill -TERM $job
got=0; wait $job || got=$?
same "SIGTERM to digest" 143 "$got"

start_long
kill -STOP "$(cat ranks/1)"
ends "a stopped rank" 74 "rank 1: no sign of life for 2 s"
works_again "a stopped rank"
start_long
kill -STOP "$(cat ranks/0)"
ends "a stopped rank 0" 74 "rank 0: no sign of life for 2 s"
works_again "a stopped rank 0"

for rank in 0 2; do
  start_long
  kill -KILL "$(cat ranks/$rank)"
  # mpirun tells of the rank that was killed and gives 128 + 9, unless our watchdog is faster.
  ends "SIGKILL of rank $rank" "137 74" ''
  contains "SIGKILL of rank $rank: message" "rank $rank" stderr.txt
done
works_again "SIGKILL of a rank"
start_long
kill -KILL $job
ends "SIGKILL of mpirun" 137 ''
works_again "SIGKILL of mpirun"

# --- errors injected into system calls, on each rank in turn
if ! command -v strace >/dev/null || ! strace -qq -o /dev/null true 2>/dev/null; then
  partly "errors in system calls need strace, and a system that lets it trace"
  finish
  exit
fi
cat >inject.sh <<'SH'
#!/bin/sh
# inject.sh RANK CALL:error=...:when=... COMMAND...: strace ends that rank's n-th such call with an error.
rank=$1 fault=$2
shift 2
if [ "$OMPI_COMM_WORLD_RANK" = "$rank" ]; then
  exec strace -f -qq -o trace.txt -e signal=none -e trace="${fault%%:*}" -e inject="$fault" "$@"
fi
exec "$@"
SH
chmod +x inject.sh

# injected RANK FAULT EXIT_CODE TEXT: of a run of good.yaml, or of $faulty. Where the call never comes to that number, the run works and gives the same digest.
injected() {
  local rank=$1 fault=$2 code=$3 text=$4 got=0 what="$2 on rank $1"
  rm -f trace.txt
  timeout -k 5 60 mpirun -n $ranks ./inject.sh "$rank" "$fault" "$FULLBASE" run "${faulty[@]}" --fresh --force >stdout.txt 2>stderr.txt || got=$?
  if ! grep -q INJECTED trace.txt 2>/dev/null; then
    same "$what, never reached: exit code" 0 "$got"
    same "$what, never reached: digest" "$first_digest" "$("$FULLBASE" digest out/result.h5)"
    keep
    return 0
  fi
  hits=$((hits + 1))
  same "$what: exit code" "$code" "$got"
  contains "$what: message" "$text" stderr.txt
  says_once "$what"
  intact "$what"
}

# Rank 0 may take long to remove what a run leaves behind: the others wait, whether the run has worked or not, longer than the 6 s that they
# would give it at the end.
faulty=(good.yaml)
for rows in 1 100000; do
  what="rank 0 takes 8 s to remove files, at least $rows rows are asked for"
  rm -f trace.txt
  got=0
  FULLBASE_MEETING_LIMIT=1s timeout -k 5 60 mpirun -n $ranks ./inject.sh 0 rmdir:delay_enter=8000000:when=1 "$FULLBASE" run "${faulty[@]}" \
    --fresh --force --quiet --set "checks={rfm: [{rows: {at_least: $rows}}]}" >stdout.txt 2>stderr.txt || got=$?
  contains "$what: it did" DELAYED trace.txt
  if [ $rows -eq 1 ]; then
    same "$what" "0 " "$got $(cat stderr.txt)"
    keep
  else
    same "$what: exit code" 65 $got
    contains "$what" "a check has failed, so nothing is published" stderr.txt
    says_once "$what"
    intact "$what"
  fi
done

hits=0 faulty=(good.yaml)
for rank in 0 1 2; do
  for when in 1 4 9; do
    injected $rank "pwrite64:error=ENOSPC:when=$when+" 74 "No space left on device"
  done
  injected $rank "pwrite64:error=EIO:when=2" 74 "Input/output error"
  injected $rank "fsync:error=EIO:when=1" 74 "Input/output error"
  injected $rank "pread64:error=EIO:when=40+" 74 "Input/output error"
done
injected 0 "fsync:error=EIO:when=4" 74 "Input/output error"
injected 0 "rename:error=EIO:when=1" 74 "Input/output error"
injected 0 "rename:error=EACCES:when=3" 74 "Permission denied"
injected 0 "fallocate:error=ENOSPC:when=1" 74 "No space left on device"
injected 0 "fallocate:error=ENOSPC:when=5" 74 "No space left on device"
# With so little memory baskets lie in a file of each rank, and so does what customers are recommended: a rank but the first writes to
# these before anything else.
faulty=(offers.yaml --memory 2MiB)
"$FULLBASE" run "${faulty[@]}" --quiet >first.log 2>&1 || { cat first.log; breach "recommendations failed"; }
keep
before=$hits
for rank in 1 2; do
  for when in 1 2; do injected $rank "pwrite64:error=ENOSPC:when=$when+" 74 "No space left on device"; done
  injected $rank "pwrite64:error=EIO:when=60+" 74 "Input/output error"
  injected $rank "pread64:error=EIO:when=40+" 74 "Input/output error"
done
same "faults of itemsets and recommendations that were reached" 8 $((hits - before))
"$FULLBASE" run good.yaml --force --quiet >first.log 2>&1 || { cat first.log; breach "the good job failed"; }
keep
# An import, into a store that has the table already: it stays as it was, with nothing beside it.
"$FULLBASE" export store transactions bought.csv >export.log
cat >new.yaml <<'YAML'
version: 1
store: bought
import:
  lines:
    files: bought.csv
    columns: {invoice: {type: int64}, customer: {type: category}, time: {type: timestamp}, quantity: {type: int64}, price: {type: decimal(2)}}
YAML
"$FULLBASE" import new.yaml --quiet
bought_digest=$("$FULLBASE" digest bought)
bought=$(listing bought)
# injected_import RANK FAULT EXIT_CODE TEXT
injected_import() {
  local rank=$1 fault=$2 code=$3 text=$4 got=0 what="an import, $2 on rank $1"
  rm -f trace.txt
  timeout -k 5 60 mpirun -n $ranks ./inject.sh "$rank" "$fault" "$FULLBASE" import new.yaml --force --quiet >stdout.txt 2>stderr.txt || got=$?
  if grep -q INJECTED trace.txt 2>/dev/null; then
    hits=$((hits + 1))
    same "$what: exit code" "$code" "$got"
    contains "$what: message" "$text" stderr.txt
    says_once "$what"
    same "$what: the store" "$bought" "$(listing bought)"
  else
    same "$what, never reached: exit code" 0 "$got"
    bought=$(listing bought)
  fi
  same "$what: its digest" "$bought_digest" "$("$FULLBASE" digest bought)"
}
for rank in 0 1 2; do
  for when in 1 3 8; do injected_import $rank "pwrite64:error=ENOSPC:when=$when+" 74 "No space left on device"; done
  injected_import $rank "fsync:error=EIO:when=1" 74 "Input/output error"
  # Rank 0 reads through HDF5 too, which does not say why it could not.
  [ $rank -eq 0 ] || injected_import $rank "pread64:error=EIO:when=20+" 74 "Input/output error"
done
injected_import 0 "rename:error=EIO:when=1" 74 "Input/output error"
injected_import 0 "fallocate:error=ENOSPC:when=1" 74 "No space left on device"
[ "$hits" -ge 20 ] || breach "only $hits faults were reached"
works_again "after failed system calls"
finish
