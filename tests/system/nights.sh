#!/usr/bin/env bash
# configs/nights.yaml as a user runs it: three nights on a generated base, each with the one before in view; again, in part, after a kill, and with
# outputs gone that it went on from.
source "$(dirname "$0")/harness.sh"

"$FULLBASE" generate --store data/generated --customers 900 --lines 14000 --quiet >/dev/null
job=$SOURCE_ROOT/configs/nights.yaml
file() { echo "out/nights_$1.h5"; }
digest() { "$FULLBASE" digest "$(file "$1")"; }
# night RANKS AS_OF ARGUMENTS...
night() { NIGHT=$2 mpi "$1" run "$job" "${@:3}" >night.log 2>&1 || { cat night.log; breach "the night of $2 failed"; }; }
csv() { "$FULLBASE" export "$1" "$2" table.csv --columns "$3" >/dev/null && tail -n +2 table.csv; }

contains "validate" "nights.yaml: valid, 6 steps" <("$FULLBASE" validate "$job")
fails_with "a day that there is not" 78 "as_of: '2025-13-30' has a field out of range" "$FULLBASE" validate "$job" --set as_of=2025-13-30
same "told once, and nothing that follows from it" 1 "$(wc -l <stderr.txt)"
night 1 2025-12-30
contains "a first night" "there is no previous output out/nights.h5: this run is a first night" night.log
night 3 2025-12-31
contains "the second" "the night before is $work/out/nights_2025-12-30.h5" night.log
night 2 2026-01-01
same "the link" nights_2026-01-01.h5 "$(readlink out/nights.h5)"
for day in 2025-12-30 2025-12-31 2026-01-01; do digest $day >$day.txt; done
same "a row for every customer" 900 "$(csv out/nights.h5 profile customer | sort -u | wc -l)"
same "all segments are the ones of the night before" 4 "$(csv out/nights.h5 segments/matching previous_segment,segment | awk -F, '$1 == $2' | wc -l)"
same "their names" "0,A 1,B 2,C 3,D" "$(csv out/nights.h5 segments/centroids segment,name | xargs)"
same "the model of the first night" 2025-12-30T00:00:00Z "$(csv out/nights.h5 segments/origin as_of)"
same "customers who moved, and who did not" "$(csv out/nights.h5 segments customer | wc -l)" \
  "$(csv out/nights.h5 moved/transitions to,customers | awk -F, '$1 != "gone" { n += $2 } END { print n }')"
[ "$(csv out/nights.h5 drift column | sort -u | wc -l)" = 6 ] || breach "not all columns are compared"
"$FULLBASE" verify out/nights.h5 >verify.txt 2>&1 || breach "verify: $(cat verify.txt)"

# --- a night again goes on from what it went on from, though the link has moved on: the same bits on any ranks
for again in "3 2025-12-31" "1 2026-01-01" "2 2025-12-30"; do
  night ${again% *} "${again#* }" --fresh
  same "the night of ${again#* } again" "$(cat "${again#* }.txt")" "$(digest "${again#* }")"
done
contains "the first night is one again" "$(file 2025-12-30) had none before it: this run is a first night" night.log
same "the link stays" nights_2026-01-01.h5 "$(readlink out/nights.h5)"
night 2 2026-01-01 --from drift
for step in rfm segments profile moved; do contains "--from takes over" "step $step is taken over" night.log; done
same "the same bits" "$(cat 2026-01-01.txt)" "$(digest 2026-01-01)"
night 2 2026-01-01 --only moved
same "--only compares with the night before" "$(grep moved 2026-01-01.txt)" "$("$FULLBASE" digest out/nights_2026-01-01.only.h5 | grep moved)"
night 2 2025-12-15 --set steps.segments.refit=1s
contains "a night before all others" "had none before it: this run is a first night" night.log
rm "$(file 2025-12-15)"*

# --- a rank, and then the launcher, are killed in the middle: old or new, never half, and the night is computed again
for victim in rank launcher; do
  rm -f "$(file 2026-01-01)"*
  for name in out/nights.h5 out/nights.h5.run.json; do ln -sf "nights_2025-12-31.h5${name#out/nights.h5}" $name; done
  NIGHT=2026-01-01 mpirun -n 3 "$FULLBASE" run "$job" >killed.log 2>&1 &
  launcher=$!
  for _ in $(seq 400); do grep -q "segments (kmeans)" killed.log && break; sleep 0.02; done
  ranks=$(pgrep -P $launcher || true)
  if [ $victim = rank ]; then kill -KILL "$(tail -1 <<<"$ranks")" || true; else kill -KILL $launcher; fi
  wait $launcher 2>/dev/null || true
  for _ in $(seq 300); do kill -0 $ranks 2>/dev/null || break; sleep 0.1; done
  # The last moments of so short a run may have passed already: then the link has moved, and never to half an output.
  now=$("$FULLBASE" digest out/nights.h5)
  same "the link after the $victim was killed: the night before or tonight" "$(cat "$(readlink out/nights.h5 | sed 's/nights_//; s/h5$/txt/')")" "$now"
  night 2 2026-01-01
  same "the night after the $victim was killed" "$(cat 2026-01-01.txt)" "$(digest 2026-01-01)"
done
same "nothing is left" "" "$(ls out | grep -E 'lock|new$|work' | xargs)"

# --- what it went on from is gone, or the link's file
mv "$(file 2025-12-31)" away.h5
NIGHT=2026-01-01 "$FULLBASE" run "$job" >night.log 2>&1 || breach "a night of a broken way failed"
contains "a way that is broken" "which is no earlier than this run's as_of; name the output of the night before by --set previous.file=FILE" night.log
mv away.h5 "$(file 2025-12-31)"
night 1 2026-01-01 --set previous.file="$(file 2025-12-31)"
same "named" "$(cat 2026-01-01.txt)" "$(digest 2026-01-01)"
# What cannot be looked at may still be there: another night in its place would be a result that nobody asked for.
mv "$(file 2025-12-31)" away.h5
ln -s "$(basename "$(file 2025-12-31)")" "$(file 2025-12-31)"
fails_with "an earlier night that cannot be looked at" 74 "cannot look for the previous output: Too many levels of symbolic links" \
  env NIGHT=2026-01-01 mpirun -n 2 "$FULLBASE" run "$job" --quiet
rm "$(file 2025-12-31)"
mv away.h5 "$(file 2025-12-31)"
rm "$(file 2026-01-01)"
fails_with "a link to nothing" 65 "out/nights.h5: the link leads to nights_2026-01-01.h5, which is not there; let it lead to the output of the night before" \
  mpirun -n 2 "$FULLBASE" run "$job" --quiet

# --- nights are counted
night 1 2026-01-01 --set previous.file="$(file 2025-12-31)" --set output.keep=2
same "two are kept" "nights_2025-12-31.h5 nights_2026-01-01.h5" "$(cd out && ls nights_*.h5 | grep -v only | xargs)"
finish
