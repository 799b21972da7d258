#!/usr/bin/env bash
# Every command on real files, as a user types it: help, usage errors, what is printed, what verify notices, the JSON Schema.
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/intact.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

publish_first
commands=(run import generate validate plan info head digest verify export doctor schema)

# prints WHAT TEXT COMMAND...: ends with 0, says TEXT on stdout, and nothing of ours on stderr.
prints() {
  local what=$1 text=$2 got=0
  shift 2
  "$@" >stdout.txt 2>stderr.txt || got=$?
  same "$what: exit code" 0 "$got"
  contains "$what" "$text" stdout.txt
  same "$what: stderr" '' "$(grep fullbase: stderr.txt || true)"
}

# --- help and usage
prints "help" "Exit codes" "$FULLBASE" --help
same "its exit codes are the guide's" "$(grep -oP '^\| \K\d+(?= \|)' "$SOURCE_ROOT/docs/guide.md" | xargs)" \
  "$(tr '\n' ' ' <stdout.txt | grep -oP '(?<=[;:] )\d+(?= )' | xargs)"
for command in "${commands[@]}"; do
  contains "help names $command" "  $command " stdout.txt
done
for command in "${commands[@]}"; do
  prints "help of $command" "fullbase $command" "$FULLBASE" "$command" --help
  fails_with "an unknown option of $command" 2 "--nonsense" "$FULLBASE" "$command" --nonsense
done
fails_with "no command" 2 "subcommand" "$FULLBASE"
fails_with "an unknown command" 2 "there is no command 'rum'; did you mean 'run'?" "$FULLBASE" rum
fails_with "an unknown command under mpirun" 2 "there is no command 'rum'; did you mean 'run'?" mpirun -n 3 "$FULLBASE" rum
for command in run import validate plan info head digest verify; do fails_with "$command of nothing" 2 "is required" "$FULLBASE" "$command"; done
fails_with "a wrong override" 78 "steps.segments.kk" "$FULLBASE" validate good.yaml --set steps.segments.kk=3
fails_with "an override without a value" 2 "steps.segments.k" "$FULLBASE" validate good.yaml --set steps.segments.k
fails_with "no threads to run on" 2 "--threads: Value 0 not in range" "$FULLBASE" run good.yaml --threads 0
fails_with "no threads to generate on" 2 "--threads: Value 0 not in range" "$FULLBASE" generate --store made --threads 0
fails_with "too little memory" 2 "--memory: 1KiB is too little; give 1 MiB or more" "$FULLBASE" run good.yaml --memory 1KiB
fails_with "no size" 2 "--memory: 'lots' is no size such as 4GiB" "$FULLBASE" run good.yaml --memory lots
fails_with "a bracket in an override that is not closed" 78 "a bracket is never closed" "$FULLBASE" validate good.yaml --set 'steps.segments.k=[1'
fails_with "steps without an output" 78 "no output" "$FULLBASE" validate good.yaml --set output=null
fails_with "an instruction set that there is not" 2 "FULLBASE_ISA: there is no instruction set 'nonsense'; give baseline, avx2 or avx512" \
  env FULLBASE_ISA=nonsense mpirun -n 3 "$FULLBASE" run good.yaml
fails_with "a wrong number of rows" 2 "--rows: Value many" "$FULLBASE" head out/result.h5 rfm -n many

# --- looking into files; under mpirun one rank speaks
for start in "" "mpirun -n 3"; do
  prints "validate $start" "good.yaml: valid, 2 steps" $start "$FULLBASE" validate good.yaml
  same "validate $start: lines" 1 "$(wc -l <stdout.txt)"
  prints "plan $start" "30,000" $start "$FULLBASE" plan good.yaml
  same "plan $start: a line a step" 1 "$(grep -c '^segments ' stdout.txt)"
  prints "info $start" "rfm: 3,000 rows" $start "$FULLBASE" info out/result.h5
  same "info $start: once" 1 "$(grep -c '^segments: 3,000 rows' stdout.txt)"
  prints "info of a store $start" "transactions: 30,000 rows" $start "$FULLBASE" info store
  prints "head $start" "(4 of 3,000 rows)" $start "$FULLBASE" head out/result.h5 rfm -n 4
  same "head $start: lines" 6 "$(wc -l <stdout.txt)"
  prints "verify $start" "as it was written" $start "$FULLBASE" verify out/result.h5
  prints "verify of a store $start" "as it was written" $start "$FULLBASE" verify store
  prints "digest $start" "all " $start "$FULLBASE" digest out/result.h5
  same "digest $start: the same" "$first_digest" "$(cat stdout.txt)"
