#!/usr/bin/env bash
# How good recommendations are: a small shop by hand, ratings of a planted taste against measures from their definitions in numpy, Online
# Retail against pandas, one digest on any ranks, threads and memory, and mistakes, after each of which the old output stands.
# usage: evaluate_recommendations.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export OMP_WAIT_POLICY=passive
kind=${1:-generated}
oracle() { "$FULLBASE_TEST_PYTHON" "$SOURCE_ROOT/tests/system/evaluate_recommendations.py" "$@"; }
# looked_at WHAT ARGUMENTS...: everything that the oracle compares is the same.
looked_at() { compared "$1" evaluate_recommendations.py " values, 0 breaches" check "${@:2}"; }

if [ "$kind" = real ]; then
  need_real_data
  "$FULLBASE_TEST_PYTHON" - "$FULLBASE_REAL_DATA/online_retail.csv.gz" <<'PY'
import sys, pandas
lines = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
lines["Quantity"] = lines["Quantity"].astype(int)
lines = lines[(lines["CustomerID"] != "") & (lines["Quantity"] > 0)]
pairs = lines.groupby(["CustomerID", "StockCode"]).agg(value=("Quantity", "sum"), last=("InvoiceDate", "max")).reset_index()
pairs.columns = ["customer", "item", "value", "last"]
pairs.to_csv("pairs.csv", index=False)
PY
  cat >job.yaml <<YAML
version: 1
store: store
output: {file: out.h5}
import:
  transactions:
    files: "$FULLBASE_REAL_DATA/online_retail.csv.gz"
    columns:
      StockCode:   {as: item, type: category}
      Quantity:    {as: quantity, type: int64, required: true}
      InvoiceDate: {as: time, type: timestamp, required: true}
      CustomerID:  {as: customer, type: category}
steps:
  matrix:  {job: interactions, from: transactions, where: quantity > 0, value: quantity, time: time}
  quality: {job: evaluate_recommendations, from: matrix, hold_out: {last: 1}, methods: {popular: popular}, at: [1, 10, 50]}
YAML
  expected=$(digest_of_run job.yaml 1 1 1GiB --force)
  looked_at "Online Retail" pairs.csv last 1 any out.h5 quality
  same "Online Retail on 3 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 3 2 64MiB --force)"
  finish
  exit
fi

# The latest of ann is c, of bob b, of cid c; dan has one item alone. In training a has 3 customers, b 2, c none.
cat >small.csv <<'CSV'
customer,item,value,last
bob,b,1,2025-01-03
ann,a,2,2025-01-01
cid,c,5,2025-01-04
ann,c,4,2025-01-03
dan,b,1,2025-01-01
ann,b,3,2025-01-02
bob,a,1,2025-01-01
cid,a,1,2025-01-02
CSV
sed 's/cid,c,5/cid,c,-5/' small.csv >negative.csv
(cat small.csv; echo bob,a,2,2025-01-09) >twice.csv
(cat small.csv; echo eve,a,2,) >timeless.csv
cat >small.yaml <<'YAML'
version: 1
store: store
output: {file: small.h5}
import:
  pairs: {files: small.csv, columns: {customer: {type: string}, item: {type: category}, value: {type: int64}, last: {type: date}}}
steps:
  quality: {job: evaluate_recommendations, from: pairs, hold_out: {last: 1}, methods: {popular: popular}, at: [1, 2]}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
table() { "$FULLBASE" export small.h5 "$1" table.csv >/dev/null 2>&1; cat table.csv; }
# Lists: ann has a and b, and nobody has c: nothing is left for her; bob gets b, right; cid gets b, wrong; dan gets a.
same "the small shop" 'method,fold,k,precision,recall,ndcg,map,mrr,hit_rate,coverage,customers
popular,,1,0.333,0.333,0.333,0.333,0.333,0.333,0.667,3
popular,,2,0.167,0.333,0.333,0.333,0.333,0.333,0.667,3' "$(table quality | sed -E 's/(0\.[0-9]{3})[0-9]*/\1/g; s/0\.666/0.667/g; s/0\.166/0.167/g')"
digest=$("$FULLBASE" digest small.h5 | tail -1)
same "customers evaluated" 3 "$(note small.h5 quality notes customers_evaluated)"
same "pairs held out" 3 "$(note small.h5 quality notes pairs_held_out)"
same "pairs" 8 "$(note small.h5 quality notes pairs)"

