#!/usr/bin/env bash
# What `submit` says without a Slurm: the scripts to copy are what it prints, mistakes are found before anything is queued, and
# what users give is a word for the shell. And whether last night's output is there.
source "$(dirname "$0")/harness.sh"

generated --store store --customers 500 --lines 5000
export FULLBASE_STORE=$PWD/store FULLBASE_OUTPUT=$PWD/out/nightly.h5
cp -r "$SOURCE_ROOT/configs" .

# --- the script to copy, as slurm/README.md says it is made
command=$(sed -n 's/^fullbase \(submit .* --dry-run\)$/\1/p' "$SOURCE_ROOT/slurm/README.md")
[ "$command" ] || breach "slurm/README.md has no command"
"$FULLBASE" $command >nightly.sbatch 2>errors.log || { cat errors.log; breach "the command of slurm/README.md failed"; }
same "slurm/nightly.sbatch is what submit prints" "" "$(diff "$SOURCE_ROOT/slurm/nightly.sbatch" nightly.sbatch)"
same "bash reads it" "" "$(bash -n nightly.sbatch 2>&1)"
# The commands of the tables for cron are ones that submit takes.
grep -ho 'build/bin/fullbase submit [^>]*' "$SOURCE_ROOT"/slurm/nightly.*cron* | sort -u | while read -r _ command; do
  eval "\"\$FULLBASE\" ${command/ -- / --dry-run -- }" >cron.sbatch 2>errors.log || { cat errors.log; exit 1; }
done || breach "a command in slurm/ is refused"

# --- what the plan fills in
"$FULLBASE" submit configs/nightly.yaml --threads 2 --dry-run >planned.sbatch
same "memory from the plan" 1 "$(grep -cE '^#SBATCH --mem=[1-9][0-9]*M$' planned.sbatch)"
same "time from the plan" 1 "$(grep -cE '^#SBATCH --time=00:15:00$' planned.sbatch)"
"$FULLBASE" submit configs/nightly.yaml --threads 2 --time 20m --dry-run -- --memory 1GiB >given.sbatch
# A rank takes four fifths of its share for data.
contains "memory that the run is given" "#SBATCH --mem=1280M" given.sbatch
contains "a quarter of a short limit as notice" "#SBATCH --signal=TERM@300" given.sbatch
contains "arguments of the run" "run configs/nightly.yaml --memory 1GiB ||" given.sbatch

# --- mistakes, before anything is queued
fails_with "a mistake in the job file" 78 "segmants" "$FULLBASE" submit configs/nightly.yaml --dry-run -- --set steps.segmants.k=3
fails_with "an argument that run does not know" 2 "--nonsense" "$FULLBASE" submit configs/nightly.yaml --dry-run -- --nonsense
fails_with "a notice as long as the limit" 2 "--notice" "$FULLBASE" submit configs/nightly.yaml --time 5m --notice 5m --dry-run
fails_with "a directive of two lines" 2 "control character" "$FULLBASE" submit configs/nightly.yaml --time 5m --dry-run --directive "--qos=a
touch oops"
fails_with "no Slurm" 74 "is Slurm installed here" env PATH=/nowhere "$FULLBASE" submit configs/nightly.yaml --time 5m
fails_with "sbatch refuses" 74 "no partition here" env PATH="$PWD/fake:$PATH" bash -c 'mkdir -p fake; printf "#!/bin/sh\necho no partition here >&2\nexit 1\n" >fake/sbatch; chmod +x fake/sbatch; exec "$@"' - "$FULLBASE" submit configs/nightly.yaml --time 5m

# --- last night's output
fails_with "no output" 65 "there is no such output" "$FULLBASE" info --max-age 26h out/nightly.h5
"$FULLBASE" run configs/nightly.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }
"$FULLBASE" info --max-age 26h out/nightly.h5 >age.log || breach "a fresh output is too old"
contains "a fresh output" "out/nightly.h5: finished" age.log
# Its age is that of the run, not of the file.
touch -d '3 days ago' out/nightly.h5
same "a file with an old time" 0 "$("$FULLBASE" info --max-age 26h out/nightly.h5 >age.log; echo $?)"
sleep 1
fails_with "an old output" 65 "it should be at most" "$FULLBASE" info --max-age 500ms out/nightly.h5
ln -s nightly.h5 out/latest.h5
same "a link to the latest" 0 "$("$FULLBASE" info --max-age 26h out/latest.h5 >age.log; echo $?)"
fails_with "a store" 65 "this is no output" "$FULLBASE" info --max-age 26h store
fails_with "no duration" 2 "26x" "$FULLBASE" info --max-age 26x out/nightly.h5
finish
