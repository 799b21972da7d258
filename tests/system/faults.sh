#!/usr/bin/env bash
# Faults in the middle of a run: writes that fail on one rank after the other, signals to all and to one, ranks that stop or die. The job
# ends soon with the guide's exit code and one message, what was published stays as it was, no process is left, and the next run works.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/intact.sh"
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

# start_long: the long job in the background, up to the first iterations of k-means; $job is mpirun's id.
start_long() {
  rm -rf ranks; mkdir ranks
  mpirun -n $ranks ./rank.sh "$FULLBASE" run long.yaml --log-format json >stdout.txt 2>stderr.txt &
  job=$!
  for _ in $(seq 600); do
    [ "$(cat ranks/* 2>/dev/null | wc -l)" -eq $ranks ] && grep -q '"step":"groups"' stderr.txt && return 0
    kill -0 $job 2>/dev/null || break
    sleep 0.05
  done
  cat stderr.txt
  breach "the long job did not come to its second step"
}

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
  same "$1: the output" "$published" "$(listing out | grep -v -e '\.work/' -e '\.lock$')"
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
  same "SIGTERM to rank $rank: what is left" "$published" "$(listing out)"
done
start_long
kill -USR1 $job
ends "SIGUSR1 to mpirun" 75 "stopped by signal 10 (USR1)"

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
  echo "not tested: errors in system calls need strace"
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

# injected RANK FAULT EXIT_CODE TEXT: where the call never comes to that number, the run works and gives the same digest.
injected() {
  local rank=$1 fault=$2 code=$3 text=$4 got=0 what="$2 on rank $1"
  rm -f trace.txt
  timeout -k 5 60 mpirun -n $ranks ./inject.sh "$rank" "$fault" "$FULLBASE" run good.yaml >stdout.txt 2>stderr.txt || got=$?
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

hits=0
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
[ "$hits" -ge 15 ] || breach "only $hits faults were reached"
works_again "after failed system calls"
finish
