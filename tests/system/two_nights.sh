#!/usr/bin/env bash
# From one night to the next: segments keep their numbers and names, scores their cuts; drift fires where it was planted; a young model is
# applied, an old one fitted again; a previous output of another shape is refused by name; a first night does without.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
here=$(dirname "$(realpath "$0")")
check() { truths=$((truths + 1)); "$FULLBASE_TEST_PYTHON" "$here/two_nights.py" "$@" >check.txt 2>&1 || breach "$*: $(cat check.txt)"; }
"$FULLBASE_TEST_PYTHON" "$here/two_nights.py" make

cat >job.yaml <<'YAML'
version: 1
as_of: "${AS_OF}"
seed: 3
output: {file: "${OUT}"}
previous: {file: "${PREVIOUS:-latest.h5}"}
inputs: {customers: {file: "${IN}", table: customers}}
steps:
  people: {job: select, from: customers}
  segments:
    job: kmeans
    from: people
    k: [3, 4]
    columns: {x: [standardize], y: [standardize]}
    names: {0: Loyal, 2: Leaving}
    refit: ${REFIT:-1s}
  moved: {job: drift, from: people}
  flow: {job: drift, from: segments, by: segment, key: customer, segment: segment}
YAML
sed '/previous:/d; /refit:/d; /drift/d' job.yaml >alone.yaml
# night AS_OF IN OUT [ARGUMENTS...]
night() { AS_OF=$1 IN=$2.in.h5 OUT=$3 "$FULLBASE" run job.yaml "${@:4}" >night.log 2>&1 || { cat night.log; breach "the night of $1 failed"; }; }
tables() { "$FULLBASE" digest "$1" | grep -E '^(people|segments)'; }

# --- a first night
night 2026-01-01 one one.h5
contains "a first night" "there is no previous output latest.h5: this run is a first night" night.log
same "how often it says so" 1 "$(grep -c 'first night' night.log)"
check empty one.h5
check numbers one.h5 0 1 2 3
check model one.h5 2026-01-01 afresh
AS_OF=2026-01-01 IN=one.in.h5 OUT=alone.h5 "$FULLBASE" run alone.yaml --quiet
same "a first night is a night without the key" "$(tables alone.h5)" "$(tables one.h5)"

# --- the second: a link to the first
ln -s one.h5 latest.h5
night 2026-01-02 two two.h5
check stays one.h5 two.h5
check matching one.h5 two.h5
check transitions one.h5 two.h5
check drift one.h5 two.h5
check model two.h5 2026-01-02 previous
digest=$("$FULLBASE" digest two.h5)
same "the previous output among the inputs" "$("$FULLBASE" digest one.h5 | sed -n 's/^all //p')" \
  "$("$FULLBASE_TEST_PYTHON" -c 'import json; print(next(i["sha256"] for i in json.load(open("two.h5.run.json"))["inputs"] if i["name"] == "previous"))')"
for setting in "1 2 2MiB" "2 1 1GiB" "3 2 2MiB" "4 1 2MiB"; do
  read -r ranks threads memory <<<"$setting"
  AS_OF=2026-01-02 IN=two.in.h5 OUT=again.h5 mpi "$ranks" run job.yaml --fresh --set "resources.threads=$threads" --memory "$memory" --quiet
  same "digest on $ranks ranks with $threads threads and $memory" "$digest" "$("$FULLBASE" digest again.h5)"
done
# In place of the first: read until it is replaced.
cp one.h5 place.h5
PREVIOUS=place.h5 night 2026-01-02 two place.h5
same "digest of an output in place of its previous one" "$digest" "$("$FULLBASE" digest place.h5)"

# A fit that would number the segments otherwise: it starts from the same places in another order.
given=(--set 'steps.segments.k=4' --set steps.segments.init=given --set 'steps.segments.centroids=[[10, 10], [0, 10], [0, 0], [10, 0]]')
night 2026-01-02 two other.h5 "${given[@]}"
AS_OF=2026-01-02 IN=two.in.h5 OUT=alone.h5 "$FULLBASE" run alone.yaml --quiet "${given[@]}"
same "numbers of a fit by itself are others" no "$([ "$("$FULLBASE" digest alone.h5 | grep '^segments ')" = "$("$FULLBASE" digest other.h5 | grep '^segments ')" ] && echo yes || echo no)"
check stays one.h5 other.h5
check same_segments two.h5 other.h5

# Rows without a key are matched by where their centroids are.
without_key=(--set 'steps.people.columns=[x, y, moved]' --set 'steps.flow={job: drift, from: segments}')
PREVIOUS=none.h5 night 2026-01-01 one rows1.h5 "${without_key[@]}"
PREVIOUS=rows1.h5 night 2026-01-02 two rows2.h5 "${without_key[@]}" "${given[@]}"
check stays rows1.h5 rows2.h5

