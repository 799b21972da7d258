#!/usr/bin/env bash
# Recommendations by factors, neighbours and content: every list against all scores in numpy, the same digest on any ranks, threads and
# memory, and mistakes, after each of which the old output stands as it was.
# usage: recommend.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:-generated}

# lists WHAT STEP OPTIONS: every list of the step in out.h5.
lists() {
  local got=0
  "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/recommend.py" out.h5 "$2" "$3" >values.txt 2>&1 || got=$?
  same "$1: recommend.py" 0 "$got"
  contains "$1: everything was compared" ", 0 breaches" values.txt
}
# run FILE RANKS THREADS MEMORY: the digest.
run() {
  mpi "$2" run "$1" --quiet --threads "$3" --memory "$4" >run.log 2>&1 || { cat run.log; breach "the run on $2 ranks failed"; }
  "$FULLBASE" digest out.h5 | tail -1
}
note() { "$FULLBASE_TEST_PYTHON" -c "import json, sys; print({s['step']: s for s in json.load(open(sys.argv[1] + '.run.json'))['steps']}[sys.argv[2]][sys.argv[3]][sys.argv[4]])" "$@"; }

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
  matrix:
    job: aggregate
    from: transactions
    where: quantity > 0 and customer is not missing
    by: [customer, item]
    measures: {value: count}
  factors: {job: factorise, from: matrix, rank: 16, iterations: 3}
  offers:  {job: recommend, from: {matrix: matrix, customers: factors.customers, items: factors.items}, least_items: 5}
YAML
  expected=$(run job.yaml 1 1 1GiB)
  lists "Online Retail" offers '{"factors": "factors", "least_items": 5}'
  same "customers of Online Retail" 4339 "$(note out.h5 offers notes customers)"
  for how in "1 2 32MiB" "2 2 32MiB" "3 1 1GiB"; do
    same "Online Retail on ranks, threads and memory $how" "$expected" "$(run job.yaml $how)"
  done
  finish
  exit
fi

# Customers c0000 to c2599, every seventh of whom has next to nothing; items 1000, 1007, ...; lists and vectors name some that nobody has.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy
draw = numpy.random.default_rng(7)
customers, items, terms = 2600, 1100, 60
popularity = 0.06 / (1 + numpy.arange(items) / 60) + 0.004
there = draw.random((customers, items)) < popularity
there[::7, 3:] = False
pairs = numpy.argwhere(there)
draw.shuffle(pairs)
with open("ratings.csv", "w") as file:
    file.write("customer,item,value\n")
    for n, (u, i) in enumerate(pairs):
        file.write(f"c{u:04d},{1000 + 7 * i},{'' if n % 1000 == 3 else draw.integers(1, 6)}\n")
with open("base.csv", "w") as file:
    file.write("customer,age\n")
    for u in draw.permutation(2900)[:2000]:
        file.write(f"c{u:04d},{20 + u % 60}\n")
    file.write("a first,40\nzoe the last,41\n")
with open("shelf.csv", "w") as file:
    file.write("item\n999\n")
    for i in draw.permutation(items)[:400]:
        file.write(f"{1000 + 7 * i}\n")
def lists(name, side, rows, call):
    with open(name, "w") as file:
        file.write(f"{side},rank,neighbour,likeness\n")
        for row in range(rows):
            others = draw.permutation(rows)[: row % 12]
            for rank, (other, likeness) in enumerate(zip(others, sorted(numpy.round(draw.random(12), 2) - 0.1)[::-1])):
                file.write(f"{call(row)},{rank + 1},{call(other)},{likeness:.2f}\n")
lists("alike.csv", "item", items + 20, lambda i: 1000 + 7 * i)
lists("friends.csv", "customer", customers + 20, lambda u: f"c{u:04d}")
with open("words.csv", "w") as file:
    file.write("item,term,weight\n")
    for i in range(items + 20):
        chosen = draw.permutation(terms)[: i % 9]
        weights = draw.random(len(chosen)) + 0.1
        for term, weight in zip(chosen, weights / max(numpy.linalg.norm(weights), 1e-9)):
            file.write(f"{1000 + 7 * i},t{term},{weight:.6f}\n")
