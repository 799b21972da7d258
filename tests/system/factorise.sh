#!/usr/bin/env bash
# Factors of ratings and of purchases: the normal equations and the objective as numpy has them, the same digest on any ranks, threads and
# memory, and mistakes, after each of which the old output stands as it was.
# usage: factorise.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:-generated}

# equations WHAT STEP OPTIONS: of the step in out.h5 and before.h5.
equations() { compared "$1" factorise.py ", 0 breaches" out.h5 before.h5 "$2" "$3"; }
# an_iteration_less FILE: writes before.h5.
an_iteration_less() {
  sed 's/iterations: 4/iterations: 3/; s/out\.h5/before.h5/' "$1" >before.yaml
  "$FULLBASE" run before.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the run before failed"; }
}

if [ "$kind" = real ]; then
  need_real_data
  cat >job.yaml <<YAML
version: 1
store: store
output: {file: out.h5}
import:
  transactions:
    files: "$FULLBASE_REAL_DATA/online_retail.csv.gz"
    columns:
      StockCode:  {as: item, type: category}
      Quantity:   {as: quantity, type: int64, required: true}
      CustomerID: {as: customer, type: category}
steps:
  matrix: {job: interactions, from: transactions, where: quantity > 0, customer: customer, item: item, value: quantity}
  factors: {job: factorise, from: matrix, rank: 16, alpha: 0.5, iterations: 4}
YAML
  expected=$(digest_of_run job.yaml 1 1 1GiB)
  an_iteration_less job.yaml
  equations "Online Retail" factors '{"rank": 16, "alpha": 0.5}'
  same "its pairs" 266802 "$(note out.h5 factors notes entries)"
  for how in "1 2 32MiB" "2 1 32MiB" "2 2 1GiB" "3 1 1GiB"; do
    same "Online Retail on ranks, threads and memory $how" "$expected" "$(digest_of_run job.yaml $how)"
  done
  finish
  exit
fi

# Half stars, some of them missing; everybody rates item 1000 and customer c0000 everything, more than is added up at a time.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy
draw = numpy.random.default_rng(5)
customers, items = 2600, 1300
taste = draw.normal(size=(customers, 3)) @ draw.normal(size=(3, items)) / 2 + draw.normal(size=(customers, 1)) / 2
stars = numpy.clip(numpy.round(2 * (3 + taste + draw.normal(size=taste.shape) / 3)) / 2, 0.5, 5)
there = draw.random(taste.shape) < 0.012
there[0], there[:, 0] = True, True
pairs = numpy.argwhere(there)
draw.shuffle(pairs)
with open("ratings.csv", "w") as file:
    file.write("customer,item,value,entries\n")
    for n, (u, i) in enumerate(pairs):
        file.write(f"c{u:04d},{1000 + 7 * i},{'' if n % 1000 == 3 else stars[u, i]},{n}\n")
PY
cat >job.yaml <<'YAML'
version: 1
store: store
seed: 3
output: {file: out.h5}
import:
  ratings: {files: ratings.csv, columns: {customer: {type: category}, item: {type: int64}, value: {type: float64}, entries: {type: int64}}}
steps:
  matrix:   {job: select, from: ratings}
  stars:    {job: factorise, from: matrix, feedback: explicit, rank: 8, regularisation: 0.5, range: {least: 0.5, most: 5}, iterations: 4}
  weighted: {job: factorise, from: matrix, feedback: explicit, rank: 5, regularisation: 0.05, weighted: true, biases: false, iterations: 4}
  liked:    {job: factorise, from: matrix, rank: 7, alpha: 2, iterations: 4}
YAML
expected=$(digest_of_run job.yaml 1 1 1GiB)
an_iteration_less job.yaml
equations "ratings with biases" stars '{"feedback": "explicit", "rank": 8, "regularisation": 0.5, "most_difference": 1e-5}'
equations "ratings, weighted" weighted '{"feedback": "explicit", "rank": 5, "regularisation": 0.05, "weighted": true, "biases": false, "most_difference": 1e-5}'
equations "implicit feedback" liked '{"rank": 7, "alpha": 2, "most_difference": 1e-5}'
same "missing ratings are counted" "$(grep -c ',,' ratings.csv)" "$(note out.h5 stars left_out 'customer, item or value missing')"
same "the longest row of a customer" "$(grep -v ',,' ratings.csv | grep -c '^c0000,')" "$(note out.h5 liked notes most_items_of_a_customer)"
for how in "1 2 32MiB" "2 1 32MiB" "2 2 1GiB" "3 1 1GiB" "3 2 32MiB"; do
  same "ratings on ranks, threads and memory $how" "$expected" "$(digest_of_run job.yaml $how)"
done

