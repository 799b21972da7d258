#!/usr/bin/env bash
# A night with all kinds of jobs where the system allows so much memory and no more (ulimit -v), alone and on one rank of two: the run
# works, with the bits of an undisturbed one, or ends within 60 s with an exit code other than 0, all as it was and no process left.
# usage: memory_limits.sh [MEBIBYTES_BETWEEN_LIMITS]
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
source "$(dirname "$0")/night.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
between=${1:-8}
prepare_night
cat >limited.sh <<'SH'
#!/bin/sh
# limited.sh RANK MEBIBYTES COMMAND...
[ "${OMPI_COMM_WORLD_RANK:-0}" != "$1" ] || ulimit -v $(($2 * 1024))
shift 2
exec "$@"
SH
chmod +x limited.sh

# limited WHAT COMMAND...: what it ends with is in $got.
limited() {
  local what=$1
  shift
  evening
  got=0
  (marked timeout -k 5 60 "$@" >stdout.txt 2>stderr.txt) || got=$?
  none_marked "$what"
  truths=$((truths + 1))
  [ $got -ne 124 ] || breach "$what: took a minute"
  whole "$what"
  if [ $got -eq 0 ]; then
    same "$what: output" "$new" "$found"
  else
    same "$what, exit code $got: output" "$old" "$found"
  fi
}

# Alone: a few MiB above what the program itself takes it is out of memory in one step or another, and says so; far above it works.
least=60
until (ulimit -v $((least * 1024)) && "$FULLBASE" --version >version.txt 2>&1) || [ $least -gt 2000 ]; do least=$((least + 2)); done
told=0
for more in $(seq 1 "$between" 41) 400; do
  what="$((least + more)) MiB"
  limited "$what" ./limited.sh 0 $((least + more)) "$FULLBASE" run night.yaml
  echo "$what: exit code $got $(grep -h '^fullbase: ' stderr.txt | head -1)"
  if grep -q '^fullbase: .*out of memory; lower resources.memory_per_rank' stderr.txt; then
    told=$((told + 1))
    same "$what: exit code" 74 $got
  fi
done
same "with plenty: exit code" 0 $got
[ $told -gt 0 ] || breach "no run was told that it is out of memory"

# Threads take memory of their own, 8 MiB of addresses each.
what="300 threads within $((least + 400)) MiB"
limited "$what" ./limited.sh 0 $((least + 400)) "$FULLBASE" run night.yaml --threads 300
same "$what: exit code" 74 $got
contains "$what" "no thread can be started; ask for fewer by resources.threads" stderr.txt

# On one rank of two; MPI itself takes much.
for rank in 0 1; do
  for size in 100 200 260 320 $((RANDOM % 300 + 100)); do
    what="$size MiB for rank $rank"
    limited "$what" mpirun -n 2 ./limited.sh $rank $size "$FULLBASE" run night.yaml
    echo "$what: exit code $got $(grep -h '^fullbase: ' stderr.txt | head -1)"
  done
done
mpi 2 run night.yaml --quiet >again.log 2>&1 || { cat again.log; breach "the next run failed"; }
finished "after them all"
finish
