# What every system test shares; sourced. The command under test is $FULLBASE (a path); work happens in a fresh folder that goes at the end.
# A test states truths with `same`, `contains`, `fails_with`; each breach is printed, and `finish` makes the exit code of them.
set -euo pipefail
: "${FULLBASE:?path of the fullbase binary}" "${SOURCE_ROOT:?root of the source tree}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_rmaps_base_oversubscribe=1
# Two ranks on a larger machine would each be bound to a core, and be told so.
export OMPI_MCA_hwloc_base_binding_policy=none
export OMP_NUM_THREADS=1
unset FULLBASE_STORE FULLBASE_OUTPUT

work=$(mktemp -d "${TMPDIR:-/tmp}/fullbase-test.XXXXXX")
# A subshell that is killed right after it was made still has this shell's trap: the folder is not its to remove.
cleanup() { [ "$BASHPID" = "$$" ] || return 0; [ -n "${mounted:-}" ] && umount -l "$mounted" 2>/dev/null; chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
cd "$work"

breaches=0 truths=0
breach() { breaches=$((breaches + 1)); printf 'BREACH: %s\n' "$*"; }
# same WHAT EXPECTED ACTUAL
same() { truths=$((truths + 1)); [ "$2" = "$3" ] || breach "$1: expected '$2', got '$3'"; }
# contains WHAT TEXT FILE
contains() { truths=$((truths + 1)); grep -qF -- "$2" "$3" || { breach "$1: no '$2' in:"; head -20 "$3" | sed 's/^/    /'; }; }

# generated ARGUMENTS...: a base that `generate` makes.
generated() { "$FULLBASE" generate "$@" --quiet >"$work/generate.log" 2>&1 || { cat "$work/generate.log"; breach "generate failed"; }; }

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
sleep_milliseconds() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

# mpi RANKS ARGUMENTS...: the command under mpirun; stdout and stderr as they are.
mpi() { local ranks=$1; shift; mpirun -n "$ranks" "$FULLBASE" "$@"; }

# fails_with WHAT EXIT_CODE TEXT COMMAND...: the command ends within 60 s with this exit code, its stderr says TEXT, and says it once.
fails_with() {
  local what=$1 code=$2 text=$3 got=0
  shift 3
  timeout -k 5 60 "$@" >stdout.txt 2>stderr.txt || got=$?
  same "$what: exit code" "$code" "$got"
  contains "$what: message" "$text" stderr.txt
  local times
  times=$(grep -cF -- "$text" stderr.txt || true)
  [ "$times" -le 1 ] || breach "$what: the message is printed $times times"
}

# What tests of one kind of job share: the job in a file, whose output is out.h5; mistakes in small.yaml, whose output is small.h5.

# digest_of_run FILE RANKS THREADS MEMORY [ARGUMENTS...]
digest_of_run() {
  mpi "$2" run "$1" --fresh --quiet --threads "$3" --memory "$4" "${@:5}" >run.log 2>&1 || { cat run.log; breach "the run on $2 ranks failed"; }
  "$FULLBASE" digest out.h5 | tail -1
}
# note OUTPUT STEP MEMBER KEY: what the manifest says of the step.
note() { "$FULLBASE_TEST_PYTHON" -c "import json, sys; print({s['step']: s for s in json.load(open(sys.argv[1] + '.run.json'))['steps']}[sys.argv[2]][sys.argv[3]][sys.argv[4]])" "$@"; }
# compared WHAT SCRIPT TEXT ARGUMENTS...: the script beside this one finds everything as it should be, and says TEXT of it.
compared() {
  local what=$1 script=$2 text=$3 got=0
  shift 3
  "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/$script" "$@" >values.txt 2>&1 || got=$?
  same "$what: $script" 0 "$got"
  contains "$what: everything was compared" "$text" values.txt
}
# mistake WHAT SED_EXPRESSION CODE TEXT: as users would make it, on two ranks unless the job file alone tells (everywhere=yes: that too);
# then the old output, of digest $digest, stands as it was.
mistake() {
  local launcher=(mpirun -n 2)
  [ "$3" != 78 ] || [ -n "${everywhere:-}" ] || launcher=()
  sed "$2" small.yaml >changed.yaml
  fails_with "$1" "$3" "$4" "${launcher[@]}" "$FULLBASE" run changed.yaml --quiet
  same "$1: the old output stands" "$digest" "$("$FULLBASE" digest small.h5 | tail -1)"
}

# preloaded NAME: the path of a library of tests/faults/, for LD_PRELOAD.
preloaded() { echo "$(dirname "$(dirname "$FULLBASE")")/tests/faults/lib$1.so"; }

# skip WHY: ends the test as skipped, in one line.
skip() { echo "skipped: $*"; exit 77; }
need_real_data() { [ -n "${FULLBASE_REAL_DATA:-}" ] || skip "FULLBASE_REAL_DATA is not set"; }

# partly WHY: a part of the test cannot be done here; the test ends as skipped, unless what was done broke a truth.
untested=''
partly() { untested=$*; echo "not tested: $*"; }

finish() {
  [ "$truths" -gt 0 ] || breach "no truth was stated"
  echo "$truths truths, $breaches breaches"
  [ "$breaches" -eq 0 ] || return 1
  [ -z "$untested" ] || skip "in part: $untested"
}