PY
cat >job.yaml <<'YAML'
version: 1
store: store
seed: 3
output: {file: out.h5}
import:
  ratings:  {files: ratings.csv, columns: {customer: {type: category}, item: {type: int64}, value: {type: float64}}}
  bases:    {files: base.csv, columns: {customer: {type: string}, age: {type: int64}}}
  shelves:  {files: shelf.csv, columns: {item: {type: int64}}}
  likes:    {files: alike.csv, columns: {item: {type: int64}, rank: {type: int64}, neighbour: {type: int64}, likeness: {type: float64}}}
  friends:  {files: friends.csv, columns: {customer: {type: category}, rank: {type: int64}, neighbour: {type: category}, likeness: {type: float64}}}
  contents: {files: words.csv, columns: {item: {type: int64}, term: {type: category}, weight: {type: float64}}}
steps:
  matrix:  {job: select, from: ratings}
  base:    {job: select, from: bases}
  shelf:   {job: select, from: shelves}
  alike:   {job: select, from: likes}
  known:   {job: select, from: friends}
  words:   {job: select, from: contents}
  liked:   {job: factorise, from: matrix, rank: 8, iterations: 2}
  stars:   {job: factorise, from: matrix, where: customer < "c2000", feedback: explicit, rank: 6, iterations: 2}
  likely:       {job: recommend, from: {matrix: matrix, customers: liked.customers, items: liked.items}}
  rated:        {job: recommend, from: {matrix: matrix, customers: stars.customers, items: stars.items, mean: stars, everybody: base, offered: shelf}, top: 25, least_items: 5}
  once_more:    {job: recommend, from: {matrix: matrix, customers: liked.customers, items: liked.items}, again: true, top: 3, cold: none, least_items: 20}
  by_items:     {job: recommend, from: {matrix: matrix, neighbours: alike}}
  by_customers: {job: recommend, from: {matrix: matrix, neighbours: known, everybody: base}, cold: none}
  by_words:     {job: recommend, from: {matrix: matrix, vectors: words, offered: shelf}}
YAML
expected=$(run job.yaml 1 1 1GiB)
lists "factors" likely '{"factors": "liked"}'
lists "ratings, for a base and a shelf" rated '{"factors": "stars", "mean": true, "everybody": "base", "offered": "shelf", "top": 25, "least_items": 5}'
lists "again" once_more '{"factors": "liked", "again": true, "top": 3, "cold": "none", "least_items": 20}'
lists "neighbours of items" by_items '{"neighbours": "alike", "of": "items"}'
lists "neighbours of customers" by_customers '{"neighbours": "known", "of": "customers", "everybody": "base", "cold": "none"}'
lists "content" by_words '{"vectors": "words", "offered": "shelf"}'
same "customers of the base" 2002 "$(note out.h5 rated notes customers)"
same "those with lists of their own, popular ones and none are all" 2002 \
  $(($(note out.h5 rated notes customers_personal) + $(note out.h5 rated notes customers_popular) + $(note out.h5 rated notes customers_without_list)))
same "an item of the shelf that nobody has" 1 "$(note out.h5 rated notes items_offered_that_nobody_has)"
for how in "1 2 32MiB" "2 1 32MiB" "2 2 1GiB" "3 1 1GiB" "3 2 32MiB"; do
  same "lists on ranks, threads and memory $how" "$expected" "$(run job.yaml $how)"
done

# mistake WHAT SED_EXPRESSION CODE TEXT: as users would make it in the job of a small table; those of the data on two ranks.
cat >small.csv <<'CSV'
customer,item,value,place,note
ann,1,5,2011-01-01,much
ann,2,3,2011-01-01,little
bob,1,4,2011-01-01,much
bob,3,1,2011-01-01,none
eve,2,1,2011-01-01,much
CSV
printf 'item,rank,neighbour,likeness\n1,1,2,0.5\n1,2,3,0.25\n2,1,1,0.5\n' >lists.csv
printf 'item,term,weight\n1,red,1\n2,red,0.6\n2,blue,0.8\n' >terms.csv
cat >small.yaml <<'YAML'
version: 1
output: {file: small.h5}
store: store
import:
  pairs: {files: small.csv, columns: {customer: {type: string}, item: {type: int64}, value: {type: float64}, place: {type: date}, note: {type: category}}}
  others: {files: small.csv, columns: {customer: {type: string, as: item}, item: {type: int64, as: customer}, value: {type: float64}}}
  lists: {files: lists.csv, columns: {item: {type: int64}, rank: {type: int64}, neighbour: {type: int64}, likeness: {type: float64}}}
  terms: {files: terms.csv, columns: {item: {type: int64}, term: {type: category}, weight: {type: float64}}}
