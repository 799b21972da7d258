#!/usr/bin/env bash
# Bad input and bad surroundings: for each, alone and on 3 ranks, the exit code and the one message of the guide, and everything that was
# there before left as it was.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/intact.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

publish_first
"$FULLBASE_TEST_PYTHON" "$(dirname "$(realpath "$0")")/bad_inputs.py"

# on TABLE [FILE]: a k-means job on a table of an HDF5 file in job.yaml.
on() {
  cat >job.yaml <<YAML
version: 1
output: {file: out/result.h5}
inputs:
  mine: {file: ${2:-inputs.h5}, table: $1}
steps:
  groups:
    job: kmeans
    from: mine
    k: 4
    columns: {a: [standardize], b: [standardize]}
YAML
}

# --- files that are not there, or not what they should be
refused "no job file" 78 "missing.yaml: cannot read the job file: No such file or directory; check its name" run missing.yaml
refused "a folder for a job file" 78 "out: cannot read the job file: Is a directory" run out
refused "digest of a folder that is no store" 65 "out: there is no store in this folder" digest out
refused "verify of a folder that is no store" 65 "out: there is no store in this folder" verify out
on good absent.h5
refused "no input file" 65 "absent.h5: there is no such file; check the path" run job.yaml
on good text.h5
refused "no HDF5 file" 65 "text.h5" run job.yaml
and_says "no HDF5 file" HDF5
on good nothing.h5
refused "an empty file" 65 "nothing.h5" run job.yaml
head -c 60000 inputs.h5 >cut.h5
on good cut.h5
refused "a truncated file of others" 65 "cut.h5" run job.yaml
and_says "a truncated file of others" truncated
mkdir folder.h5
on good folder.h5
refused "a folder for a file" 65 "folder.h5: is a folder where a file is wanted" run job.yaml
refused "a folder for an output" 78 "folder.h5" run good.yaml --set output.file=folder.h5

