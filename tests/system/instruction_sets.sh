#!/usr/bin/env bash
# One digest whichever instruction set the kernels run on: each one that this machine has is forced in turn.
source "$(dirname "$0")/harness.sh"

"$FULLBASE" generate --store "$work/store" --customers 12000 --lines 150000 --seed 7 --quiet
export FULLBASE_STORE=$work/store
expected='' tried=0
for isa in baseline avx2 avx512; do
  case $isa in
    avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo || continue ;;
    avx512) grep -qw avx512vl /proc/cpuinfo && grep -qw avx512dq /proc/cpuinfo && grep -qw avx512bw /proc/cpuinfo || continue ;;
  esac
  export FULLBASE_ISA=$isa FULLBASE_OUTPUT=$work/out/$isa.h5
  mpi 2 run "$SOURCE_ROOT/configs/nightly.yaml" >run.log 2>&1 || { cat run.log; breach "$isa: failed"; continue; }
  digest=$("$FULLBASE" digest "$FULLBASE_OUTPUT")
  expected=${expected:-$digest}
  same "digest with $isa" "$expected" "$digest"
  tried=$((tried + 1))
done
echo "$tried instruction sets"
finish
