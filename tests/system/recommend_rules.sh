#!/usr/bin/env bash
# Recommendations by rules and behaviour classes by itemsets: a small shop by hand, a larger one against a look at every rule and every
# set, the same digests on any ranks, threads and memory, and mistakes, after each of which the old output stands as it was.
# usage: recommend_rules.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:-generated}

# looked_at WHAT OUTPUT LINES BY TOP GROUPS: every row of both steps.
looked_at() { compared "$1" recommend_rules.py ", 0 breaches" "${@:2}"; }

if [ "$kind" = real ]; then
  need_real_data
  cat >job.yaml <<YAML
version: 1
as_of: 2011-12-10
store: store
output: {file: out.h5}
import:
  transactions:
    files: "$FULLBASE_REAL_DATA/online_retail.csv.gz"
    columns:
      InvoiceNo:   {as: invoice, type: category, required: true}
      Description: {as: item, type: category}
      Quantity:    {as: quantity, type: int64, required: true}
      CustomerID:  {as: customer, type: category}
steps:
  bought: {job: select, from: transactions, where: quantity > 0}
  sets:   {job: itemsets, from: bought, basket: invoice, item: item, support: 0.01}
  rules:  {job: rules, from: sets, confidence: 0.3}
  offers: {job: recommend_rules, from: {rules: rules, sets: sets, lines: bought}, by: lift}
  habits: {job: itemset_groups, from: {sets: sets, lines: bought}}
YAML
  expected=$(digest_of_run job.yaml 1 1 1GiB)
  "$FULLBASE" export out.h5 bought lines.csv >export.log 2>&1
  looked_at "Online Retail" out.h5 lines.csv lift 5 20
  same "Online Retail on 3 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 3 2 64MiB)"
  finish
  exit
fi

# bread 8 of 10 baskets, butter 6, jam 3; ann lacks jam, bob has everything, dan buys what no set knows, joe's line has no item.
cat >visits.csv <<'CSV'
visit,item
1,bread
1,butter
1,jam
2,bread
2,butter
2,jam
3,bread
3,butter
3,jam
4,bread
4,butter
5,bread
5,butter
6,bread
7,bread
8,bread
9,tea
10,butter
CSV
# {a, b+c} and {a+b, c}: the same words where + stands between items.
printf 'visit,item\n' >commas.csv
for visit in 1 2 3; do printf '%s,%s\n' $visit a $visit b+c $((visit + 3)) a+b $((visit + 3)) c; done >>commas.csv
printf '7,b+c\n8,c\n9,c\n' >>commas.csv
cat >lines.csv <<'CSV'
customer,item,day
eve,bread,2025-01-01
ann,butter,2025-01-02
bob,jam,2025-01-03
ann,bread,2025-01-04
bob,bread,2025-01-05
dan,caviar,2025-01-06
bob,butter,2025-01-07
joe,,2025-01-08
,bread,2025-01-09
zoe,bread,2025-03-01
CSV
cat >small.yaml <<'YAML'
version: 1
as_of: 2025-02-01
store: store
output: {file: small.h5}
import:
  visits: {files: visits.csv, columns: {visit: {type: int64}, item: {type: category}}}
  lines:  {files: lines.csv, columns: {customer: {type: category}, item: {type: string}, day: {type: date}}}
steps:
  sets:   {job: itemsets, from: visits, basket: visit, item: item, count: 3}
  rules:  {job: rules, from: sets, confidence: 0.5}
  offers: {job: recommend_rules, from: {rules: rules, sets: sets, lines: lines}, time: day}
  habits: {job: itemset_groups, from: {sets: sets, lines: lines}, time: day, by: count}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