steps:
  two:    {job: factorise, from: pairs, rank: 2, iterations: 1}
  one:    {job: factorise, from: pairs, rank: 1, iterations: 1}
  stars:  {job: factorise, from: pairs, rank: 2, iterations: 1, feedback: explicit}
  turned: {job: factorise, from: others, rank: 1, iterations: 1}
  offers: {job: recommend, from: {matrix: pairs, customers: two.customers, items: two.items}}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
digest=$("$FULLBASE" digest small.h5 | tail -1)
mistake() {
  sed "$2" small.yaml >changed.yaml
  fails_with "$1" "$3" "$4" $([ "$3" = 78 ] || echo mpirun -n 2) "$FULLBASE" run changed.yaml --quiet
  same "$1: the old output stands" "$digest" "$("$FULLBASE" digest small.h5 | tail -1)"
}
mistake "nothing to recommend by" 's/, customers: two.customers, items: two.items//' 78 "nothing says what anybody may like"
mistake "two ways" 's/items: two.items/items: two.items, neighbours: lists/' 78 "lists are made in one way"
mistake "half the factors" 's/, items: two.items//' 78 "factors of customers without those of items"
mistake "factors of other ranks" 's/items: two.items/items: one.items/' 78 "customers have 2 factors, items 1 factors"
mistake "no factors" 's/items: two.items/items: pairs/' 78 "this is no table of factors"
mistake "factors that the mean is missing for" 's/customers: two.customers, items: two.items/customers: stars.customers, items: stars.items/' 78 "name the factorise step's own table too"
mistake "a mean of nothing" 's/items: two.items/items: two.items, mean: two/' 78 "factors without biases have no mean"
mistake "a mean that is none" 's/customers: two.customers, items: two.items/customers: stars.customers, items: stars.items, mean: two/' 78 "'mean'"
mistake "factors of another kind" 's/items: two.items/items: turned.items/; s/customers: two.customers/customers: one.customers/' 78 "take tables of one base"
mistake "no neighbours" 's/customers: two.customers, items: two.items/neighbours: pairs/' 78 "'likeness'"
mistake "no vectors" 's/customers: two.customers, items: two.items/vectors: lists/' 78 "'term'"
mistake "items that are offered without items" 's/items: two.items/items: two.items, offered: two.customers/' 78 "take tables of one base"
mistake "everybody without a key" 's/items: two.items/items: two.items, everybody: terms/' 78 "there is no column 'customer', and the table has no key"
mistake "no item" 's/items: two.items}/items: two.items}, top: 0/' 78 "1"
mistake "a cold that is unknown" 's/items: two.items}/items: two.items}, cold: populer/' 78 "did you mean 'popular'?"
mistake "a column called as another" 's/items: two.items}/items: two.items}, value: note/' 78 "cannot be the value of a pair"
mistake "no pair" 's/items: two.items}/items: two.items}, where: {matrix: value > 9}/' 65 "there is no entry for a matrix of customers and items"
mistake "factors of nobody" 's/items: two.items}/items: two.items}, where: {customers: entries > 9}/' 65 "the matrix has none of these customers"
mistake "no iteration" 's/customers: two.customers, items: two.items}/customers: stars.customers, items: stars.items, mean: stars}, where: {mean: iteration > 9}/' 65 "there is no mean"
printf '1,3,2,0.1\n' >>lists.csv
mistake "a neighbour twice" 's/customers: two.customers, items: two.items/neighbours: lists/' 65 "the pair of row 3 stood in row 0 already"
finish