done
prints "head of a step's table" "monetary" "$FULLBASE" head out/result.h5 segments.centroids
fails_with "head of no table" 65 "has no table 'rfn'" "$FULLBASE" head out/result.h5 rfn
contains "head of no table: advice" "did you mean 'rfm'?" stderr.txt

# --- digests: a line a table, then the SHA-256 of those lines
for path in out/result.h5 store; do
  "$FULLBASE" digest $path >digest.txt
  same "digest of $path: its form" '' "$(grep -vxE '[a-z_/]+ [0-9a-f]{64}' digest.txt || true)"
  same "digest of $path: its last line" "all $(grep -v '^all ' digest.txt | sha256sum | cut -d' ' -f1)" "$(tail -n 1 digest.txt)"
done
same "tables of the store's digest" "customers transactions all" "$(cut -d' ' -f1 digest.txt | xargs)"
same "the manifest's digests" "$(grep -v '^all ' <<<"$first_digest" | sed 's/ /": "/' | sort)" \
  "$("$FULLBASE_TEST_PYTHON" -c 'import json; [print(f"{t}\": \"{d}") for t, d in sorted(json.load(open("out/result.h5.run.json"))["digests"].items())]' | sort)"

# --- export
prints "export" "rfm.csv: 3,000 rows" "$FULLBASE" export out/result.h5 rfm rfm.csv
same "export: lines" 3001 "$(wc -l <rfm.csv)"
prints "export of some columns" "two.csv: 3,000 rows" "$FULLBASE" export out/result.h5 rfm two.csv --columns frequency,customer
same "export of some columns: its header" "frequency,customer" "$(head -n 1 two.csv)"
same "export of some columns: its values" "$(cut -d, -f1 rfm.csv | tail -n +2 | sha256sum)" "$(cut -d, -f2 two.csv | tail -n +2 | sha256sum)"
fails_with "export of no column" 2 "did you mean 'frequency'?" "$FULLBASE" export out/result.h5 rfm two.csv --columns frequencyy
same "export of no column leaves the file" "frequency,customer" "$(head -n 1 two.csv)"

"$FULLBASE" export out/result.h5 rfm - >output.csv 2>stderr.txt
same "export to standard output" "$(sha256sum <rfm.csv)" "$(sha256sum <output.csv)"
same "export to standard output: no file" no "$([ -e ./- ] && echo yes || echo no)"
contains "export to standard output: what is told" "standard output: 3,000 rows" stderr.txt
fails_with "export to standard output in another format" 2 "standard output takes CSV, not hdf5" "$FULLBASE" export out/result.h5 rfm - --format hdf5
fails_with "export to what takes nothing" 74 "standard output: cannot write" bash -c '"$FULLBASE" export out/result.h5 rfm - >/dev/full'
"$FULLBASE" export out/result.h5 rfm ./- >export.log
same "export to a file of that name" "$(sha256sum <rfm.csv)" "$(sha256sum <./-)"
rm ./-