table() { "$FULLBASE" export small.h5 "$1" "table.csv" >/dev/null 2>&1; cat "table.csv"; }
# Rules: 0 {bread} -> {butter} 5/8, 1 {butter} -> {bread} 5/6, 2 {jam} -> {bread} 1, {jam} -> {butter} 1, ..., {butter bread} -> {jam} 3/5, ...
same "recommendations of the small shop" 'customer,rank,item
ann,1,jam
eve,1,butter' "$(table offers | cut -d, -f1-3)"
same "confidences" '0.6
0.625' "$(table offers | tail -n +2 | cut -d, -f5)"
same "its customers" 'customer,items,fired,recommended
ann,2,5,1
bob,3,10,0
dan,1,0,0
eve,1,1,1
joe,0,0,0' "$(table offers/customers)"
same "its habits" 'customer,group,itemset,size,count
ann,"butter, bread",2,2,5
bob,"butter, bread",2,2,5
dan,otherwise,,,
eve,otherwise,,,
joe,otherwise,,,' "$(table habits)"
same "its groups" 'group,itemset,size,count,customers,share
"butter, bread",2,2,5,2,0.4
"jam, bread",4,2,3,0,0
"jam, butter",5,2,3,0,0
"jam, butter, bread",6,3,3,0,0
otherwise,,,,3,0.6' "$(table habits/groups)"
same "customers served" 2 "$(note small.h5 offers notes customers_with_recommendations)"
same "lines after as_of" 1 "$(note small.h5 offers left_out 'at or after as_of')"
same "lines without customer" 1 "$(note small.h5 habits left_out 'customer missing')"
same "lines without item" 1 "$(note small.h5 offers notes lines_without_item)"
digest=$("$FULLBASE" digest small.h5 | tail -1)

everywhere=yes
mistake "rules that are none" '/offers/s/rules: rules/rules: lines/' 78 "a table without the column 'antecedent_set' is none of rules"
mistake "sets that are none" '/habits/s/sets: sets/sets: visits/' 78 "visits is no table of itemsets"
mistake "sets of other baskets" '/offers/s/sets: sets/sets: others/; s/^steps:/steps:\n  others: {job: itemsets, from: visits, basket: visit, count: 6}/' 65 "this rule is none of the sets"
mistake "sets in part" '/offers/s/}, time/}, where: {sets: count > 3}, time/' 78 "the rules need all sets"
fails_with "sets in part, by validate" 78 "steps.offers.where.sets: the rules need all sets" "$FULLBASE" validate changed.yaml
mistake "an unknown column" '/offers/s/time: day/item: itme/' 78 "did you mean 'item'?"
mistake "an item of other type" '/habits/s/time: day/item: day/' 78 "column 'day' is date and cannot be an item"
mistake "numbers against texts" '/lines: *{files/s/day: {type: date}/day: {as: day, type: date}, customer2: {type: int64}/; s/lines.csv/numbers.csv/; /habits/s/time: day/item: customer2/' 78 "items of other types: 'customer2' of the lines is int64, \`item\` of the sets is category"
mistake "a time that is none" '/offers/s/time: day/time: item/' 78 "cannot be the time of a line"
mistake "no recommendation" '/offers/s/time: day/top: 0/' 78 "at least 1"
mistake "an unknown strength" '/habits/s/by: count/by: confidence/' 78 "confidence"
mistake "two groups of one name" '/visits: *{files/s/visits.csv/commas.csv/; /habits/s/by: count/by: count, separator: "+"/' 78 "two groups are called 'a+b+c'"
mistake "a group called as none" '/habits/s/by: count/by: count, otherwise: "butter, bread"/' 78 "two groups are called 'butter, bread'"
# warns WHAT SED_EXPRESSION TEXT: a run that makes an empty table says why.
warns() {
  sed "$2; s/small.h5/warned.h5/" small.yaml >changed.yaml
  mpirun -n 2 "$FULLBASE" run changed.yaml >run.log 2>&1 || { cat run.log; breach "$1: failed"; }
  contains "$1" "$3" run.log
}
warns "no rule" '/offers/s/}, time/}, where: {rules: lift > 100}, time/' "step offers: there is no rule, so nobody is recommended anything"
warns "no rule fires" '/offers/s/}, time/}, where: {lines: item == "caviar"}, time/' "step offers: no rule recommends anybody"
warns "no line for offers" '/offers/s/}, time/}, where: {lines: item == "gold"}, time/' "step offers: no line takes part"
warns "no group" '/habits/s/}, time/}, where: {sets: count > 100}, time/' "step habits: no set may be a group"
warns "nobody in a group" '/habits/s/}, time/}, where: {lines: item == "caviar"}, time/' "step habits: nobody bought all items of a group"
warns "no line for habits" '/habits/s/}, time/}, where: {lines: item == "gold"}, time/' "step habits: no line takes part"

