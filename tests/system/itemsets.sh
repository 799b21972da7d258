#!/usr/bin/env bash
# Itemsets as a user runs them: the textbook's five baskets, baskets of every kind against a brute-force search, and mistakes, after
# each of which the old output stands as it was.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

# Tan, Steinbach, Kumar, Introduction to Data Mining, table 6.1; a line lacks its item, one its basket, one stands there twice.
cat >market.csv <<'CSV'
basket,item,price
1,bread,1.5
1,milk,1.1
2,bread,1.5
2,diapers,9
2,beer,2
2,eggs,3
3,milk,1.1
3,diapers,9
3,beer,2
3,cola,2
4,bread,1.5
4,milk,1.1
4,milk,1.1
4,diapers,9
4,beer,2
5,bread,1.5
5,milk,1.1
5,diapers,9
5,cola,2
5,,2
,cola,2
CSV
cat >market.yaml <<'YAML'
version: 1
store: store
output: {file: market.h5}
import:
  lines:
    files: market.csv
    columns:
      basket: {as: basket, type: int64}
      item: {as: item, type: category}
      price: {as: price, type: float64}
steps:
  sets: {job: itemsets, from: lines, basket: basket, support: 0.6}
YAML
note() { "$FULLBASE_TEST_PYTHON" -c "import json, sys; print(json.load(open(sys.argv[1] + '.run.json'))['steps'][-1][sys.argv[2]][sys.argv[3]])" "$@"; }
table() { "$FULLBASE" export "$1" sets sets.csv >/dev/null 2>&1; cat sets.csv; }
"$FULLBASE" run market.yaml --quiet >run.log 2>&1 || { cat run.log; breach "market: failed"; }
same "the textbook's sets" 'items,size,count,support,item,rest
bread,1,4,0.8,bread,
diapers,1,4,0.8,diapers,
"diapers, bread",2,3,0.6,bread,1
milk,1,4,0.8,milk,
"milk, bread",2,3,0.6,bread,3
"milk, diapers",2,3,0.6,diapers,3
beer,1,3,0.6,beer,
"beer, diapers",2,3,0.6,diapers,6' "$(table market.h5)"
same "baskets" 5 "$(note market.h5 notes baskets)"
same "least count" 3 "$(note market.h5 notes least_count)"
same "sets by size" "1: 4, 2: 4" "$(note market.h5 notes sets_by_size)"
same "longest basket" 4 "$(note market.h5 notes longest_basket)"
same "lines without basket" 1 "$(note market.h5 left_out 'basket missing')"
same "lines without item" 1 "$(note market.h5 left_out 'item missing')"
same "repeated items" 1 "$(note market.h5 left_out 'item stood in its basket already')"
digest=$("$FULLBASE" digest market.h5 | tail -1)

# change SED_EXPRESSION: the job with another line of options.
change() { sed "$1" market.yaml >changed.yaml; }
for method in apriori eclat; do
  change "s/support: 0.6/support: 0.6, method: $method/; s/market.h5/$method.h5/"
  mpi 2 run changed.yaml --quiet >run.log 2>&1 || { cat run.log; breach "$method: failed"; }
  same "$method finds the same" "$(table market.h5)" "$(table $method.h5)"
done
change 's/support: 0.6/count: 2, longest: 1, keep: [bread, milk, cola], names: false/; s/market.h5/few.h5/'
mpi 2 run changed.yaml --quiet >run.log 2>&1 || { cat run.log; breach "few: failed"; }
same "items that are kept, one a set" 'size,count,support,item,rest
1,4,0.8,bread,
1,4,0.8,milk,
1,2,0.4,cola,' "$(table few.h5)"
change 's/support: 0.6/support: 0.6, leave_out: milk/; s/market.h5/left.h5/'
mpi 2 run changed.yaml --quiet >run.log 2>&1 || { cat run.log; breach "left: failed"; }
same "sets without an item" 'items,size,count,support,item,rest
bread,1,4,0.8,bread,
diapers,1,4,0.8,diapers,
"diapers, bread",2,3,0.6,bread,1
beer,1,3,0.6,beer,
"beer, diapers",2,3,0.6,diapers,3' "$(table left.h5)"
change 's/support: 0.6/count: 6/; s/market.h5/none.h5/'
mpi 2 run changed.yaml >run.log 2>&1 || { cat run.log; breach "none: failed"; }
contains "no frequent set is said" "no item is in at least 6 of the 5 baskets: the table has no rows" run.log
same "no frequent set is an empty table" 'items,size,count,support,item,rest' "$(table none.h5)"
change 's/support: 0.6/support: 0.6, where: basket > 9/; s/market.h5/none.h5/'
mpi 2 run changed.yaml >run.log 2>&1 || { cat run.log; breach "no basket: failed"; }
contains "no basket is said" "there is no basket: the table has no rows" run.log

