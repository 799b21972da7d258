#!/usr/bin/env bash
# Items by their texts: a small shop with Chinese names and a larger one against scikit-learn, the same digests on any ranks, threads
# and memory, and mistakes, after each of which the old output stands as it was.
# usage: content.sh generated|real
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
kind=${1:-generated}

# looked_at WHAT OUTPUT STEP ITEMS OPTIONS [PAIRS]: every table of the step.
looked_at() { compared "$1" content.py ", 0 breaches" "${@:2}"; }

if [ "$kind" = real ]; then
  need_real_data
  cat >job.yaml <<YAML
version: 1
store: store
output: {file: out.h5}
import:
  questions: {files: "$FULLBASE_REAL_DATA/banking77_test.csv", columns: {text: {type: string}, category: {type: category}}}
steps:
  questions_alike: {job: content, from: {items: questions}, item: text, texts: text, words: {stop_words: [the, a, to, i, my]}, n_grams: {least: 3, most: 4}, least_items: 2, sublinear: true}
  topics_alike:    {job: content, from: {items: questions}, item: category, texts: text, words: {most: 2}, neighbours: 5}
YAML
  expected=$(digest_of_run job.yaml 1 1 1GiB)
  looked_at "questions" out.h5 questions_alike "$FULLBASE_REAL_DATA/banking77_test.csv" '{"item": "text", "texts": ["text"], "words": {"stop_words": ["the", "a", "to", "i", "my"]}, "n_grams": {"least": 3, "most": 4}, "least_items": 2, "sublinear": true}'
  looked_at "topics" out.h5 topics_alike "$FULLBASE_REAL_DATA/banking77_test.csv" '{"item": "category", "texts": ["text"], "words": {"most": 2}, "neighbours": 5}'
  same "topics" 77 "$(note out.h5 topics_alike notes items)"
  "$FULLBASE" export out.h5 topics_alike topics.csv >/dev/null 2>&1
  contains "what is alike to lost or stolen cards" "compromised_card" <(grep '^lost_or_stolen_card,' topics.csv)
  same "banking77 on 3 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 3 2 128MiB)"
  finish
  exit
fi

# Four teas, two of them in Chinese; a cup that shares a word with one; a pot whose text is missing, a pan whose text has no word.
cat >products.csv <<'CSV'
code,name,text
T1,Green TEA,loose leaf tea
T2,ＢＬＡＣＫ tea,"loose leaf; TEA, tea"
T3,龙井绿茶,明前龙井茶叶
T4,碧螺春绿茶,江苏绿茶
C1,cup,for one leaf
P1,,
P2,"--",!
T1,Green TEA,loose leaf tea
,lost,label
CSV
cat >pairs.csv <<'CSV'
customer,item,value
ann,T1,2
ann,C1,1
bob,T3,1
bob,T4,3
cy,P1,5
dan,gone,1
,T1,1
CSV
cat >small.yaml <<'YAML'
version: 1
store: store
output: {file: small.h5}
import:
  products: {files: products.csv, columns: {code: {type: category}, name: {type: string}, text: {type: string}}}
  pairs:    {files: pairs.csv, columns: {customer: {type: category}, item: {type: category}, value: {type: float64}}}
steps:
  words: {job: content, from: {items: products, matrix: pairs}, item: code, texts: [name, text], neighbours: 3}
  parts: {job: content, from: {items: products, matrix: pairs}, item: code, texts: [name, text], n_grams: {least: 1, most: 2, across_words: true}, neighbours: 3, top_terms: 2}
