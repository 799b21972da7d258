#!/usr/bin/env bash
# Neighbours and what they predict, by every likeness: as numpy has the definitions and as scikit-surprise has them; the same digest on any
# ranks, threads and memory; and mistakes, after each of which the old output stands as it was.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

# by_definition STEP OPTIONS: of the step in out.h5.
by_definition() { compared "$1" neighbours.py " predictions, 0 breaches" out.h5 "$1" "$2"; }

# Ratings as neighbours.py knows scikit-surprise's answers for; and more of them, in no order, some missing.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy
with open("ratings.csv", "w") as file:
    file.write("customer,item,value\n")
    for u in range(60):
        for i in range(40):
            if (u * 7919 + i * 104729 + u * i * 31) % 97 < 28:
                file.write(f"c{u:03d},{i},{1 + (u * u * 3 + i * 7 + u * i) % 5}\n")
with open("asked.csv", "w") as file:
    file.write("customer,item,why\nc003,6,new\nc017,22,new\nc042,39,new\nc059,0,new\nnobody,3,unknown\nc001,999,unknown\n,3,missing\nc000,0,own\nc003,6,again\n")
draw = numpy.random.default_rng(5)
there = draw.random((2300, 1200)) < 0.006
there[0], there[:, 7] = True, True
pairs = numpy.argwhere(there)
draw.shuffle(pairs)
with open("sales.csv", "w") as file:
    file.write("customer,item,value\n")
    for n, (u, i) in enumerate(pairs):
        file.write(f"c{u:04d},i{i:04d},{'' if n % 1000 == 3 else 1 + draw.poisson(2)}\n")
PY
{
  cat <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  ratings: {files: ratings.csv, columns: {customer: {type: category}, item: {type: int64}, value: {type: float64}}}
  asked:   {files: asked.csv, columns: {customer: {type: string}, item: {type: int64}, why: {type: category}}}
  sales:   {files: sales.csv, columns: {customer: {type: string}, item: {type: category}, value: {type: int64}}}
steps:
  matrix: {job: select, from: ratings}
  bought: {job: select, from: sales}
YAML
  for of in items customers; do
    for likeness in cosine pearson msd; do
      only=$([ $likeness = cosine ] && echo ', common_only: true' || true)
      for means in true false; do
        echo "  ${of}_${likeness}_$means: {job: neighbours, from: {matrix: matrix, pairs: asked}, of: $of, likeness: $likeness, neighbours: 60, least_common: 2, means: $means, range: {least: 1, most: 5}$only}"
      done
    done
    echo "  ${of}_whole: {job: neighbours, from: {matrix: matrix, pairs: asked}, of: $of, neighbours: 60, shrinkage: 3, least_neighbours: 6}"
    echo "  ${of}_jaccard: {job: neighbours, from: matrix, of: $of, likeness: jaccard, neighbours: 4}"
    echo "  ${of}_bm25: {job: neighbours, from: {matrix: matrix, pairs: asked}, of: $of, likeness: bm25, neighbours: 60, bm25_k1: 2, bm25_b: 0.5}"
    echo "  ${of}_bought: {job: neighbours, from: {matrix: bought, pairs: bought}, of: $of, neighbours: 3, least_common: 2}"
  done
} >job.yaml
expected=$(digest_of_run job.yaml 1 1 1GiB)
for of in items customers; do
  for likeness in cosine pearson msd; do
    for means in true false; do
      by_definition "${of}_${likeness}_$means" "{\"of\": \"$of\", \"likeness\": \"$likeness\", \"neighbours\": 60, \"least_common\": 2, \"means\": $means,
        \"range\": {\"least\": 1, \"most\": 5}, \"common_only\": $([ $likeness = cosine ] && echo true || echo false), \"of_surprise\": true}"
    done
  done
  by_definition "${of}_whole" "{\"of\": \"$of\", \"neighbours\": 60, \"shrinkage\": 3, \"least_neighbours\": 6}"
  by_definition "${of}_jaccard" "{\"of\": \"$of\", \"likeness\": \"jaccard\", \"neighbours\": 4}"
  by_definition "${of}_bm25" "{\"of\": \"$of\", \"likeness\": \"bm25\", \"neighbours\": 60, \"bm25_k1\": 2, \"bm25_b\": 0.5}"