# --- the schema of job files: accepts those that people copy, refuses mistakes where they are
"$FULLBASE" schema >schema.json
got=0
"$FULLBASE_TEST_PYTHON" - "$SOURCE_ROOT"/configs/*.yaml >schema.txt 2>&1 <<'PY' || got=$?
import copy, json, re, sys
import jsonschema, yaml
schema = json.load(open("schema.json"))
validator_class = jsonschema.validators.validator_for(schema)
validator_class.check_schema(schema)
validator = validator_class(schema)

class Text(yaml.SafeLoader):
    """Dates stay texts, as a job file's reader has them."""
Text.yaml_implicit_resolvers = {k: [r for r in v if "timestamp" not in r[0]] for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}

for path in sys.argv[1:]:
    job = yaml.load(open(path), Text)
    errors = list(validator.iter_errors(job))
    assert not errors, (path, [(list(e.absolute_path), e.message) for e in errors])
    step = next(iter(job["steps"]))
    right = {**job, "steps": {**job["steps"], "again": {"like": step, "as_of": "2011-01-01", "required": False}},
             "checks": {step: [{"rows": {"at_least": 1}}, {"unique": "customer", "severity": "warn"}]}}
    errors = list(validator.iter_errors(right))
    assert not errors, (path, [(list(e.absolute_path), e.message) for e in errors])
    for mistake in ({"as_off": "2026-01-01"}, {"version": 2}, {"seed": "x"}, {"steps": {"rfm": {"job": "rfn", "from": "transactions"}}},
                    {"steps": {"rfm": {"job": "rfm", "from": "transactions", "scors": 5}}}, {"output": {"path": "x"}}, {"checks": {"rfm": {"rowz": {"at_least": 1}}}}, {"steps": {"a": {"like": "rfm", "as_of": []}}}):
        wrong = {**copy.deepcopy(job), **mistake}
        assert not validator.is_valid(wrong), (path, mistake)
print(len(sys.argv) - 1, "job files")
PY
same "job files against the schema" 0 "$got"
[ "$got" -eq 0 ] || sed 's/^/    /' schema.txt

# --- verify notices any byte of an output, and any byte of a store's values
# flip FILE POSITION: the byte there is another one.
flip() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\x$(printf %02x $((byte ^ 0x40)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
mkdir altered
size=$(stat -c %s out/result.h5)
for at in 0 9 600 $((size / 5)) $((size / 3)) $((size / 2)) $((size - 2000)) $((size - 1)); do
  cp out/result.h5 out/result.h5.run.json altered/
  flip altered/result.h5 "$at"
  got=0
  "$FULLBASE" verify altered/result.h5 >verify.txt 2>stderr.txt || got=$?
  same "a byte altered at $at of $size" 65 "$got"
  same "a byte altered at $at of $size: messages" 1 "$(grep -c '^fullbase: ' stderr.txt || true)"
done
cp out/result.h5 out/result.h5.run.json altered/
sed -i 's/"seed": [0-9]*/"seed": 77/' altered/result.h5.run.json
cmp -s out/result.h5.run.json altered/result.h5.run.json && breach "the manifest has no seed to alter"
fails_with "an altered manifest" 65 "run.json" "$FULLBASE" verify altered/result.h5
rm altered/result.h5.run.json
fails_with "no manifest beside" 65 "result.h5.run.json is not there" "$FULLBASE" verify altered/result.h5
part=$(basename store/transactions-*.h5)
for column in quantity price time; do
  rm -rf altered/store; cp -r store altered/store
  at=$("$FULLBASE_TEST_PYTHON" -c "import h5py, sys
d = h5py.File(sys.argv[1])['rows/' + sys.argv[2]]
print((d.id.get_offset() or d.id.get_chunk_info(0).byte_offset) + 8 * 20000 + 1)" "altered/store/$part" $column)
  flip "altered/store/$part" "$at"
  fails_with "an altered byte of $column in the store" 65 "block 19 (rows 19456 to 20479) is damaged" "$FULLBASE" verify altered/store
  contains "an altered byte of $column: where" "$column" stderr.txt
done

# --- the resolved job of a run can be run again, with the same result
cat >every_kind.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out/every.h5}
steps:
  sales: {job: select, from: transactions}
  rfm: {job: rfm, from: sales, amount: quantity * price, where: "item != '$${x'"}
  segments: {job: kmeans, from: rfm, k: 3, columns: {frequency: [log1p]}}
YAML
resolved() { "$FULLBASE_TEST_PYTHON" -c 'import json; print(json.dumps(json.load(open("out/every.h5.run.json"))["job"], indent=1))'; }
"$FULLBASE" run every_kind.yaml --quiet
resolved >resolved.json
every=$("$FULLBASE" digest out/every.h5)
prints "validate a resolved job" "valid, 3 steps" "$FULLBASE" validate resolved.json
"$FULLBASE" run resolved.json --quiet
same "the resolved job of a resolved job" "$(cat resolved.json)" "$(resolved)"
same "the digest of a resolved job" "$every" "$("$FULLBASE" digest out/every.h5)"
rm out/every.h5*