# mistake WHAT OPTIONS TEXT: as users would make it, on two ranks.
mistake() {
  change "s/support: 0.6/$2/"
  fails_with "$1" 78 "$3" mpirun -n 2 "$FULLBASE" run changed.yaml --quiet
  same "$1: the old output stands" "$digest" "$("$FULLBASE" digest market.h5 | tail -1)"
}
mistake "support 0" "support: 0" "more than 0"
mistake "support above 1" "support: 1.5" "at most 1"
mistake "support and count" "support: 0.5, count: 3" "'support' and 'count' say the same in two ways"
mistake "neither" "longest: 3" "how often a set has to be bought is missing"
mistake "count 0" "count: 0" "at least 1"
mistake "within without time" "support: 0.5, within: 7d" "'within' needs the time of lines"
mistake "within no duration" "support: 0.5, time: basket, within: soon" "'soon' is no duration"
mistake "time no time" "support: 0.5, time: basket" "cannot be the time of a line"
mistake "an item of floats" "support: 0.5, item: price" "cannot be an item"
mistake "a basket of floats" "support: 0.5, basket: price" "basket"
mistake "an unknown column" "support: 0.5, item: itme" "did you mean 'item'?"
mistake "the item as basket" "support: 0.5, item: basket" "the item cannot be part of what a basket is known by"
mistake "kept and left out" "support: 0.5, keep: [beer, milk], leave_out: milk" "'milk' is kept and left out"
mistake "an unknown item to keep" "support: 0.5, keep: [beer, diaper]" "there is no item 'diaper'"
contains "an unknown item: advice" "did you mean 'diapers'?" stderr.txt
contains "an unknown item: place" "steps.sets.keep[1]" stderr.txt
mistake "an unknown item to leave out" "support: 0.5, leave_out: champagne" "there is no item 'champagne'"

# Baskets by customer, by customer and day, within a week; whole numbers and texts as items; one giant basket; a table too large for its memory.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy, pandas
draw = numpy.random.default_rng(7)
rows = 30000
lines = pandas.DataFrame({
    "customer": draw.integers(1, 1500, rows),
    "item": numpy.minimum(draw.geometric(0.08, rows), 60),
    "time": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(draw.integers(0, 120 * 24, rows), unit="h")})
