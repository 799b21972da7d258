#!/usr/bin/env bash
# session_end.sh MPIEXEC LEAVE_BY_ERROR: an error on one rank ends the whole job, with a non-zero code and soon, also while the other
# ranks wait in a collective; a job without error ends with 0.
set -u
mpiexec=$1
program=$2

expect() {  # expect CODE|nonzero RANKS how rank
  local wanted=$1 ranks=$2
  shift 2
  timeout 50 "$mpiexec" --oversubscribe -n "$ranks" "$program" "$@" >session_end.out 2>&1
  local code=$?
  if [ "$code" = 124 ] || { [ "$wanted" = nonzero ] && [ "$code" = 0 ]; } || { [ "$wanted" != nonzero ] && [ "$code" != "$wanted" ]; }; then
    echo "$* on $ranks ranks ended with $code, not $wanted:"
    cat session_end.out
    exit 1
  fi
}

expect 0 3 end -1
for rank in 0 1 2; do
  expect 70 3 throw $rank
  grep -q "rank $rank: an error left the MPI session" session_end.out || { cat session_end.out; exit 1; }
done
expect nonzero 2 terminate 1
expect 65 2 abort 1
expect 74 2 truncate 1
grep -q "rank 1: MPI_Waitall failed: .*; the job ends" session_end.out || { cat session_end.out; exit 1; }

# without mpirun it is a world of one
"$program" end -1 || { echo "alone it ended with $?"; exit 1; }