# --- a store's rejects are a table like others, and verify knows parts that were swapped
printf 'who,price\na,1.50\nb,x\nc,2.505\n' >lines.csv
printf 'who,price\nd,\ne,\n' >more.csv
cat >rejects.yaml <<'YAML'
version: 1
store: rejects
output: {file: out/rejects.h5}
import:
  bought: {files: [lines.csv, more.csv], max_rejects: 9, columns: {who: {type: category}, price: {type: decimal(2), required: true}}}
steps:
  refused: {job: select, from: bought.rejects, where: 'starts_with(file, "lines")'}
YAML
same "a job on rejects" "" "$(mpi 2 run rejects.yaml --quiet 2>&1)"
prints "rejects of a store" "bought.rejects: 4 rows" "$FULLBASE" info rejects
"$FULLBASE" export rejects bought.rejects rejects.csv >export.log
same "the rejects" 'file,line,column,reason,text|lines.csv,3,price,not a number,x|lines.csv,4,price,more decimals than the column,2.505|more.csv,2,price,missing value,""|more.csv,3,price,missing value,""|' \
  "$(tr '\n' '|' <rejects.csv)"
prints "rejects as a step's input" "more decimals than the column" "$FULLBASE" head out/rejects.h5 refused
prints "verify of a store with rejects" "bought.rejects " "$FULLBASE" verify rejects
cp -r rejects other; sed -i 's/1.50/1.51/' lines.csv
"$FULLBASE" import rejects.yaml --set store=other --quiet
cp other/bought-3.h5 rejects/bought-1.h5
fails_with "a part of another store" 65 "rejects/bought-1.h5: is not the part that the store's manifest names" "$FULLBASE" verify rejects

# --- what a batch system reads
"$FULLBASE" run good.yaml --log-format json 2>log.txt
same "a JSON log" 0 "$("$FULLBASE_TEST_PYTHON" -c 'import json; [json.loads(line) for line in open("log.txt")]' >json.txt 2>&1; echo $?)"
for arguments in "run good.yaml --set steps.rfm.from=nothing" "run good.yaml --set output.file=/proc/none/out.h5" "run absent.yaml"; do
  for start in "" "mpirun -n 2"; do
    $start "$FULLBASE" $arguments --log-format json 2>log.txt || true
    same "the error of $start $arguments as JSON" failed "$(grep '^{' log.txt | tail -n 1 | "$FULLBASE_TEST_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["event"])' || true)"
    same "the error of $start $arguments as text" 0 "$(grep -c '^fullbase: ' log.txt || true)"
  done
done
# --- threads that wait sleep soon, but where the user has said how they wait; the process stays the same one
shown() { grep -oP "^ *$1 = '\K[^']*" log.txt | tail -1; }
OMP_DISPLAY_ENV=VERBOSE "$FULLBASE" digest out/result.h5 >/dev/null 2>log.txt
same "how long threads turn" 2000 "$(shown GOMP_SPINCOUNT)"
OMP_DISPLAY_ENV=VERBOSE "$FULLBASE" --version >/dev/null 2>log.txt
same "a command that goes over no table is started once" 1 "$(grep -c "GOMP_SPINCOUNT = " log.txt)"
GOMP_SPINCOUNT=77 OMP_DISPLAY_ENV=VERBOSE "$FULLBASE" digest out/result.h5 >/dev/null 2>log.txt
same "how long they turn if the user says so" "77 1" "$(shown GOMP_SPINCOUNT) $(grep -c "GOMP_SPINCOUNT = " log.txt)"
OMP_WAIT_POLICY=active OMP_DISPLAY_ENV=VERBOSE "$FULLBASE" digest out/result.h5 >/dev/null 2>log.txt
same "a policy of the user's" "ACTIVE 1" "$(shown OMP_WAIT_POLICY) $(grep -c "OMP_WAIT_POLICY = " log.txt)"

same "a quiet run" '' "$(mpi 2 run good.yaml --fresh --quiet 2>&1)"
finish
