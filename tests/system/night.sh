# A night with every kind of job, for tests that break it off: its files, the output of the night before, and an old output in its place.
# Sourced after harness.sh and processes.sh.

# prepare_night: night.yaml, its files, before.h5; old/ with the output that stands there before each run, of another seed; $old and $new, the
# digests of that one and of an undisturbed run; $length, milliseconds of such a run on 2 ranks.
prepare_night() {
  cp "$SOURCE_ROOT/tests/system/every_kind.yaml" night.yaml
  same "kinds of jobs in the night" "$("$FULLBASE" schema | grep -oP '"const": *"\K\w+' | sort -u | xargs)" "$(grep -oP 'job: \K\w+' night.yaml | sort -u | xargs)"
  generated --store base --customers 1000 --lines 16000 --items 80 --seed 7
  "$FULLBASE" export base customers customers.csv >export.log 2>&1
  "$FULLBASE" export base transactions lines.csv >export.log 2>&1
  { head -1 lines.csv; tail -n +9001 lines.csv; } >transactions_2.csv
  head -9000 lines.csv >transactions_1.csv
  rm -rf base lines.csv
  undisturbed --set output.file=before.h5 --set seed=41
  undisturbed --set seed=41
  old=$(digest_of_output)
  mv out old
  rm -rf store
  local begun
  begun=$(milliseconds)
  undisturbed
  length=$(($(milliseconds) - begun))
  new=$(digest_of_output)
  [ "$old" != "$new" ] || breach "the old output and the new one are alike"
}

undisturbed() { mpi 2 run night.yaml --quiet "$@" >run.log 2>&1 || { cat run.log; breach "the night failed: $*"; }; }
digest_of_output() { "$FULLBASE" digest out/result.h5 2>&1 | tail -1; }

# evening [MORE]: as before a run: the old output, nothing beside it; with MORE=import nothing imported either.
evening() {
  rm -rf out
  cp -a old out
  [ "${1:-}" != import ] || rm -rf store
}

# whole WHAT: the output is the old one or the new one, and complete; sets $found to its digest.
whole() {
  found=$(digest_of_output)
  truths=$((truths + 1))
  [ "$found" = "$old" ] || [ "$found" = "$new" ] || breach "$1: the output is neither the old one nor the new one: $found"
  verified "$1"
}
# recorded: how many finished steps the work folder has.
recorded() {
  local record count=0
  for record in out/result.h5.work/steps/*.json; do [ -e "${record%.json}.h5" ] && count=$((count + 1)); done
  echo $count
}
# resumed: how many steps the last run has taken from a run before.
resumed() { "$FULLBASE_TEST_PYTHON" -c "import json; print(sum(s['resumed'] for s in json.load(open('out/result.h5.run.json'))['steps']))"; }
# newest_checkpoints: "STEP GENERATION" for each step that has checkpoints and is not finished.
newest_checkpoints() {
  local folder newest step
  for folder in out/result.h5.work/checkpoints/*/; do
    [ -d "$folder" ] || continue
    step=$(basename "$folder")
    [ ! -e "out/result.h5.work/steps/$step.json" ] || continue
    newest=$(ls "$folder" | sed -n 's/^\([0-9]*\)\.json$/\1/p' | sort -n | tail -1)
    [ -z "$newest" ] || echo "$step $newest"
  done
}
# gone_on_from: of steps that went on from a checkpoint, which one, as above.
gone_on_from() { "$FULLBASE_TEST_PYTHON" -c "
import json
for step in sorted(json.load(open('out/result.h5.run.json'))['steps'], key=lambda step: step['step']):
    if step['gone_on_from']: print(step['step'], step['gone_on_from'])"; }
# finished WHAT: the new output stands there whole, and nothing beside it.
finished() {
  same "$1: digest" "$new" "$(digest_of_output)"
  whole "$1"
  same "$1: files" "$(printf 'result.h5\nresult.h5.run.json')" "$(ls -A out)"
}
