#!/usr/bin/env bash
# Rows that `where` leaves out cannot fail, rows that it keeps are numbered as in the user's table, and days are those of the job's zone.
source "$(dirname "$0")/harness.sh"

# Row i: x = i, every second one unused; row 12 misses y, the unused row 7 overflows x * x; a customer's one order is on 1 March.
{
  echo use,x,y,segment,bought
  for i in $(seq 0 23); do
    x=$i y=$((i % 5)).5
    if [ "$i" = 12 ]; then y=; fi
    if [ "$i" = 7 ]; then x=5000000000; fi
    echo "$((1 - i % 2)),$x,$y,c$i,2011-03-01"
  done
} >lines.csv
cat >job.yaml <<'YAML'
version: 1
as_of: 2011-04-01
timezone: Europe/London
store: store
output: {file: out/result.h5}
import:
  lines:
    files: lines.csv
    columns: {use: {type: int64}, x: {type: int64}, y: {type: float64}, segment: {type: category}, bought: {type: date}}
steps:
  groups: {job: kmeans, from: lines, where: use = 1, k: 2, columns: {x: [standardize], y: [{impute: mean}]}}
  squares: {job: select, from: lines, where: use = 1, derive: {square: x * x, days: days(as_of - bought)}}
  rfm: {job: rfm, from: squares, customer: x, order: x, time: bought, amount: square}
  direct: {job: rfm, from: lines, where: use = 1, customer: x, order: x, time: bought, amount: x * x}
YAML
for ranks in 1 3; do
  mpi $ranks run job.yaml --fresh --quiet >run.log 2>&1 || { cat run.log; breach "the job on $ranks ranks failed"; continue; }
  for step in groups squares rfm direct; do "$FULLBASE" export out/result.h5 $step $step.csv >/dev/null; done
  same "rows of the source on $ranks ranks" "0 2 4 6 8 10 12 14 16 18 20 22" "$(tail -n +2 groups.csv | cut -d, -f1 | xargs)"
  same "derived squares on $ranks ranks" 12 "$(tail -n +2 squares.csv | wc -l)"
  same "days across the clock change on $ranks ranks" 31 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "days") c = i } NR > 1 { print $c }' squares.csv | sort -u)"
  for step in rfm direct; do
    same "recency of $step on $ranks ranks" 31 "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "recency_days") c = i } NR > 1 { print $c }' $step.csv | sort -u)"
  done
  same "both ways to RFM on $ranks ranks" "$(cat rfm.csv)" "$(cat direct.csv)"
  contains "the manifest counts what was imputed" '"imputed_y": 1' out/result.h5.run.json
  fails_with "a missing value of row 12 on $ranks ranks" 65 "the first is in row 12" mpirun -n $ranks "$FULLBASE" run job.yaml --quiet \
    --set 'steps.groups.columns={y: [standardize]}' --set output.file=out/other.h5
  fails_with "an overflow in a row that is kept on $ranks ranks" 65 "row 7" mpirun -n $ranks "$FULLBASE" run job.yaml --quiet \
    --set 'steps.squares.where=x > 3' --set output.file=out/other.h5
  fails_with "a customer column called like one of the result's on $ranks ranks" 78 "two columns named 'segment'" mpirun -n $ranks "$FULLBASE" run job.yaml \
    --quiet --set steps.direct.customer=segment --set output.file=out/other.h5
done
contains "the place of that mistake" "job.yaml:14:" stderr.txt
finish