YAML
"$FULLBASE" run small.yaml --quiet >run.log 2>&1 || { cat run.log; breach "small: failed"; }
table() { "$FULLBASE" export small.h5 "$1" "table.csv" >/dev/null 2>&1; cat "table.csv"; }
looked_at "words of the small shop" small.h5 words products.csv '{"item": "code", "texts": ["name", "text"], "neighbours": 3}' pairs.csv
looked_at "parts of the small shop" small.h5 parts products.csv '{"item": "code", "texts": ["name", "text"], "n_grams": {"least": 1, "most": 2, "across_words": true}, "neighbours": 3, "top_terms": 2}' pairs.csv
same "neighbours by words: no spaces, nothing in common" 'C1,1,T1
C1,2,T2
T1,1,T2
T1,2,C1
T2,1,T1
T2,2,C1' "$(table words | tail -n +2 | cut -d, -f1-3)"
same "neighbours by characters" 'T3,1,T4
T4,1,T3' "$(table parts | grep '^T[34],1' | cut -d, -f1-3)"
same "what ann likes most" 'ann,1,tea' "$(table words/profiles | grep '^ann,1' | cut -d, -f1-3)"
same "who has a profile" 'ann bob' "$(table words/profiles | tail -n +2 | cut -d, -f1 | uniq | xargs)"
same "items" 7 "$(note small.h5 words notes items)"
same "items without text" 1 "$(note small.h5 words notes items_without_text)"
same "items without terms" 2 "$(note small.h5 words notes items_without_terms)"
same "items without neighbours" 4 "$(note small.h5 words notes items_without_neighbours)"
same "customers without profile" 2 "$(note small.h5 words notes customers_without_profile)"
same "rows without item" 1 "$(note small.h5 words left_out 'item missing')"
same "pairs without customer" 1 "$(note small.h5 words left_out 'customer, item or value missing')"
digest=$("$FULLBASE" digest small.h5 | tail -1)

mistake "no texts named" '/^  words:/s/texts: \[name, text\], //' 78 "texts"
mistake "an unknown column" '/^  words:/s/name, text/nmae/' 78 "did you mean 'name'?"
mistake "texts that are numbers" '/^  words:/s/items: products/items: pairs/; /^  words:/s/code, texts: \[name, text\]/item, texts: value/' 78 "column 'value' is float64 and has no texts"
mistake "an item that is none" '/^  words:/s/items: products/items: pairs/; /^  words:/s/code, texts: \[name, text\]/value, texts: item/' 78 "column 'value' is float64 and names no items"
printf 'customer,item,value\n1,1,1\n' >numbers.csv
mistake "numbers against texts" '/^  words:/s/matrix: pairs/matrix: numbers/; s/^steps:/  numbers: {files: numbers.csv, columns: {customer: {type: int64}, item: {type: int64}, value: {type: int64}}}\n&/' 78 "items of other types: 'code' of the items is category, 'item' of the matrix is int64"
mistake "more than most" '/^  parts:/s/least: 1, most: 2/least: 3, most: 2/' 78 "'most' is less than 'least'"
mistake "a stop word of two" '/^  words:/s/neighbours: 3/words: {stop_words: [of, t-light]}/' 78 "'t-light' is not one word"
mistake "no neighbours" '/^  words:/s/neighbours: 3/neighbours: 0/' 78 "at least 1"
mistake "a profile without a matrix" '/^  words:/s/, matrix: pairs}/}/; /^  words:/s/neighbours: 3/top_terms: 3/' 78 "\`top_terms\` means nothing without a matrix"
mistake "a column of the matrix" '/^  words:/s/neighbours: 3/pairs: {value: vlaue}/' 78 "did you mean 'value'?"
mistake "nothing is left" '/^  words:/s/neighbours: 3/least_items: 6/' 65 "none of 12 terms is in at least 6 and at most 7 of 7 texts"
mistake "no word anywhere" '/^  words:/s/matrix: pairs}/matrix: pairs}, where: {items: code == "P2"}/' 65 "no text has a term"
mistake "no item" '/^  words:/s/matrix: pairs}/matrix: pairs}, where: {items: code == "X"}/' 65 "there is no item"
mistake "two columns of a name" '/^  parts:/s/items: products/items: renamed/; /^  parts:/s/code, texts: \[name/rank, texts: [name/; s/^steps:/&\n  renamed: {job: select, from: products, derive: {rank: code}}/' 78 "the result would have two columns 'rank'"
# A text that is not UTF-8, in a file that others made.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import h5py, numpy
with h5py.File("foreign.h5", "w") as file:
    file["t/code"] = numpy.array([1, 2, 3])
    file["t/name"] = numpy.array([b"tea", b"caf\xe9", b"pot"], dtype="S8")
