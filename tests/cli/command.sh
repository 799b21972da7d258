#!/usr/bin/env bash
# command.sh FULLBASE MPIEXEC: help, usage errors, small jobs; exit codes as docs/guide.md lists them.
set -u
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1
fullbase=$1
mpiexec=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# expect CODE TEXT COMMAND...: the command ends with CODE and says TEXT.
expect() {
  local code=$1 text=$2
  shift 2
  local said status
  said=$("$@" 2>&1)
  status=$?
  if [[ $status -ne $code ]] || ! grep -qF -- "$text" <<<"$said"; then
    echo "FAILED: $* gave $status, expected $code with '$text':"
    echo "$said"
    failures=$((failures + 1))
  fi
}
# What MPI's unloaded plugins keep until the end has no name that a list of known leaks could hold.
ranks() { ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" "$mpiexec" --oversubscribe -n "$@"; }

# Help and version work everywhere.
expect 0 "fullbase 0." "$fullbase" --version
expect 0 "Exit codes" "$fullbase" --help
for command in run import generate validate plan info head digest verify export doctor schema supervise; do
  expect 0 "fullbase $command" "$fullbase" $command --help
done

# Usage errors: 2.
expect 2 "subcommand" "$fullbase"
expect 2 "there is no command 'rum'; did you mean 'run'?" "$fullbase" rum
expect 2 "there is no option '--nonsense'" "$fullbase" run --nonsense
expect 2 "job is required" "$fullbase" run
expect 2 "--nonsense" "$fullbase" validate job.yaml --nonsense
expect 2 "json" "$fullbase" run job.yaml --log-format xml
expect 2 "run: there is no option '--ony'; did you mean '--only'?" "$fullbase" run job.yaml --ony rfm
expect 2 "run: there is no option '--ony'; did you mean '--only'?" "$fullbase" run --ony rfm job.yaml
expect 2 "run: there is no option '--ony'; did you mean '--only'?" "$fullbase" run job.yaml --ony=rfm
expect 2 "info: 'b' is one argument too many" "$fullbase" info a.h5 table b
expect 2 "supervise: there is no option '--tires'; did you mean '--tries'?" "$fullbase" supervise --tires 2 -- true
expect 2 "supervise: command is required" "$fullbase" supervise --
expect 2 "cannot start 'nosuch': No such file or directory; give the name of a program" "$fullbase" supervise -- nosuch
expect 2 "submit: there is no option '--set'; options of \`fullbase run\` stand behind all others, after --" "$fullbase" submit job.yaml --set a=1
expect 2 "'x' is no assignment to an option; write --set" "$fullbase" submit job.yaml --dry-run -- --set x
# The command's words are its own, with and without a -- before them.
expect 0 "a -n 2 --tries -q --" "$fullbase" supervise --quiet echo a -n 2 --tries -q --
expect 0 "a -n 2 --tries -q -- b" "$fullbase" supervise --quiet -- echo a -n 2 --tries -q -- b
# --set without a value is a mistake of the command line, not of the job file.
for text in steps.big =1 .a=1; do
  expect 2 "'$text' is no assignment to an option; write --set steps.segments.k=8" "$fullbase" run job.yaml --set $text
done
expect 2 "table excludes --max-age" "$fullbase" info --max-age 26h a.h5 rfm
# As JSON where that is asked for, before or behind the mistake.
for words in "run" "run job.yaml --ony rfm" "run job.yaml --threads 0" "rum" "supervise --tires 2 -- true" "run job.yaml --set x"; do
  for line in "${words/ / --log-format json }" "${words/ / --log-format=json }"; do
    [[ $line == *json* ]] || line="$words --log-format json"
    said=$("$fullbase" $line 2>&1 >/dev/null)
    [[ $? -eq 2 && $(python3 -c 'import json, sys; error = json.load(sys.stdin); print(error["event"], error["exit_code"])' <<<"$said") == "failed 2" ]] || {
      echo "FAILED: $line is told as: $said"
      failures=$((failures + 1))
    }
  done
done
expect 2 "kmeans" "$fullbase" schema --job kmeens
[[ $(ranks 2 "$fullbase" run 2>&1 | grep -c "job is required") -eq 1 ]] || {
  echo "FAILED: a usage error under mpirun is not told once"
  failures=$((failures + 1))
}

# The schema is JSON and knows the job kinds.
"$fullbase" schema | python3 -c 'import json, sys; json.load(sys.stdin)' || failures=$((failures + 1))
expect 0 "kmeans" "$fullbase" schema
expect 0 "## kmeans" "$fullbase" schema --docs --job kmeans

# Files that are not there, or not what they should be.
expect 78 "missing.yaml" "$fullbase" validate missing.yaml
expect 65 "missing.h5" "$fullbase" info missing.h5
echo "this is no HDF5 file" >text.h5
expect 65 "text.h5" "$fullbase" head text.h5

# A job file with several mistakes: all of them, 78.
cat >bad.yaml <<'YAML'
version: 1
store: data
output: {file: out.h5}
steps:
  a: {job: selct, from: b}
  b: {job: select, from: transactions}
YAML
expect 78 "did you mean 'select'?" "$fullbase" validate bad.yaml
expect 78 "bad.yaml:6:" "$fullbase" validate bad.yaml
expect 78 "bad.yaml:5:" ranks 2 "$fullbase" run bad.yaml

# A small base and a job on it, alone and on two ranks: the same digest.
expect 0 "500 customers" "$fullbase" generate --store data --customers 500 --lines 5000 --quiet
expect 0 "as they were" ranks 2 "$fullbase" generate --store data --customers 500 --lines 5000 --quiet
base=$("$fullbase" digest data)
for n in 1 2 3; do
  expect 0 "500 customers" ranks $n "$fullbase" generate --store data$n --customers 500 --lines 5000 --quiet
  [[ $("$fullbase" digest data$n) == "$base" ]] || {
    echo "FAILED: the base generated on $n ranks is another"
    failures=$((failures + 1))
  }
done
expect 0 "transactions: 5,000 rows" "$fullbase" info data
expect 0 "(3 of 5,000 rows)" "$fullbase" head data transactions -n 3
# What was imported is not replaced by what is generated, nor the other way round, unless it is asked for.
printf 'customer,price\na,1.50\nb,2\n' >lines.csv
cat >import.yaml <<'YAML'
version: 1
store: imported
import:
  transactions: {files: lines.csv, columns: {customer: {type: category}, price: {type: decimal(2)}}}
YAML
expect 0 "" "$fullbase" import import.yaml --quiet
imported=$("$fullbase" digest imported)
expect 2 "'transactions' was imported, not generated, and would be replaced" "$fullbase" generate --store imported --customers 5 --lines 9
expect 2 "--force to replace it" ranks 2 "$fullbase" generate --store imported --customers 5 --lines 9
expect 78 "'transactions' was generated, not imported, and would be replaced" ranks 2 "$fullbase" import import.yaml --set store=data
[[ $("$fullbase" digest imported) == "$imported" && $("$fullbase" digest data) == "$base" ]] || {
  echo "FAILED: a refused command has changed the store"
  failures=$((failures + 1))
}
expect 0 "5 customers" "$fullbase" generate --store imported --customers 5 --lines 9 --quiet --force
expect 0 "6 customers" "$fullbase" generate --store imported --customers 6 --lines 9 --quiet
expect 0 "" "$fullbase" import import.yaml --quiet --force
expect 0 "2 rows" "$fullbase" info imported transactions
cat >job.yaml <<'YAML'
version: 1
store: data
output: {file: out/result.h5}
steps:
  big: {job: select, from: transactions, where: quantity > 1}
YAML
expect 0 "valid, 1 step" "$fullbase" validate job.yaml
expect 0 "5,000" "$fullbase" plan job.yaml
expect 0 "" "$fullbase" run job.yaml --quiet
alone=$("$fullbase" digest out/result.h5)
expect 0 "" ranks 2 "$fullbase" run job.yaml --fresh --quiet
together=$(ranks 2 "$fullbase" digest out/result.h5)
if [[ $alone != "$together" || $(tail -n 1 <<<"$alone") != all\ * ]]; then
  echo "FAILED: digests differ: $alone / $together"
  failures=$((failures + 1))
fi
expect 0 "as it was written" ranks 2 "$fullbase" verify out/result.h5
expect 0 "rows" "$fullbase" export out/result.h5 big big.csv

# A step's other tables have two names: segments/centroids in the file, segments.centroids in a job file. What is no table is not named.
cat >segments.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: data
output: {file: out/segments.h5}
steps:
  rfm: {job: rfm, from: transactions, amount: quantity * price}
  segments: {job: kmeans, from: rfm, k: 2, columns: {frequency: [log1p, standardize]}}
YAML
expect 0 "" "$fullbase" run segments.yaml --quiet
expect 0 "frequency" "$fullbase" head out/segments.h5 segments.centroids
expect 0 "frequency" "$fullbase" head out/segments.h5 segments/centroids
expect 0 "segments/centroids: 2 rows" "$fullbase" info out/segments.h5 segments.centroids
expect 65 "has no table 'segments/centroid'; did you mean 'centroids'?" "$fullbase" head out/segments.h5 segments.centroid
expect 65 "has no table 'nonsense'; there is rfm, segments" "$fullbase" head out/segments.h5 nonsense
expect 65 "has no table 'transaction'; did you mean 'transactions'?" "$fullbase" head data transaction
expect 78 "did you mean" "$fullbase" run job.yaml --set steps.big.form=3
expect 0 '"event":"step_finished"' "$fullbase" run job.yaml --fresh --log-format json

# A flipped byte in the middle is found.
size=$(stat -c %s out/result.h5)
printf '\xff' | dd of=out/result.h5 bs=1 seek=$((size / 2)) conv=notrunc status=none
expect 65 "problem" "$fullbase" verify out/result.h5

# What a shell cannot write to is an error before any work.
[[ $(id -u) -eq 0 ]] || { mkdir locked && chmod 555 locked && expect 74 "locked" "$fullbase" run job.yaml --set output.file=locked/x/y.h5; }
expect 74 "" "$fullbase" run job.yaml --set output.file=/proc/none/out.h5

if [[ $failures -gt 0 ]]; then
  echo "$failures failed"
  exit 1
fi
echo "all passed"
