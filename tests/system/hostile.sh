#!/usr/bin/env bash
# HDF5 files that were made to do harm, or damaged at random: refused with one message, or read; never a crash, never another file.
# usage: hostile.sh MUTANTS
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
mutants=${1:?number of damaged files}
python=("$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/hostile.py")
"${python[@]}" make

# on TABLE: a job that reads it.
on() {
  cat >job.yaml <<YAML
version: 1
output: {file: out/result.h5}
inputs: {theirs: {file: hostile.h5, table: $1}}
steps: {taken: {job: select, from: theirs, where: a >= 0}}
YAML
}
# hostile TABLE TEXT: refused alone and on 2 ranks, with TEXT, by one message that names the file.
hostile() {
  local start
  on "$1"
  for start in "" "mpirun -n 2"; do
    # shellcheck disable=SC2086
    fails_with "$1 ${start:-alone}" 65 "$2" $start "$FULLBASE" run job.yaml --quiet
    contains "$1: the file" "hostile.h5" stderr.txt
    same "$1: messages" 1 "$(grep -c '^fullbase: ' stderr.txt)"
  done
}
on t
same "the table that is as it should be" 0 "$("$FULLBASE" run job.yaml --quiet >run.log 2>&1; echo $?)"
on cycle/t
same "a table within a cycle" 0 "$("$FULLBASE" run job.yaml --quiet >run.log 2>&1; echo $?)"
hostile external_link "'external_link' is an external link, which is not followed"
hostile soft_link "'soft_link' is a soft link, which is not followed"
hostile column_by_link "'b' is an external link, which is not followed"
hostile external_storage "keeps its data in other files"
hostile virtual "is a virtual dataset"
hostile scaleoffset "is packed with filter 6"
hostile lzf "is packed with filter 32000"
hostile huge "claims more values than the file holds"
hostile huge_chunk "claims more values than the file holds"
hostile cycle "holds no columns"
hostile frame "names a column '../t/a'"
fails_with "info of such a file" 65 "external_link" "$FULLBASE" info hostile.h5

# --- names and texts that would move a terminal's cursor: no byte of them reaches it
for arguments in "info escapes.h5" "digest escapes.h5" "verify escapes.h5" "head escapes.h5" "describe escapes.h5" "describe escapes.h5 --format json" \
  "diff escapes.h5 escapes.h5 --key text" "diff good.h5 escapes.h5 --key a"; do
  # shellcheck disable=SC2086
  "$FULLBASE" $arguments >stdout.txt 2>&1 || true
  same "control characters of $arguments" 0 "$(LC_ALL=C grep -c '[^[:print:]]' stdout.txt || true)"
done
"$FULLBASE" info escapes.h5 >stdout.txt
contains "a table's name" '\x1b[31mred: 3 rows' stdout.txt
contains "a column's name" '  a\x1b[2J' stdout.txt
"$FULLBASE" head escapes.h5 >stdout.txt
contains "a column's title" 'a\x1b[2J' stdout.txt
contains "a text of two lines" 'two\x0alines' stdout.txt
same "lines of head" 4 "$(wc -l <stdout.txt)"
"$FULLBASE" digest escapes.h5 >stdout.txt
same "the digest of all" "all $(grep -v '^all ' stdout.txt | sha256sum | cut -d' ' -f1)" "$(tail -n 1 stdout.txt)"

# --- damaged at random: in the old format, whose structures have no checksums; and one of ours, whose texts of attributes have none
"$FULLBASE" run job.yaml --set inputs.theirs.table=t --force --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; }
# Who starts a command may ignore signals of children, which it inherits.
env --ignore-signal=CHLD "$FULLBASE" info good.h5 >stdout.txt 2>stderr.txt || { cat stderr.txt; breach "a file is looked at where SIGCHLD was ignored"; }

crashes=0 refused=0
for number in $(seq "$mutants"); do
  case $((number % 2)) in 0) from=good.h5 ;; 1) from=out/result.h5 ;; esac
  "${python[@]}" mutate $from damaged.h5 "$number"
  for command in "info damaged.h5" "digest damaged.h5" "info --max-age 24h damaged.h5"; do
    code=0
    # shellcheck disable=SC2086
    timeout -k 5 60 "$FULLBASE" $command >stdout.txt 2>stderr.txt || code=$?
    truths=$((truths + 1))
    [ "$code" -eq 0 ] || [ "$code" -eq 65 ] || { breach "mutant $number of $from, $command: exit code $code"; head -3 stderr.txt; }
    [ "$code" -eq 0 ] || refused=$((refused + 1))
    [ "$code" -eq 0 ] || same "mutant $number of $from, $command: messages" 1 "$(grep -c '^fullbase: ' stderr.txt)"
    ! grep -q "makes the HDF5 library crash" stderr.txt || crashes=$((crashes + 1))
  done
done
echo "$((3 * mutants)) readings of damaged files: $refused refused, $crashes of them because HDF5 crashed in the process that looked"
finish