PY
cat >foreign.yaml <<'YAML'
version: 1
output: {file: small.h5}
inputs: {foreign: {file: foreign.h5, table: t}}
steps:
  words: {job: content, from: {items: foreign}, item: code, texts: name}
YAML
fails_with "a text that is not UTF-8" 65 "not UTF-8" mpirun -n 2 "$FULLBASE" run foreign.yaml --quiet
contains "its place" "name" stderr.txt
contains "its row" "[1]" stderr.txt
same "the old output stands" "$digest" "$("$FULLBASE" digest small.h5 | tail -1)"

# A larger shop: names in two scripts, several rows an item, codes that are numbers, more customers than a group of rows.
"$FULLBASE_TEST_PYTHON" - <<'PY'
import numpy
draw = numpy.random.default_rng(5)
english = ["".join(draw.choice(list("abcdefghijklmno"), draw.integers(2, 8))) for _ in range(400)]
chinese = [chr(0x4E00 + i * 37) for i in range(300)]
popular = 1 / (1 + numpy.arange(400))
with open("shop.csv", "w", encoding="utf-8") as file:
    file.write("code,name,text\n")
    for row in range(3000):
        code = int(draw.integers(0, 2600)) * 7
        words = [english[i] for i in draw.choice(400, draw.integers(0, 6), p=popular / popular.sum())]
        words += ["".join(chinese[i] for i in draw.choice(300, draw.integers(1, 7), p=popular[:300] / popular[:300].sum()))]
        draw.shuffle(words)
        cut = draw.integers(0, len(words) + 1)
        file.write(f"{code},{' '.join(words[:cut]).upper() if row % 3 else ''},{', '.join(words[cut:]).replace(',', ';')}\n")
with open("sold.csv", "w") as file:
    file.write("customer,item,value\n")
    for customer in range(1500):
        for code in sorted(set(draw.integers(0, 2700, draw.integers(1, 9)) * 7)):
            file.write(f"{customer * 13},{code},{int(draw.integers(1, 9)) / 2}\n")
PY
cat >job.yaml <<'YAML'
version: 1
store: store
output: {file: out.h5}
import:
  shop: {files: shop.csv, columns: {code: {type: int64}, name: {type: string}, text: {type: string}}}
  sold: {files: sold.csv, columns: {customer: {type: int64}, item: {type: int64}, value: {type: float64}}}
steps:
  words: {job: content, from: {items: shop, matrix: sold}, item: code, texts: [name, text], words: {most: 2, least_characters: 3}, least_items: 2, most_share: 0.2, sublinear: true, top_terms: 5}
  parts: {job: content, from: {items: shop}, item: code, texts: [name, text], words: {}, n_grams: {least: 2, most: 3}, neighbours: 10, least_common: 2}
YAML
expected=$(digest_of_run job.yaml 1 1 1GiB)
looked_at "words of a larger shop" out.h5 words shop.csv '{"whole_numbers": true, "item": "code", "texts": ["name", "text"], "words": {"most": 2, "least_characters": 3}, "least_items": 2, "most_share": 0.2, "sublinear": true, "top_terms": 5}' sold.csv
looked_at "parts of a larger shop" out.h5 parts shop.csv '{"whole_numbers": true, "item": "code", "texts": ["name", "text"], "words": {}, "n_grams": {"least": 2, "most": 3}, "neighbours": 10, "least_common": 2}'
same "2 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 2 2 1GiB)"
same "3 ranks, little memory" "$expected" "$(digest_of_run job.yaml 3 1 32MiB)"
same "4 ranks x 2 threads" "$expected" "$(digest_of_run job.yaml 4 2 64MiB)"
fails_with "too little memory" 78 "memory_per_rank" mpirun -n 2 "$FULLBASE" run job.yaml --fresh --quiet --memory 2MiB
finish
