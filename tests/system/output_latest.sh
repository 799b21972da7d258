#!/usr/bin/env bash
# Nights under dated names: the link to the latest never goes back and never points to half a file; older ones go, and nothing else.
source "$(dirname "$0")/harness.sh"

{ echo customer,price; for i in $(seq 0 999); do echo "c$((i % 50)),$((i % 7))"; done; } >lines.csv
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-12-01
timezone: Europe/London
store: store
output: {file: "out/night_{as_of}.h5", latest: out/latest.h5, mode: "0640"}
import:
  lines: {files: lines.csv, columns: {customer: {type: category}, price: {type: int64}}}
steps:
  sales: {job: select, from: lines}
YAML
# run RANKS AS_OF SETTINGS...
run() {
  local ranks=$1 as_of=$2 all=()
  shift 2
  for one in "$@"; do all+=(--set "$one"); done
  mpi "$ranks" run job.yaml --quiet --set as_of="$as_of" "${all[@]}" >run.log 2>&1 || { cat run.log; breach "the night of $as_of failed"; }
}
points_to() { readlink out/latest.h5 2>/dev/null || echo nothing; }

run 1 2011-12-01
same "the link" night_2011-12-01.h5 "$(points_to)"
same "the manifest's link" night_2011-12-01.h5.run.json "$(readlink out/latest.h5.run.json)"
same "rights of both" "640 640" "$(stat -c %a out/night_2011-12-01.h5 out/night_2011-12-01.h5.run.json | xargs)"
"$FULLBASE" verify out/latest.h5 >verify.txt 2>&1 || breach "verify of the link: $(cat verify.txt)"
run 2 2011-12-02T00:30:00+01:00   # 23:30 of the day before in London
same "the day is that of the zone" night_2011-12-01.h5 "$(points_to)"
run 3 2011-12-03
same "the next night" night_2011-12-03.h5 "$(points_to)"
run 2 2011-11-30
same "an older night leaves the link" night_2011-12-03.h5 "$(points_to)"
contains "and says so" "stays where it is: it points to an output as of 2011-12-03" run.log
run 1 2011-12-03
same "the same night again" night_2011-12-03.h5 "$(points_to)"
run 1 2011-12-04 output.latest=links/last.h5
same "a link elsewhere" ../out/night_2011-12-04.h5 "$(readlink links/last.h5)"
"$FULLBASE" digest links/last.h5 >/dev/null || breach "the link elsewhere leads nowhere"

# --- folders that are made let pass whom the mode lets read; those that are there stay as they are
run 2 2011-12-05 output.file=fresh/deep/night.h5 output.latest=fresh/links/last.h5
same "folders made for the group" "710 710 710 640" "$(stat -c %a fresh fresh/deep fresh/links fresh/deep/night.h5 | xargs)"
run 1 2011-12-05 output.file=open/night.h5 output.mode="0644" output.latest=open/last.h5
same "folders made for all" 711 "$(stat -c %a open)"
run 1 2011-12-05 output.file=mine/night.h5 output.mode="0600" output.latest=mine/last.h5
same "folders made for the owner" 700 "$(stat -c %a mine)"
run 1 2011-12-05 output.file=mine/night.h5 output.latest=mine/last.h5
same "a folder that is there" "700 640" "$(stat -c %a mine mine/night.h5 | xargs)"

# --- keep: only nights of this pattern and with our manifest, never what the link points to
touch out/night_2011-01-01.h5 out/night_2011-01-02.h5.run.json
cp out/night_2011-12-01.h5.run.json out/night_copy.h5.run.json
cp out/night_2011-12-01.h5 out/night_copy.h5
run 2 2011-12-05 output.keep=2 output.latest=out/latest.h5
same "two nights are left, and what is not ours" \
  "night_2011-01-01.h5 night_2011-01-02.h5.run.json night_2011-12-04.h5 night_2011-12-05.h5 night_copy.h5 night_copy.h5.run.json" \
  "$(ls out | grep -v -e '^latest' -e '-0[45].h5.run.json$' | xargs)"
same "their manifests" "night_2011-12-04.h5.run.json night_2011-12-05.h5.run.json" "$(cd out && ls night_2011-12*.run.json | xargs)"
run 1 2011-12-02 output.keep=1
same "a night of the past keeps itself and what the link points to" "night_2011-12-02.h5 night_2011-12-05.h5" "$(cd out && ls night_2011-12*.h5 | xargs)"
mv out/night_2011-12-05.h5 kept.h5
run 1 2011-12-06 output.keep=2
same "a manifest whose output is gone counts for no night" "night_2011-12-02.h5 night_2011-12-06.h5" "$(cd out && ls night_2011-12*.h5 | xargs)"
run 1 2011-12-06 output.keep=1
same "the latest alone" "night_2011-12-06.h5" "$(cd out && ls night_2011-12*.h5 | xargs)"

# --- two runs at once, again and again, and a reader between them: always a complete file, never an older night
( for i in $(seq 1 8); do "$FULLBASE" run job.yaml --quiet --set as_of=2012-01-0$i --set store=store_a >>a.log 2>&1 || exit 1; done ) &
first=$!
( for i in $(seq 1 8); do "$FULLBASE" run job.yaml --quiet --set as_of=2012-02-0$i --set store=store_b >>b.log 2>&1 || exit 1; done ) &
second=$!
reads=0 before=""
while kill -0 $first 2>/dev/null || kill -0 $second 2>/dev/null; do
  "$FULLBASE" digest out/latest.h5 >read.txt 2>&1 || { cat read.txt; breach "a reader of the link failed"; break; }
  now=$(points_to)
  [[ ! $now < $before ]] || breach "the link went back from $before to $now"
  before=$now reads=$((reads + 1))
done
wait $first || breach "the first of two runs at once failed: $(cat a.log)"
wait $second || breach "the second of two runs at once failed: $(cat b.log)"
[ $reads -ge 3 ] || breach "only $reads reads between two runs"
same "the later of two" night_2012-02-08.h5 "$(points_to)"
same "no lock or new link is left" "" "$(ls out | grep -E 'lock|new$|work' | xargs)"

# --- what is known before anything is read
rm -rf out2
mistake() { fails_with "$1" 78 "$2" "$FULLBASE" run job.yaml --quiet "${@:3}"; }
mkdir out2 && echo precious >out2/latest.h5
mistake "a file where the link should be" "no symbolic link" --set output.latest=out2/latest.h5 --set output.file=out2/a.h5
same "it stays" precious "$(cat out2/latest.h5)"
same "nothing was made" latest.h5 "$(ls out2)"
mistake "a link of the output's name" "name of the output itself" --set output.latest=out/./night_2011-12-01.h5
mistake "keep without a date" "there are no older ones to keep" --set output.file=out/x.h5 --set output.keep=3
mistake "other braces" "nothing stands for {asof}; only {as_of} is replaced" --set 'output.file=out/x_{asof}.h5'
mistake "an unknown group" "there is no group 'nobodys_group'" --set output.group=nobodys_group
if [ "$(id -u)" = 0 ]; then
  run 2 2013-01-01 output.group=daemon
  same "the group of both" "daemon daemon" "$(stat -c %G out/night_2013-01-01.h5 out/night_2013-01-01.h5.run.json | xargs)"
else
  run 2 2013-01-01 output.group="$(id -gn)"
  same "the group of both" "$(id -gn) $(id -gn)" "$(stat -c %G out/night_2013-01-01.h5 out/night_2013-01-01.h5.run.json | xargs)"
fi
finish