# A segment goes, and its number is the lowest that is free when another one comes.
night 2026-01-02 without gone.h5
gone=$("$FULLBASE_TEST_PYTHON" -c "
import anndata, h5py
with h5py.File('gone.h5') as f: left = set(anndata.io.read_elem(f['segments/centroids'])['segment'])
print(*sorted(left))")
same "three of the four numbers" 3 "$(wc -w <<<"$gone")"
check stays one.h5 gone.h5
PREVIOUS=gone.h5 night 2026-01-03 two back.h5
check numbers back.h5 0 1 2 3

# --- a model that is applied, and counts from its fit
REFIT=7d night 2026-01-02 two applied.h5
check nearest one.h5 applied.h5
check model applied.h5 2026-01-01 applied
check transitions one.h5 applied.h5
PREVIOUS=applied.h5 REFIT=7d night 2026-01-07 two applied_again.h5
check nearest one.h5 applied_again.h5
check model applied_again.h5 2026-01-01 applied
PREVIOUS=applied_again.h5 REFIT=7d night 2026-01-08 two refitted.h5
check model refitted.h5 2026-01-08 previous
AS_OF=2026-01-02 IN=two.in.h5 OUT=again.h5 REFIT=7d mpi 3 run job.yaml --quiet --memory 2MiB
same "digest of an applied model on 3 ranks" "$("$FULLBASE" digest applied.h5)" "$("$FULLBASE" digest again.h5)"

# --- previous outputs of another shape
ranks=3   # of the first ones; the others are refused before ranks part
refused() {   # refused WHAT CODE TEXT ARGUMENTS...
  AS_OF=2026-01-02 IN=two.in.h5 OUT=refused.h5 fails_with "$1" "$2" "$3" mpirun -n $ranks "$FULLBASE" run job.yaml --quiet "${@:4}"
}
refused "other columns" 78 "was made from the columns x, y; tonight's are x, steady" --set 'steps.segments.columns={x: [standardize], steady: []}'
contains "other columns: what to do" "begin anew for one night with --set steps.segments.anew=true" stderr.txt
refused "other transforms" 78 "transformed the column by: standardize; tonight's job by: robust" --set 'steps.segments.columns={x: [standardize], y: [robust]}'
ranks=1
refused "another k" 78 "has 4 segments, which is not among tonight's k" --set 'steps.segments.k=[2, 6]'
refused "another key" 78 "has the key customer (string), tonight's input has row (int64)" --set 'steps.people.columns=[x, y, moved]'
refused "a table that is not there" 78 "the previous output has no table peeple; did you mean 'people'?" --set steps.moved.against=peeple
refused "a column of another type" 78 "column 'channel' was category in the previous output, and is float64 tonight" \
  --set 'steps.people={job: select, from: customers, columns: [x, y, steady]}' --set 'steps.renamed={job: select, from: people, derive: {channel: x}}' \
  --set 'steps.moved={job: drift, from: renamed, against: people, columns: [channel]}'
ranks=2
refused "no output at all" 65 "is no output of \`fullbase run\`: it has no manifest" --set previous.file=one.in.h5
refused "a required file that is not there" 65 "previous: there is no previous output nowhere.h5" --set 'previous={file: nowhere.h5, required: true}'
ranks=1
refused "a where" 78 "a condition would leave out rows of tonight's table alone" --set 'steps.moved.where=x > 0'
night 2026-01-02 two anew.h5 --set 'steps.segments.k=[2, 6]' --set steps.segments.anew=true
check model anew.h5 2026-01-02 afresh

# --- RFM: cuts of the night before
for n in 1 2; do "$FULLBASE" generate --store store$n --customers 800 --lines 9000 --seed $n --quiet >/dev/null; done
cat >rfm.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: "${STORE}"
output: {file: "${OUT}"}
previous: {file: rfm1.h5}
steps: {rfm: {job: rfm, from: transactions, amount: quantity * price, orders: quantity > 0, cuts: keep}}
YAML
STORE=store1 OUT=rfm1.h5 "$FULLBASE" run rfm.yaml --quiet 2>/dev/null
STORE=store2 OUT=rfm2.h5 "$FULLBASE" run rfm.yaml --quiet 2>/dev/null
check cuts rfm1.h5 rfm2.h5
STORE=store2 OUT=rfm3.h5 mpi 3 run rfm.yaml --quiet 2>/dev/null
same "digest of kept cuts on 3 ranks" "$("$FULLBASE" digest rfm2.h5)" "$("$FULLBASE" digest rfm3.h5)"
STORE=store2 OUT=rfm4.h5 "$FULLBASE" run rfm.yaml --quiet --set steps.rfm.cuts=refresh 2>/dev/null
same "tonight's quantiles are others" no "$([ "$("$FULLBASE" digest rfm4.h5)" = "$("$FULLBASE" digest rfm2.h5)" ] && echo yes || echo no)"
STORE=store2 OUT=rfm5.h5 fails_with "other scores" 78 "was scored from 1 to 5, this step scores from 1 to 4" "$FULLBASE" run rfm.yaml --quiet --set steps.rfm.scores=4
finish