# An output of ours as an input: cut off, of another version, never finished, with an altered byte.
cat >from_output.yaml <<'YAML'
version: 1
output: {file: out/result.h5}
inputs: {old: {file: old.h5, table: rfm}}
steps: {good: {job: select, from: old, where: frequency > 1}}
YAML
size=$(stat -c %s out/result.h5)
head -c $((size / 2)) out/result.h5 >old.h5
refused "a truncated output" 65 "old.h5" run from_output.yaml
attribute() {   # attribute NAME VALUE: of the table rfm in a copy of the output
  cp out/result.h5 old.h5
  "$FULLBASE_TEST_PYTHON" -c "import h5py, sys
with h5py.File('old.h5', 'r+') as f: f['rfm'].attrs.modify(sys.argv[1], int(sys.argv[2]))" "$1" "$2"
}
attribute fullbase_format 99
refused "a wrong format version" 65 "has format version 99, this program reads version 1" run from_output.yaml
and_says "a wrong format version" "old.h5:" "write it again with this version"
attribute fullbase_finished 0
refused "an unfinished table" 65 "was never finished" run from_output.yaml
attribute fullbase_rows 1000000000000
refused "more rows than the file holds" 65 "old.h5" run from_output.yaml
cp out/result.h5 old.h5
at=$("$FULLBASE_TEST_PYTHON" -c "import h5py
with h5py.File('old.h5') as f: d = f['rfm/frequency']; print(d.id.get_offset() or d.id.get_chunk_info(0).byte_offset)")
printf '\xff' | dd of=old.h5 bs=1 seek=$((at + 8 * 1024 + 3)) conv=notrunc status=none
refused "an altered byte" 65 "block 1 (rows 1024 to 2047) is damaged" run from_output.yaml
and_says "an altered byte" "old.h5:/rfm.frequency" "restore it, or make it again"

# A store whose part is cut off or gone; it is put back afterwards.
part=$(echo store/transactions-*.h5)
mv "$part" part.h5
head -c 100000 part.h5 >"$part"
stored=$(listing store)
refused "a truncated part of the store" 65 "$part" run good.yaml --fresh
rm "$part"
stored=$(listing store)
refused "a part of the store that is gone" 65 "$part" run good.yaml --fresh
mv part.h5 "$part"
cp store/manifest.json manifest.json
head -c 200 manifest.json >store/manifest.json
stored=$(listing store)
refused "a damaged manifest of the store" 65 "store/manifest.json" run good.yaml
cp manifest.json store/manifest.json
stored=$(listing store)

# --- tables and columns
on goood
refused "a missing table" 78 "has no table 'goood'; did you mean 'good'?" run job.yaml
and_says "a missing table" inputs.h5
on good
refused "a missing column" 78 "there is no column 'c'" run job.yaml --set 'steps.groups.columns={a: [], c: []}'
refused "a missing table of the store" 78 "did you mean 'transactions'?" run good.yaml --set steps.rfm.from=transaction
and_says "a missing table of the store" "--set steps.rfm.from=transaction"
refused "a misspelt column of the store" 78 "did you mean 'customer'?" run good.yaml --set steps.rfm.customer=custumer
refused "a misspelt column in an expression" 78 "did you mean 'quantity'?" run good.yaml --set 'steps.rfm.amount=quantitty * price'
refused "a text where a number is wanted" 78 "customer" run good.yaml --set 'steps.segments.columns={customer: [standardize]}'
and_says "a text where a number is wanted" "not a number" steps.segments.columns
refused "a text in arithmetic" 78 "steps.rfm.amount" run good.yaml --set 'steps.rfm.amount=customer * 2'
on texts
refused "a text in a column of numbers" 78 "not a number" run job.yaml
on unequal
refused "columns of unequal length" 65 "equal lengths" run job.yaml
on cube
refused "three dimensions" 65 "is no table: it has 3 dimensions" run job.yaml
on huge
refused "whole numbers beyond int64" 65 "beyond the largest int64" run job.yaml

# --- values
on nan
refused "NaN" 65 "3 values are missing; the first is in row 1234" run job.yaml
and_says "NaN" "step groups" "inputs.h5:/nan.a" "add impute to the column's transforms"
refused "NaN with impute: error" 65 "3 values are missing; the first is in row 1234" run job.yaml --set 'steps.groups.columns={a: [{impute: error}], b: []}'
on infinite
refused "infinities" 65 "2 values are infinite; the first is in row 2222" run job.yaml
and_says "infinities" "inputs.h5:/infinite.a" "infinite_is_missing"
refused "infinities that are missing" 65 "2 values are infinite; the first is in row 2222; add impute" run job.yaml --set steps.groups.infinite_is_missing=true
on negative
refused "log1p of negatives" 65 "log1p is undefined at" run job.yaml --set 'steps.groups.columns={a: [log1p]}'
on constant
refused "a constant column as an error" 65 "inputs.h5:/constant.a" run job.yaml --set steps.groups.constant_is_error=true
and_says "a constant column as an error" "leave the column out"
on all_missing
refused "nothing but missing values" 65 "every value is missing" run job.yaml --set 'steps.groups.columns={a: [{impute: mean}, standardize]}'
on empty
refused "an empty table" 65 "0 rows for 4 clusters" run job.yaml
on two
refused "fewer rows than clusters" 65 "only 2 rows for 4 clusters; ask for fewer clusters" run job.yaml
on few_distinct
refused "fewer distinct rows than clusters" 65 "only 3 different rows for 4 clusters; ask for fewer clusters" run job.yaml
and_says "fewer distinct rows than clusters" "step groups"
on frame
refused "a key that repeats" 65 "the first is row 4000, with the key of row 17" run job.yaml --set 'steps.groups.columns={a: []}'
and_says "a key that repeats" inputs.h5:/frame.id "1 row repeats the key of an earlier one; the first is row 4000" "the key of row 17"

# What the policies say is no error: missing and infinite values imputed, a constant column with a warning, fewer rows than ranks.
for case in nan infinite constant two; do
  on $case
  sed -i 's/k: 4/k: 2/; s/a: \[standardize\]/a: [{impute: median}, standardize]/' job.yaml
  for ranks in 1 3; do
    mpi $ranks run job.yaml --fresh --set output.file=other.h5 --set steps.groups.infinite_is_missing=true >ok.log 2>&1 || { cat ok.log; breach "$case on $ranks ranks failed"; continue; }
    "$FULLBASE" digest other.h5 >digest.$ranks
    if [ $case = constant ]; then
      same "the warning of a constant column on $ranks ranks" 1 "$(grep -c 'inputs.h5:/constant.a: .* only shifts it' ok.log || true)"
      contains "the manifest's warning" "only shifts it" other.h5.run.json
    fi
  done
  same "$case on 1 and 3 ranks" "$(cat digest.1)" "$(cat digest.3)"
  rm -f other.h5*
done

# --- the job file
cat >mistakes.yaml <<'YAML'
version: 1
as_off: 2026-01-01
store: store
output: {file: out/result.h5, mode: rw}
steps:
  rfm: {job: rfm, from: transaktions, scores: one}
  loyal: {job: selekt, from: rfm}
  segments: {job: kmeans, from: rfm, k: 0, columns: {monetary: [standardise]}}
YAML
for ranks in 1 3; do
  fails_with "many mistakes on $ranks ranks" 78 "did you mean 'as_of'?" mpirun -n $ranks "$FULLBASE" run mistakes.yaml
  and_says "many mistakes on $ranks ranks" mistakes.yaml:2:1: mistakes.yaml:4:37: mistakes.yaml:6:25: mistakes.yaml:6:47: mistakes.yaml:7:16: mistakes.yaml:8:41: \
    mistakes.yaml:8:65: "did you mean 'transactions'?" "did you mean 'select'?" "did you mean 'standardize'?"
  says_once "many mistakes on $ranks ranks"
  intact "many mistakes on $ranks ranks"
done
cat >cycle.yaml <<'YAML'
version: 1
output: {file: out/result.h5}
steps:
  a: {job: select, from: c}
  b: {job: select, from: a}
  c: {job: select, from: b}
YAML
refused "a cycle" 78 "cycle" run cycle.yaml
and_says "a cycle" cycle.yaml:5:26: "a reads c reads b reads a"
printf 'version: 1\nsteps: {a: [1, 2\n' >broken.yaml
refused "no YAML" 78 "broken.yaml:" run broken.yaml
refused "a rank's memory below the least" 78 "memory_per_rank" run good.yaml --set resources.memory_per_rank=1KiB

# --- CSV
import() {   # import LINE...: a job that imports these lines
  printf '%s\n' "$@" >lines.csv
  cat >import.yaml <<'YAML'
version: 1
store: store
output: {file: out/result.h5}
import:
  bought:
    files: lines.csv
    columns: {who: {type: category, required: true}, when: {type: timestamp}, price: {type: decimal(2)}}
steps: {lines: {job: select, from: bought}}
YAML
}
import who,when,price a,2025-01-01,1.50 b,2025-01-02 c,2025-01-03,2.50
refused "a ragged line" 65 "too few fields" run import.yaml
and_says "a ragged line" lines.csv:3 "max_rejects" "the store has not been changed"
import who,when,price a,2025-01-01,1.50 b,2025-02-30,1.50 c,2025-01-03,2.505
refused "no such day" 65 "no such date or time" run import.yaml
and_says "no such day" lines.csv:3
refused "too many rejects" 65 "lines.csv:3" run import.yaml --set import.bought.max_rejects=1
refused "too large a share of rejects" 65 "lines.csv:3" run import.yaml --set import.bought.max_rejects=10%
import who,when,price 'a,2025-01-01,"1.50"x' 'c,2025-01-03,2'
refused "text after a quote" 65 "text after the closing quote" run import.yaml
import who,when,price a,2025-01-01,1.50 'c,2025-01-03,"2'
refused "an open quote" 65 "lines.csv:3: a quote is never closed" run import.yaml
import who,when,cost a,2025-01-01,1.50
refused "a header without the column" 65 "the header has no column 'price'" run import.yaml
and_says "a header without the column" lines.csv:1
import who,when,price a,2025-01-01,1.50
refused "a file to import that is not there" 65 "gone.csv" run import.yaml --set import.bought.files=gone.csv
refused "a pattern that fits no file" 65 "gone_*.csv: no file has a name like this" run import.yaml --set 'import.bought.files=gone_*.csv'
printf '\x1f\x8b\x08\x00garbage' >lines.csv.gz
refused "a damaged gzip file" 65 "lines.csv.gz" run import.yaml --set import.bought.files=lines.csv.gz
refused "an unknown type of column" 78 "'int' is no type" run import.yaml --set import.bought.columns.price.type=int
works_again "after bad input"

# --- the surroundings: another run, a folder that cannot be written to, a disk that is full
"$FULLBASE_TEST_PYTHON" -c "
import fcntl, struct, sys, time
f = open('out/result.h5.lock', 'w')
F_OFD_SETLK = 37
fcntl.fcntl(f, F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
f.write('process 4711 on elsewhere'); f.flush()
print('locked', flush=True); time.sleep(600)" >locked.txt &
holder=$!
until [ -s locked.txt ]; do sleep 0.05; done
keep
refused "an output that another run has locked" 74 "the output is locked by another run (process 4711 on elsewhere)" run good.yaml
and_says "an output that another run has locked" out/result.h5.lock "wait until that run is done"
kill $holder; wait $holder 2>/dev/null || true
works_again "after a lock whose owner died"

refused "an output under a file" 74 "text.h5" run good.yaml --set output.file=text.h5/result.h5
cat >import.yaml <<'YAML'
version: 1
store: not_made
output: {file: text.h5/result.h5}
import: {bought: {files: lines.csv, columns: {who: {type: category}}}}
steps: {lines: {job: select, from: bought}}
YAML
refused "an output under a file, before an import" 74 "text.h5" run import.yaml
same "an output under a file: the store that was not made" no "$([ -e not_made ] && echo yes || echo no)"
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=16m tmpfs small 2>/dev/null; then
  mounted=$work/small
  small_output=$(stat -c %s out/result.h5)
  mount -o remount,size=$((small_output + 100000)) small
  cp out/result.h5 small/result.h5
  for ranks in 1 3; do
    fails_with "a full disk on $ranks ranks" 74 "No space left on device" mpirun -n $ranks "$FULLBASE" run good.yaml --set output.file=small/result.h5
    says_once "a full disk on $ranks ranks"
    and_says "a full disk on $ranks ranks" "free some disk space"
    same "a full disk on $ranks ranks: what is on it" result.h5 "$(ls -A small)"
    same "a full disk on $ranks ranks: the output" "$(sha256sum <out/result.h5)" "$(sha256sum <small/result.h5)"
  done
  formats="csv h5 parquet"
  [ "$("$FULLBASE" export out/result.h5 rfm rfm.parquet >/dev/null 2>&1; echo $?)" != 2 ] || formats="csv h5"
  mount -o remount,size=$((small_output + 12000)) small
  for format in $formats; do
    fails_with "an export to a full disk, as $format" 74 "No space left on device; free some disk space" "$FULLBASE" export out/result.h5 rfm small/rfm.$format
    same "an export to a full disk, as $format: what is on it" result.h5 "$(ls -A small)"
  done
  mount -o remount,size=64m small
  same "the run after a full disk" 0 "$("$FULLBASE" run good.yaml --quiet --set output.file=small/result.h5 >small.log 2>&1; echo $?)"
  same "its digest" "$first_digest" "$("$FULLBASE" digest small/result.h5)"
  before=$(ls -A small; sha256sum small/*)
  mount -o remount,ro small
  for ranks in 1 3; do
    fails_with "a read-only folder on $ranks ranks" 74 "Read-only file system" mpirun -n $ranks "$FULLBASE" run good.yaml --set output.file=small/result.h5
    says_once "a read-only folder on $ranks ranks"
    and_says "a read-only folder on $ranks ranks" small/result.h5 "check"
    same "a read-only folder on $ranks ranks: what is in it" "$before" "$(ls -A small; sha256sum small/*)"
  done
  umount small; mounted=''
elif [ "$(id -u)" -eq 0 ]; then
  partly "a full disk and a read-only folder need a system that lets root mount"
else
  echo "not tested: a full disk and a read-only folder need a mount, which needs root"
fi
if [ "$(id -u)" -ne 0 ]; then
  chmod a-w out
  refused "a folder without write access" 74 "Permission denied" run good.yaml
  chmod u+w out
fi

# --- an account that may not read what is there is told so, and not that it is missing; a folder that is missing is named
unprivileged=()
# Root may read everything, unless it gives that up.
[ "$(id -u)" -ne 0 ] || unprivileged=(setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search)
generated --store locked --customers 100 --lines 500
cat >of_store.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: locked
output: {file: elsewhere/result.h5}
steps: {taken: {job: select, from: transactions, where: quantity > 1}}
YAML
chmod 000 locked out
for command in validate plan run "submit --dry-run"; do
  # shellcheck disable=SC2086
  fails_with "$command without access to the store" 74 "locked/manifest.json: cannot look for it: Permission denied; check who may read it" \
    "${unprivileged[@]}" "$FULLBASE" $command of_store.yaml
done
fails_with "the age of an output without access" 74 "out/result.h5: cannot look for it: Permission denied" \
  "${unprivileged[@]}" "$FULLBASE" info --max-age 26h out/result.h5
fails_with "verify without access" 74 "out/result.h5: cannot open the file: Permission denied; check who may read it" \
  "${unprivileged[@]}" "$FULLBASE" verify out/result.h5
chmod 700 locked out
refused "a misspelt store" 78 "'transactions' is no step, no input and no table of the store lokced, which is empty or not there" \
  run of_store.yaml --set store=lokced
works_again "after bad surroundings"
finish
