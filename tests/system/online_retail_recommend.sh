#!/usr/bin/env bash
# configs/online_retail_recommend.yaml on the real data: the same bits on 1 and 2 ranks, and what it says holds by pandas and numpy.
source "$(dirname "$0")/harness.sh"
need_real_data
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

export FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out/recommend.h5
digests=()
for ranks in 1 2; do
  mpi $ranks run "$SOURCE_ROOT/configs/online_retail_recommend.yaml" --fresh --threads $((3 - ranks)) >run.log 2>&1 || { cat run.log; breach "the run on $ranks ranks failed"; }
  digests+=("$("$FULLBASE" digest "$FULLBASE_OUTPUT" | tail -1)")
done
same "1 rank x 2 threads and 2 ranks x 1 thread" "${digests[0]}" "${digests[1]}"
same "the output is verified" 0 "$("$FULLBASE" verify "$FULLBASE_OUTPUT" >verify.log 2>&1; echo $?)"

got=0
zcat "$FULLBASE_REAL_DATA/online_retail.csv.gz" >lines.csv
"$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/online_retail_recommend.py" "$FULLBASE_OUTPUT" lines.csv >figures.txt 2>errors.txt || got=$?
same "online_retail_recommend.py" 0 "$got"
[ "$got" = 0 ] || cat errors.txt
while read -r truth value; do same "$truth" True "$value"; done <figures.txt
same "truths about the result" 14 "$(wc -l <figures.txt)"
finish
