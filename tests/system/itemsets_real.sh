#!/usr/bin/env bash
# The examples on real baskets: every set, rule, offer and group as an independent search has them, whose sets are PyFIM's.
# usage: itemsets_real.sh groceries|online_retail
source "$(dirname "$0")/harness.sh"
need_real_data
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:?groceries or online_retail}
export OMP_WAIT_POLICY=passive
case $kind in groceries) config=groceries ;; *) config=online_retail_baskets ;; esac

FULLBASE_STORE=store FULLBASE_OUTPUT=out.h5 mpi 2 run "$SOURCE_ROOT/configs/$config.yaml" --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }
got=0
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/itemsets_real.py" "$kind" out.h5 "$FULLBASE_REAL_DATA" >truths.txt 2>&1 || got=$?
same "itemsets_real.py" 0 "$got"
[ "$got" -eq 0 ] || sed 's/^/    /' truths.txt | cut -c1-600 | tail -30
[ "$got" -ne 0 ] || contains "everything was compared" "truths, 0 breaches" truths.txt

digest=$("$FULLBASE" digest out.h5)
for run in "1 2" "3 1"; do
  read -r ranks threads <<<"$run"
  FULLBASE_STORE=store FULLBASE_OUTPUT=other.h5 mpi "$ranks" run "$SOURCE_ROOT/configs/$config.yaml" --fresh --quiet --set "resources.threads=$threads" >run.log 2>&1 ||
    { cat run.log; breach "$ranks ranks, $threads threads failed"; }
  same "digest on $ranks ranks, $threads threads" "$digest" "$("$FULLBASE" digest other.h5)"
done
finish
