# For tests of faults: a job that works, what it published, and that a fault leaves that as it was. Sourced after harness.sh.
# A run that fails must leave the published output, its manifest and the store byte for byte, and nothing beside them but the work folder, where there is
# something in it for the next run.

# publish_first: a small base in $work/store, a job on it in good.yaml, its output in out/result.h5.
publish_first() {
  generated --store store --customers 3000 --lines 30000 --seed 7
  cat >good.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out/result.h5}
steps:
  rfm: {job: rfm, from: transactions, amount: quantity * price}
  segments:
    job: kmeans
    from: rfm
    k: 4
    columns: {frequency: [log1p, standardize], monetary: [asinh, standardize]}
YAML
  "$FULLBASE" run good.yaml --quiet >first.log 2>&1 || { cat first.log; breach "the good job failed"; }
  keep
}

# listing FOLDER: every file in it with its SHA-256.
listing() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2); }

# outputs: listing of what is published.
outputs() { listing out | grep -v '\.work/' || true; }

# keep: takes down what is published now.
keep() {
  published=$(outputs)
  stored=$(listing store)
  first_digest=$("$FULLBASE" digest out/result.h5)
}

# intact WHAT: the output, its manifest and the store are as `keep` found them, and beside them is what the next run goes on from alone.
intact() {
  same "$1: the output" "$published" "$(outputs)"
  same "$1: what is left for the next run" '' "$(find out/*.work -type f 2>/dev/null | grep -v -e '/steps/[a-z]*\.\(h5\|json\)$' -e '/checkpoints/[a-z]*/[0-9]*\.\(state\|json\)$' || true)"
  same "$1: the store" "$stored" "$(listing store)"
  keep   # one breach is told once
}

# works_again WHAT: the good job runs, publishes the same digest, and leaves nothing else behind.
works_again() {
  mpi 2 run good.yaml --force --quiet >again.log 2>&1 || { cat again.log; breach "$1: the next run failed"; return 0; }
  same "$1: digest of the next run" "$first_digest" "$("$FULLBASE" digest out/result.h5)"
  same "$1: files of the next run" "$(printf 'result.h5\nresult.h5.run.json')" "$(ls -A out)"
  same "$1: the next run's output" 0 "$("$FULLBASE" verify out/result.h5 >verify.log 2>&1; echo $?)"
  keep
}

# says_once WHAT: stderr.txt has one message of ours.
says_once() { same "$1: messages" 1 "$(grep -c '^fullbase: ' stderr.txt || true)"; }

# refused WHAT EXIT_CODE TEXT ARGUMENTS...: the command fails like this alone and on 3 ranks, says so once, and leaves all as it was.
refused() {
  local what=$1 code=$2 text=$3 ranks start
  shift 3
  for ranks in 1 3; do
    start=()
    [ "$ranks" -eq 1 ] || start=(mpirun -n "$ranks")
    fails_with "$what, $ranks ranks" "$code" "$text" "${start[@]}" "$FULLBASE" "$@"
    says_once "$what, $ranks ranks"
    intact "$what, $ranks ranks"
  done
}

# and_says WHAT TEXT...: the last message says these too.
and_says() {
  local what=$1 text
  shift
  for text; do contains "$what" "$text" stderr.txt; done
}