# By what is written c is like a, which all have, and b like nothing: right for ann and cid, wrong for bob.
printf 'item,term,weight\na,red,1\nb,blue,1\nc,red,0.6\nc,green,0.8\nq,red,1\n' >vectors.csv
sed 's/^steps:/  vectors: {files: vectors.csv, columns: {item: {type: string}, term: {type: category}, weight: {type: float64}}}\n&/
  s/from: pairs/from: {matrix: pairs, vectors: vectors}/; s/{popular: popular}/{words: content}/; s/small.h5/words.h5/' small.yaml >words.yaml
for ranks in 1 3; do
  mpi "$ranks" run words.yaml --quiet --force >run.log 2>&1 || { cat run.log; breach "content on $ranks ranks: failed"; }
  same "the small shop by content on $ranks ranks" 'words,,1,0.667,0.667,0.667,0.667,0.667,0.667,0.333,3
words,,2,0.333,0.667,0.667,0.667,0.667,0.667,0.333,3' "$("$FULLBASE" export words.h5 quality table.csv >/dev/null 2>&1; sed 1d table.csv | sed -E 's/(0\.[0-9]{3})[0-9]*/\1/g; s/0\.666/0.667/g')"
done

mistake "the last without times" 's/, last: {type: date}//' 78 "has no column 'last' that says which pairs are the latest"
mistake "a time that is none" 's/at: /time: value, at: /' 78 "column 'value' is int64 and cannot be the time of a line"
mistake "a time of another name" 's/at: /time: lats, at: /' 78 "did you mean 'last'?"
mistake "nothing held out" 's/last: 1/share: 0/' 78 "more than 0"
mistake "everything held out" 's/last: 1/share: 1/' 78 "less than 1"
mistake "the last none" 's/last: 1/last: 0/' 78 "at least 1"
mistake "one fold" 's/last: 1/folds: 1/' 78 "1 is out of range; allowed: 2 to 100"
mistake "more folds than pairs" 's/last: 1/folds: 9/' 65 "steps.quality.hold_out: 9 folds of 8 pairs"
mistake "another rule" 's/last: 1/fold: 4/' 78 "did you mean 'folds'?"
mistake "no place" 's/at: .1, 2./at: 0/' 78 "steps.quality.at: 0 is out of range"
mistake "no list of places" 's/at: .1, 2./at: []/' 78 "steps.quality.at"
mistake "no method" 's/methods: {popular: popular}/methods: {}/' 78 "steps.quality.methods"
mistake "an unknown method" 's/popular: popular/popular: populra/' 78 "did you mean 'popular'?"
mistake "an unknown option of a method" 's/popular: popular/als: {factorise: {rnak: 2}}/' 78 "did you mean 'rank'?"
mistake "more factors than items" 's/popular: popular/als: {factorise: {rank: 4}}/' 65 "rank 4 for a matrix of 4 customers and 3 items"
mistake "an option of another likeness" 's/popular: popular/alike: {neighbours: {bm25_b: 0.5}}/' 78 'steps.quality.methods.alike.neighbours: `bm25_b` means nothing'
mistake "a value outside the range of a method" 's/popular: popular/alike: {neighbours: {range: {least: 2}}}/' 65 "is less than 2, the least of the range"
mistake "content without vectors" 's/popular: popular/words: content/' 78 "\`content\` needs the vectors of a content step"
mistake "vectors that nothing reads" 's/from: pairs/from: {matrix: pairs, vectors: pairs}/' 78 "no method reads the vectors"
mistake "vectors that are none" 's/from: pairs/from: {matrix: pairs, vectors: pairs}/; s/popular: popular/words: content/' 78 "there is no column 'term'"
mistake "negative confidence" 's/popular: popular/als: {factorise: {rank: 2}}/; s/small.csv/negative.csv/' 65 "pairs.value[2]: the value is no confidence"
mistake "a pair twice" 's/small.csv/twice.csv/' 65 "stood in row"
mistake "a pair without a time" 's/small.csv/timeless.csv/' 65 "pairs.last[8]: there is no time of this pair"
mistake "no pair at all" 's/from: pairs/from: pairs, where: value > 9/' 65 "there is no entry"