# --- a second night, on which a tenth of the customers is new: it goes on where the first ended, wherever that ran.
cat >nights.yaml <<'YAML'
version: 1
store: store
seed: 3
output: {file: "${OUT}"}
previous: {file: "${PREVIOUS:-none.h5}"}
steps:
  matrix: {job: select, from: ratings, where: "customer < '${BEFORE}'"}
  stars:  {job: factorise, from: matrix, feedback: explicit, rank: 8, regularisation: 0.5, iterations: "${ITERATIONS}"}
  liked:  {job: factorise, from: matrix, rank: 7, alpha: 2, iterations: "${ITERATIONS}"}
YAML
# night OUT PREVIOUS BEFORE ITERATIONS [ARGUMENTS...]: RANKS of them, 1 unless said.
night() { OUT=$1 PREVIOUS=$2 BEFORE=$3 ITERATIONS=$4 mpi "${RANKS:-1}" run nights.yaml --quiet "${@:5}" >run.log 2>&1 || { cat run.log; breach "the night $1 failed"; }; }
# objective OUT STEP first|last
objective() { "$FULLBASE" export "$1" "$2" rounds.csv >/dev/null 2>&1; if [ "$3" = first ]; then sed -n 2p rounds.csv; else tail -1 rounds.csv; fi | cut -d, -f2; }
no_more() { truths=$((truths + 1)); "$FULLBASE_TEST_PYTHON" -c 'import sys; sys.exit(not float(sys.argv[1]) <= float(sys.argv[2]))' "$2" "$3" || breach "$1: $2 is more than $3"; }
night one.h5 none.h5 c2340 4
same "a first night begins afresh" afresh "$(note one.h5 stars notes start)"
night same.h5 one.h5 c2340 1
for step in stars liked; do no_more "$step: the objective goes on falling" "$(objective same.h5 $step first)" "$(objective one.h5 $step last)"; done
night two.h5 one.h5 c9999 2
same "customers of the night before" 2340 "$(note two.h5 stars notes customers_known_before)"
same "a second night goes on" previous "$(note two.h5 stars notes start)"
night alone.h5 none.h5 c9999 2
for step in stars liked; do no_more "$step: nearer than without the night before" "$(objective two.h5 $step first)" "$(objective alone.h5 $step first)"; done
expected=$("$FULLBASE" digest two.h5)
for ranks in 2 3; do
  RANKS=$ranks night again.h5 one.h5 c9999 2 --threads 2
  same "a second night on $ranks ranks" "$expected" "$("$FULLBASE" digest again.h5)"
done
night anew.h5 one.h5 c9999 2 --set steps.stars.anew=true --set steps.liked.anew=true
same "a night that begins anew" "$("$FULLBASE" digest alone.h5)" "$("$FULLBASE" digest anew.h5)"
export OUT=two.h5 PREVIOUS=one.h5 BEFORE=c9999 ITERATIONS=2
fails_with "another rank than the night before" 78 "the previous output's stars has rank 8 with biases, tonight's has rank 9 with biases; write it as it was, or begin anew for one night with --set steps.stars.anew=true" \
  "$FULLBASE" run nights.yaml --quiet --set steps.stars.rank=9
fails_with "customers of another kind" 78 "the previous output's liked/customers has the key customer (string), tonight's input has item (int64)" \
  "$FULLBASE" run nights.yaml --quiet --set steps.liked.item=customer --set steps.liked.customer=item
unset OUT PREVIOUS BEFORE ITERATIONS

# --- factors that one rank has no room for, and two have: neighbours in number like the same items, so that few rows are needed twice.
"$FULLBASE_TEST_PYTHON" -c 'print("customer,item,value"); print("\n".join(f"{c},{c // 6 + n},{1 + (c + n) % 5}" for c in range(12000) for n in range(3)))' >many.csv
cat >wide.yaml <<'YAML'
version: 1
output: {file: wide.h5}
store: store
import:
  many: {files: many.csv, columns: {customer: {type: int64}, item: {type: int64}, value: {type: float64}}}
steps:
  factors: {job: factorise, from: many, feedback: explicit, rank: 128, biases: false, regularisation: 1, iterations: 1}
YAML
"$FULLBASE" run wide.yaml --quiet --memory 1GiB >run.log 2>&1 || { cat run.log; breach "wide: failed"; }
expected=$("$FULLBASE" digest wide.h5)
fails_with "factors beyond the memory of one rank" 78 "factors of customers and items" "$FULLBASE" run wide.yaml --quiet --force --memory 6MiB
contains "what to do about it" "memory_per_rank" stderr.txt
mpi 2 run wide.yaml --quiet --force --memory 6MiB >run.log 2>&1 || { cat run.log; breach "wide: failed on two ranks"; }
same "factors within the memory of two ranks" "$expected" "$("$FULLBASE" digest wide.h5)"