# A larger shop: customers as numbers and as texts, items coded otherwise than those of the sets, lines in any order, a customer with all.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy
draw = numpy.random.default_rng(11)
names = [f"product {i * 7919 % 1000}" for i in range(60)]
share = 0.35 * 0.93 ** numpy.arange(60)
def baskets(count):
    held = draw.random((count, 60)) < share
    held[:, 1] |= held[:, 0] & (draw.random(count) < 0.6)
    held[:, 7] |= held[:, 2] & held[:, 3] & (draw.random(count) < 0.7)
    return held
with open("past.csv", "w") as file:
    file.write("visit,item\n")
    for visit, held in enumerate(baskets(4000)):
        file.writelines(f"{visit},{names[i]}\n" for i in numpy.flatnonzero(held))
lines = []
held = baskets(12000)
held[17] = True
for customer, row in enumerate(held):
    lines += [f"c{customer * 31 % 12000},{names[i]}" for i in numpy.flatnonzero(row)]
    if customer % 9 == 0:
        lines += [f"c{customer * 31 % 12000},novelty {customer % 5}"] * 2
    if customer % 50 == 0:
        lines += [f"c{customer * 31 % 12000},", f",{names[0]}"]
draw.shuffle(lines)
with open("now.csv", "w") as file:
    file.write("customer,item\n" + "\n".join(lines) + "\n")
PY
cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  past: {files: past.csv, columns: {visit: {type: int64}, item: {type: string}}}
  now:  {files: now.csv, columns: {customer: {type: category}, item: {type: category}}}
steps:
  sets:   {job: itemsets, from: past, basket: visit, support: 0.02}
  rules:  {job: rules, from: sets, confidence: 0.3}
  offers: {job: recommend_rules, from: {rules: rules, sets: sets, lines: now}, by: lift, top: 3}
  habits: {job: itemset_groups, from: {sets: sets, lines: now}, top: 12}
YAML
expected=$(digest_of_run job.yaml 1 1 1GiB)
looked_at "a larger shop" out.h5 now.csv lift 3 12
same "2 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 2 2 1GiB)"
same "3 ranks, little memory" "$expected" "$(digest_of_run job.yaml 3 1 16MiB)"
same "4 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 4 2 16MiB)"
# Rules that a condition leaves are called by their own rows.
sed 's/by: lift, top: 3/top: 3, where: {rules: confidence < 0.7, lines: item != "novelty 1"}/' job.yaml >some.yaml
digest_of_run some.yaml 2 1 1GiB >/dev/null
"$FULLBASE" export out.h5 rules rules.csv >/dev/null 2>&1
"$FULLBASE" export out.h5 offers offers.csv >/dev/null 2>&1
same "rules of the recommendations" "all of them as the rows say" "$("$FULLBASE_TEST_PYTHON" - <<'PY'
import pandas
rules, offers = pandas.read_csv("rules.csv"), pandas.read_csv("offers.csv")
for name in ("confidence", "lift", "support"):
    assert (rules[name][offers["rule"]].values == offers[name].values).all(), name
assert len(offers) > 1000 and offers["confidence"].max() < 0.7 and (rules["confidence"] >= 0.7).any()
print("all of them as the rows say")
PY
)"
finish