# warns WHAT SED_EXPRESSION TEXT: a run that measures nobody says why.
warns() {
  sed "$2; s/small.h5/warned.h5/" small.yaml >changed.yaml
  "$FULLBASE" run changed.yaml --force >run.log 2>&1 || { cat run.log; breach "$1: failed"; }
  contains "$1" "$3" run.log
}
warns "customers of one item each" 's/from: pairs/from: pairs, where: item = "a"/' "step quality: nobody has more pairs than always stay in training"
warns "fewer pairs than are held out" 's/last: 1/last: 3/' "step quality: nobody has more pairs than always stay in training"
warns "nothing relevant" 's/at: /relevant: 6, at: /' "step quality: none of the 3 pairs held out has a value of 6 or more"
same "nobody is measured" 'popular,,1,,,,,,,0.6666666666666666,0' "$("$FULLBASE" export warned.h5 quality table.csv >/dev/null 2>&1; sed -n 2p table.csv)"

# Ratings of a planted taste, against numpy.
oracle make pairs.csv
oracle last pairs.csv 2 training.csv
methods='popular: popular, rated: {factorise: {feedback: explicit, rank: 4, regularisation: 0.1, weighted: true, iterations: 8}}, alike: {neighbours: {range: {least: 1, most: 5}}}, taste: {factorise: {rank: 4, alpha: 5, iterations: 3}}, people: {neighbours: {of: customers, likeness: jaccard, shrinkage: 5}}'
cat >job.yaml <<YAML
version: 1
seed: 3
store: store
output: {file: out.h5}
import:
  pairs: {files: pairs.csv, columns: {customer: {type: string}, item: {type: category}, value: {type: float64}, last: {type: timestamp}}}
steps:
  quality: {job: evaluate_recommendations, from: pairs, hold_out: {last: 2}, relevant: 3.5, at: [3, 10], methods: {$methods}}
YAML
# A step of the same name draws the same numbers: its factors are those that were evaluated.
sed 's/pairs.csv/training.csv/; s/out.h5/fitted.h5/; s/{job: evaluate.*/{job: factorise, from: pairs, feedback: explicit, rank: 4, regularisation: 0.1, weighted: true, iterations: 8}/' job.yaml >fit.yaml
"$FULLBASE" run fit.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the factors of training: failed"; }
expected=$(digest_of_run job.yaml 1 1 1GiB --force)
looked_at "a planted taste" pairs.csv last 2 3.5 out.h5 quality fitted.h5
for case in "2 2 64MiB" "3 1 64MiB" "4 2 1GiB"; do same "digest with $case" "$expected" "$(digest_of_run job.yaml $case --force)"; done

# By share and by folds: the same on any ranks; every pair of those who have several is held out once; folds come before their mean.
sed 's/hold_out: {last: 2}/hold_out: {folds: 3}/; s/iterations: 8/iterations: 2/' job.yaml >folds.yaml
sed 's/hold_out: {last: 2}/hold_out: {share: 0.25}/; s/iterations: 8/iterations: 2/' job.yaml >share.yaml
expected=$(digest_of_run folds.yaml 1 2 1GiB --force)
looked_at "folds" pairs.csv folds 3 3.5 out.h5 quality
same "folds on 3 ranks" "$expected" "$(digest_of_run folds.yaml 3 1 64MiB --force)"
"$FULLBASE_TEST_PYTHON" - <<'PY' >folds.txt
import anndata, h5py, json, pandas
pairs = pandas.read_csv("pairs.csv")
several = pairs[pairs.groupby("customer")["item"].transform("size") > 1]
notes = json.load(open("out.h5.run.json"))["steps"][-1]["notes"]
with h5py.File("out.h5") as file:
    quality, errors = (anndata.io.read_elem(file[table]) for table in ("quality", "quality/errors"))
print("pairs held out in all", notes["pairs_held_out"] == len(several))
print("pairs told in all", errors[errors["fold"].isna()]["pairs"].tolist() == 3 * [len(several)])
print("rows", len(quality) == 5 * 2 * 4 and len(errors) == 3 * 4)
of = quality[(quality["method"] == "rated") & (quality["k"] == 10)]
print("the mean is last", of["fold"].tolist()[:3] == [0, 1, 2] and of["fold"].isna().tolist() == [False] * 3 + [True])
print("the mean", abs(of["ndcg"][:3].mean() - of["ndcg"].iloc[3]) < 1e-15)
PY
same "folds" "pairs held out in all True
pairs told in all True
rows True
the mean is last True
the mean True" "$(cat folds.txt)"
expected=$(digest_of_run share.yaml 1 1 1GiB --force)
looked_at "a share" pairs.csv share 0.25 3.5 out.h5 quality
same "a share on 4 ranks x 2 threads" "$expected" "$(digest_of_run share.yaml 4 2 64MiB --force)"
finish