giant = pandas.DataFrame({"customer": 1500, "item": numpy.arange(1, 2001), "time": pandas.Timestamp("2024-02-01")})
empty = pandas.DataFrame({"customer": numpy.arange(2001, 2041), "time": pandas.Timestamp("2024-03-01")})
lines = pandas.concat([lines, giant, empty]).sample(frac=1, random_state=3)
lines["item"] = lines["item"].astype("Int64")
lines["product"] = "p" + lines["item"].astype("string")
lines["day"] = lines["time"].dt.date
lines["time"] = lines["time"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
lines.to_csv("lines.csv", index=False)
PY
cat >many.yaml <<'YAML'
version: 1
as_of: 2024-04-15
store: many
output: {file: many.h5}
import:
  lines:
    files: lines.csv
    columns:
      customer: {as: customer, type: int64}
      item: {as: item, type: int64}
      product: {as: product, type: category}
      time: {as: time, type: timestamp}
      day: {as: day, type: date}
steps:
  by_customer: {job: itemsets, from: lines, basket: customer, time: time, support: 0.15}
  by_day: {job: itemsets, from: lines, basket: [customer, day], item: product, count: 20, names: false}
  by_week: {job: itemsets, from: lines, basket: customer, time: time, within: 7d, item: product, count: 40, separator: " + "}
  kept: {job: itemsets, from: lines, basket: customer, time: time, count: 2, keep: [1, 2, 3, 4, 5, 6, 7], leave_out: 9}
  few_items: {job: itemsets, from: lines, basket: customer, support: 0.02, where: item <= 12, longest: 4}
YAML
"$FULLBASE" run many.yaml --quiet >run.log 2>&1 || { cat run.log; breach "many: failed"; }
digest=$("$FULLBASE" digest many.h5 | tail -1)
for setting in "2 2 1GiB" "3 1 16MiB" "4 1 1GiB"; do
  read -r ranks threads memory <<<"$setting"
  mpi "$ranks" run many.yaml --fresh --quiet --set output.file=again.h5 --set "resources.threads=$threads" --set "resources.memory_per_rank=$memory" >run.log 2>&1 ||
    { cat run.log; breach "many on $setting: failed"; }
  same "the same on $setting" "$digest" "$("$FULLBASE" digest again.h5 | tail -1)"
done
"$FULLBASE_TEST_PYTHON" >check.txt 2>&1 <<'PY' || breach "$(tail -3 check.txt)"
import collections, itertools, json
import anndata, h5py, pandas

lines = pandas.read_csv("lines.csv", parse_dates=["time"])
early = lines[lines["time"] < pandas.Timestamp("2024-04-15", tz="UTC")]

def frequent(baskets, least, longest=99):
    """Level by level, each candidate counted in every basket."""
    baskets = [frozenset(b) for b in baskets]
    found, level = {}, [frozenset([i]) for i in set().union(*baskets)]
    while level:
        counts = {s: 0 for s in level}
        for basket in baskets:
            for s in level:
                counts[s] += s <= basket
        kept = {s: c for s, c in counts.items() if c >= least}
        found.update(kept)
        size = len(level[0]) + 1
        level = [] if size > longest else list({a | b for a in kept for b in kept if len(a | b) == size
                                                and all(frozenset(p) in kept for p in itertools.combinations(a | b, size - 1))})
    return found

def table(step):
    with h5py.File("many.h5") as file:
        rows = anndata.io.read_elem(file[step])
    sets = []
    for item, rest, size in zip(rows["item"], rows["rest"], rows["size"]):
        sets.append(frozenset([item]) | (frozenset() if pandas.isna(rest) else sets[int(rest)]))
        assert len(sets[-1]) == size
    return rows, dict(zip(sets, rows["count"]))

def windows(group):
    basket, begin = set(), None
    for time, product in sorted(zip(group["time"], group["product"]), key=lambda line: line[0]):
        if begin is None or time - begin >= pandas.Timedelta(days=7):
            if begin is not None:
                yield basket
            basket, begin = set(), time
        if isinstance(product, str):
            basket.add(product)
    yield basket

notes = {s["step"]: s for s in json.load(open("many.h5.run.json"))["steps"]}
baskets = {
    "by_customer": [set(g.dropna()) for _, g in early.groupby("customer")["item"]],
    "by_day": [set(g.dropna()) for _, g in lines.groupby(["customer", "day"])["product"]],
    "kept": [set(g.dropna()) & set(range(1, 8)) for _, g in early.groupby("customer")["item"]],
    "by_week": [b for _, g in early.groupby("customer") for b in windows(g)],
    "few_items": [set(g) for _, g in lines[lines["item"] <= 12].groupby("customer")["item"]]}
least = {"by_customer": -(-len(baskets["by_customer"]) * 15 // 100), "by_day": 20, "by_week": 40, "kept": 2,
         "few_items": -(-len(baskets["few_items"]) * 2 // 100)}
for step, some in baskets.items():
    assert notes[step]["notes"]["baskets"] == len(some), (step, notes[step]["notes"]["baskets"], len(some))
    assert notes[step]["notes"]["least_count"] == least[step], step
    if step != "kept":
        assert notes[step]["notes"]["longest_basket"] == max(map(len, some)), step
        assert notes[step]["notes"]["empty_baskets"] == sum(not b for b in some) == (0 if step == "few_items" else 40), step
    rows, found = table(step)
    right = frequent(some, least[step], 4 if step == "few_items" else 99)
    assert len(rows) == len(right) > 50, (step, len(rows), len(right))
    assert found == right, step
    assert (rows["support"] == rows["count"] / len(some)).all(), step
    assert notes[step]["notes"]["baskets_of_more_than_1000_items"] == (step != "few_items"), step
    assert ("items" in rows) == (step != "by_day"), step
rows, found = table("by_week")
assert all(set(text.split(" + ")) == s for text, s in zip(rows["items"], found)), "names"
PY
truths=$((truths + 1))
finish
