#!/usr/bin/env bash
# Kills at random times in every phase of a night with all kinds of jobs: of a rank, of mpirun, of the supervisor, of all ranks at once. No
# process is left; the published output is the old one or the new one, whole; the next run, on other ranks, gives the bits of an undisturbed
# one, and takes every step and the newest checkpoint that were kept.
# usage: kills.sh [KILLS] [SEED]
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
source "$(dirname "$0")/night.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kills=${1:-10}
RANDOM=${2:-8}

prepare_night
echo "an undisturbed night takes $length ms"

# phase: where the run of killed.log is.
phase() {
  local last
  last=$(grep -oP '^\S+ info (\[\d+/\d+\] \w+ \(\w+\)|\[\d+/\d+\] \w+: |.* steps in )' killed.log | tail -1)
  case $last in
    '') echo begin ;;
    *'(import)') echo import ;;
    *')') echo "${last##*(}" | tr -d ')' ;;
    *' steps in ') echo over ;;
    *'26/26]'*) echo publish ;;
    *) echo between ;;
  esac
}

# broken_off WHO RANKS [SUPERVISOR...]: the night begins and is broken off after a while; what is left is whole, and no process is. Its log is
# killed.log; sets $got to what it ended with, $at and $where to when and in which phase that was.
broken_off() {
  local who=$1 ranks=$2
  shift 2
  marked "$@" mpirun -n "$ranks" "$FULLBASE" run night.yaml --set resources.checkpoint_share=0.5 >stdout.txt 2>killed.log &
  job=$!
  at=$((length * RANDOM / 32768))
  sleep_milliseconds $at
  where=$(phase)
  case $who in
    rank) kill -KILL $(marked_rank $((RANDOM % ranks))) 2>/dev/null || true ;;
    ranks) kill -KILL $(marked_ranks) 2>/dev/null || true ;;
    launcher) kill -KILL $([ $# -eq 0 ] && echo $job || pgrep -P $job) 2>/dev/null || true ;;
    supervisor) kill -KILL $job 2>/dev/null || true ;;
  esac
  got=0
  wait $job 2>/dev/null || got=$?
  none_marked "$what"
  whole "$what"
  done_so_far=$((done_so_far + 1))
  echo "$where" >>phases.txt
}

# go_on RANKS: the next run works, and takes what is there.
go_on() {
  local there before=$found
  local checkpoints
  there=$(recorded) checkpoints=$(newest_checkpoints)
  mpi "$1" run night.yaml >again.log 2>&1 || { cat again.log; breach "$what: the next run failed"; }
  finished "$what"
  [ "$before" = "$new" ] || same "$what: steps that the next run took" "$there" "$(resumed)"
  # No more is lost than what came after the newest checkpoint.
  [ "$before" = "$new" ] || same "$what: checkpoints that it went on from" "$checkpoints" "$(gone_on_from)"
  kept=$((kept + there))
  [ -z "$checkpoints" ] || within=$((within + $(wc -l <<<"$checkpoints")))
}

done_so_far=0 kept=0 within=0 round=0 mended=0
while [ $done_so_far -lt "$kills" ]; do
  round=$((round + 1))
  ranks=$((RANDOM % 3 + 1)) others=$((RANDOM % 3 + 1))
  evening "$([ $((RANDOM % 3)) -eq 0 ] && echo import)"
  kind=$((round % 6))
  what="round $round"
  case $kind in
    0 | 1)   # the supervisor mends it by itself, on fewer ranks
      who=$([ $kind -eq 0 ] && echo rank || echo launcher)
      broken_off $who $((ranks + 1)) "$FULLBASE" supervise --backoff 20ms --fewer-ranks --
      same "$what: the supervisor's exit code" 0 "$got"
      finished "$what"
      if grep -q 'try 2 of 5' killed.log; then mended=$((mended + 1)); fi
      ;;
    2) who=supervisor; broken_off $who $ranks "$FULLBASE" supervise --backoff 20ms --; go_on $others ;;
    3) who=rank; broken_off $who $ranks; go_on $others ;;
    4) who=launcher; broken_off $who $ranks; go_on $others ;;
    5)       # killed, gone on from, killed again
      who=ranks; broken_off $who $ranks
      broken_off launcher $others
      go_on $ranks
      ;;
  esac
  echo "round $round: $who of $ranks ranks killed after $at ms, in $where; then $others ranks"
done
echo "$done_so_far kills; steps that were kept: $kept; checkpoints within steps: $within; nights that the supervisor has mended: $mended"
echo "phases: $(sort phases.txt | uniq -c | sort -rn | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $2, $1 }')"
finish
