#!/usr/bin/env bash
# One digest for every number of ranks and threads, in memory and streamed with a quarter of the memory that the rows want.
# usage: identity.sh generated|real [RANKS...]      default ranks: 1 2 3 4
source "$(dirname "$0")/harness.sh"
kind=${1:?generated or real}
shift
ranks=("${@:-}"); [ -n "${ranks[0]}" ] || ranks=(1 2 3 4)

case $kind in
  generated)
    job=$SOURCE_ROOT/configs/nightly.yaml
    memory=(1GiB 3MiB)     # 12,000 customers: what the rows and their buffers want, and a quarter of it
    "$FULLBASE" generate --store "$work/store" --customers 12000 --lines 150000 --seed 7 >generate.log 2>&1 || { cat generate.log; breach "generate failed"; }
    ;;
  real)
    need_real_data
    job=$SOURCE_ROOT/configs/online_retail.yaml
    memory=(1GiB 16MiB)    # 541,909 lines
    ;;
esac

expected='' expected_store=''
for n in "${ranks[@]}"; do
  for threads in 1 2; do
    for limit in "${memory[@]}"; do
      case="$n ranks, $threads threads, $limit"
      export FULLBASE_OUTPUT=$work/out/$n.$threads.$limit.h5 FULLBASE_STORE=$work/store
      # The real store is imported anew each time: import promises the same bits too.
      if [ "$kind" = real ]; then export FULLBASE_STORE=$work/store.$n.$threads.$limit; fi
      mpi "$n" run "$job" --set "resources.threads=$threads" --set "resources.memory_per_rank=$limit" >run.log 2>&1 || { cat run.log; breach "$case: failed"; continue; }
      digest=$("$FULLBASE" digest "$FULLBASE_OUTPUT")
      store=$("$FULLBASE" digest "$FULLBASE_STORE")
      expected=${expected:-$digest} expected_store=${expected_store:-$store}
      same "digest with $case" "$expected" "$digest"
      same "digest of the store with $case" "$expected_store" "$store"
      rm -rf "$FULLBASE_OUTPUT"*; if [ "$kind" = real ]; then rm -rf "$FULLBASE_STORE"; fi
    done
  done
done
finish