# --- a fit that is asked to stop does so when its iteration ends, and publishes nothing.
sed 's/iterations: 4/iterations: 100000/; s/out\.h5/never.h5/' job.yaml >endless.yaml
"$FULLBASE" run endless.yaml >endless.log 2>&1 &
for _ in $(seq 200); do grep -q 'stars (factorise)' endless.log && break; sleep 0.1; done
kill -TERM $!
got=0; wait $! || got=$?
same "a fit that is asked to stop: exit code" 75 "$got"
same "nothing is published" no "$([ -e never.h5 ] && echo yes || echo no)"

# mistake WHAT SED_EXPRESSION CODE TEXT: as users would make it in the job of a small table; those of the data on two ranks.
cat >small.csv <<'CSV'
customer,item,value,grade,words
ann,1,5,-2,much
ann,2,3,1,little
bob,1,4,3,much
bob,3,,1,none
eve,2,1,1,much
eve,3,2,1,little
joe,1,1,7,much
CSV
cat >small.yaml <<'YAML'
version: 1
output: {file: small.h5}
store: store
import:
  pairs: {files: small.csv, columns: {customer: {type: string}, item: {type: int64}, value: {type: float64}, grade: {type: int64}, words: {type: category}}}
steps:
  factors: {job: factorise, from: pairs, rank: 2}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
digest=$("$FULLBASE" digest small.h5 | tail -1)
mistake "no pair" 's/rank: 2/rank: 2, where: value > 5/' 65 "there is no entry for a matrix of customers and items"
mistake "no value" 's/rank: 2/rank: 2, where: value is missing/' 65 "there is no entry for a matrix of customers and items"
mistake "a rank above the items" 's/rank: 2/rank: 4/' 65 "rank 4 for a matrix of 4 customers and 3 items; ask for \`rank: 3\` or less"
mistake "a rank above the customers" 's/rank: 2/rank: 3, where: customer < "bz"/' 65 "there are no more customers to tell apart"
mistake "a negative confidence" 's/rank: 2/rank: 2, value: grade/' 65 "pairs.grade[0]: the value is no confidence"
mistake "a confidence of nothing" 's/,3,2,1,little/,3,0,1,little/; s/rank: 2/rank: 2, value: grade, where: grade > 0 or customer == "ann"/' 65 "the value is no confidence"
mistake "a rating above the range" 's/rank: 2/rank: 2, feedback: explicit, value: grade, range: {most: 5}/' 65 "pairs.grade[6]: the value is more than 5, the most of the range"
mistake "a rating below the range" 's/rank: 2/rank: 2, feedback: explicit, range: {least: 2, most: 5}/' 65 "pairs.value[4]: the value is less than 2, the least of the range"
mistake "a range without ends" 's/rank: 2/rank: 2, feedback: explicit, range: {}/' 78 "the range has no end"
mistake "a range upside down" 's/rank: 2/rank: 2, feedback: explicit, range: {least: 5, most: 1}/' 78 "no value lies in the range"
mistake "a value that is text" 's/rank: 2/rank: 2, value: words/' 78 "column 'words' is category and cannot be the value of a pair"
mistake "an unknown column" 's/rank: 2/rank: 2, value: vlaue/' 78 "did you mean 'value'?"
mistake "an item that is none" 's/rank: 2/rank: 2, item: value/' 78 "column 'value' is float64 and names no items"
mistake "a column twice" 's/rank: 2/rank: 2, value: item/' 78 "column 'item' is the item already"
mistake "unknown feedback" 's/rank: 2/rank: 2, feedback: implict/' 78 "did you mean 'implicit'?"
mistake "a rank of none" 's/rank: 2/rank: 0/' 78 "allowed: 1 to 1024"
mistake "no regularisation" 's/rank: 2/rank: 2, regularisation: 0/' 78 "more than 0"
mistake "a negative alpha" 's/rank: 2/rank: 2, alpha: -1/' 78 "more than 0"
mistake "alpha of ratings" 's/rank: 2/rank: 2, feedback: explicit, alpha: 2/' 78 "\`alpha\` means nothing with \`feedback: explicit\`"
mistake "steps of Cholesky's method" 's/rank: 2/rank: 2, solver: cholesky, steps: 9/' 78 "\`steps\` means nothing with \`solver: cholesky\`"
mistake "a range of purchases" 's/rank: 2/rank: 2, range: {most: 5}/' 78 "\`range\` means nothing with \`feedback: implicit\`"
mistake "a key that is called as a factor" 's/customer: {type: string}/customer: {type: string, as: factor_2}/; s/rank: 2/rank: 2, customer: factor_2/' 78 "the table of factors has a column 'factor_2' of its own"
cp small.csv once.csv
printf 'bob,1,2,2,much\n' >>small.csv
mistake "a pair twice" 's/x/x/' 65 "the customer and the item of row 7 stood in row 2 already"
cp once.csv small.csv
finish