done
same "missing values are counted" "$(grep -c ',$' sales.csv)" "$(note out.h5 items_bought left_out 'customer, item or value missing')"
same "pairs that the matrix doesn't know" 3 "$(note out.h5 items_whole notes unknown_pairs)"
for how in "1 2 64MiB" "2 1 64MiB" "2 2 1GiB" "3 1 1GiB" "4 1 64MiB"; do
  same "ranks, threads and memory $how" "$expected" "$(digest_of_run job.yaml $how)"
done

# mistake WHAT SED_EXPRESSION CODE TEXT: as users would make it in the job of a small table; those of the data on two ranks.
printf 'customer,item,value,grade\nann,1,5,-2\nann,2,3,1\nbob,1,4,3\nbob,3,,1\neve,2,1,1\n' >small.csv
printf 'customer,item,number\nann,1,1\nbob,2,2\n' >wanted.csv
cat >small.yaml <<'YAML'
version: 1
output: {file: small.h5}
store: store
import:
  pairs:  {files: small.csv, columns: {customer: {type: string}, item: {type: int64}, value: {type: float64}, grade: {type: int64}}}
  wanted: {files: wanted.csv, columns: {customer: {type: category}, item: {type: int64}, number: {type: int64}}}
steps:
  alike: {job: neighbours, from: {matrix: pairs, pairs: wanted}}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
digest=$("$FULLBASE" digest small.h5 | tail -1)
mistake "no pair" 's/wanted}}/wanted}, where: {matrix: value > 9}}/' 65 "there is no entry for a matrix of customers and items"
mistake "a negative quantity" 's/wanted}}/wanted}, value: grade, likeness: bm25}/' 65 "a value of the matrix is negative, which has no BM25 weight"
mistake "a value out of the range" 's/wanted}}/wanted}, range: {least: 2}}/' 65 "pairs.value[4]: the value is less than 2, the least of the range"
mistake "an unknown likeness" 's/wanted}}/wanted}, likeness: cosinus}/' 78 "did you mean 'cosine'?"
mistake "neither customers nor items" 's/wanted}}/wanted}, of: item}/' 78 "did you mean 'items'?"
mistake "no neighbours" 's/wanted}}/wanted}, neighbours: 0}/' 78 "allowed: 1 to 10000"
mistake "negative shrinkage" 's/wanted}}/wanted}, shrinkage: -1}/' 78 "at least 0"
mistake "nothing in common" 's/wanted}}/wanted}, least_common: 0}/' 78 "at least 1"
mistake "lengths over what both have, of jaccard" 's/wanted}}/wanted}, likeness: jaccard, common_only: true}/' 78 "\`common_only\` means nothing without \`likeness: cosine\`"
mistake "k1 of cosine" 's/wanted}}/wanted}, bm25_k1: 2}/' 78 "\`bm25_k1\` means nothing without \`likeness: bm25\`"
mistake "predictions of nothing" 's/from: .*wanted}}/from: pairs, means: false}/' 78 "steps.alike.means: \`means\` means nothing without pairs to predict"
mistake "an unknown column" 's/wanted}}/wanted}, value: vlaue}/' 78 "did you mean 'value'?"
mistake "pairs without the item" 's/number: {type: int64}/nothing: {type: int64}/; s/item: {type: int64}, nothing/thing: {type: int64}, nothing/' 78 "item"
mistake "pairs of other items" 's/item: {type: int64}, number/item: {type: string}, number/' 78 "'item' of the pairs is string, of the matrix int64"
mistake "a key that is called as a column of the lists" 's/customer: {type: string}, item: {type: int64}/customer: {type: string}, item: {type: int64, as: rank}/; s/wanted}}/wanted}, item: rank}/; s/item: {type: int64}, number/item: {type: int64, as: rank}, number/' 78 "a table that this step writes has a column 'rank' of its own"
cp small.csv once.csv
printf 'bob,1,2,2\n' >>small.csv
mistake "a pair twice" 's/x/x/' 65 "the customer and the item of row 5 stood in row 2 already"
cp once.csv small.csv
finish
