"""content.py OUTPUT STEP ITEMS.csv OPTIONS [PAIRS.csv]: a content step against scikit-learn's TfidfVectorizer, whole.

OPTIONS is a mapping in JSON, as the job file has it. Prints a line for a breach and ends with
"<n> items, <n> terms, <n> neighbours, <n> profiles, <n> breaches".
"""
import csv
import json
import sys
import unicodedata

import anndata
import h5py
import numpy
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

output, step, items_file, options = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
with h5py.File(output) as file:
    read = lambda table: anndata.io.read_elem(file[table])
    lists, terms, vectors = read(step), read(f"{step}/terms").reset_index(), read(f"{step}/vectors")
    profiles = read(f"{step}/profiles") if len(sys.argv) > 5 else None

breaches = 0


def state(what, holds, detail=""):
    global breaches
    if not holds:
        breaches += 1
        print("BREACH:", what, detail)


def as_text(key):
    return str(key)


def by_key(keys):
    return sorted(keys, key=lambda key: key.encode()) if not options.get("whole_numbers") else sorted(keys, key=int)


documents = {}
with open(items_file, newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        if row[options["item"]]:
            texts = documents.setdefault(row[options["item"]], set())
            texts.update(row[column] for column in options["texts"] if row[column])
items = by_key(documents)
place = {item: i for i, item in enumerate(items)}


def cleaned(text):
    if options.get("fold", True):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split())


analyzers = []
words, n_grams = options.get("words"), options.get("n_grams")
if words is not None or n_grams is None:
    words = words or {}
    pattern = r"(?u)\S{%d,}" % words.get("least_characters", 1)
    stop_words = [cleaned(word) for word in words.get("stop_words", [])] or None
    kind = CountVectorizer(preprocessor=cleaned, token_pattern=pattern, stop_words=stop_words,
                           ngram_range=(words.get("least", 1), words.get("most", 1)))
    analyzers.append(kind.build_analyzer())
if n_grams is not None:
    kind = CountVectorizer(preprocessor=cleaned, analyzer="char" if n_grams.get("across_words") else "char_wb",
                           ngram_range=(n_grams.get("least", 2), n_grams.get("most", 4)))
    takes = kind.build_analyzer()
    analyzers.append(takes if not analyzers else lambda text: ["~" + term for term in takes(text)])

vectorizer = TfidfVectorizer(analyzer=lambda item: [term for text in sorted(documents[item]) for take in analyzers for term in take(text)],
                             min_df=options.get("least_items", 1), max_df=options.get("most_share", 1.0),
                             sublinear_tf=options.get("sublinear", False))
expected = vectorizer.fit_transform(items).tocsr()
names = list(vectorizer.get_feature_names_out())
order = sorted(range(len(names)), key=lambda t: names[t].encode())
expected, names = expected[:, order].tocsr(), [names[t] for t in order]

state("the terms", list(terms["term"]) == names, f"{len(terms)} of {len(names)}")
if list(terms["term"]) != names:
    print(sorted(set(names) ^ set(terms["term"]))[:20])
    sys.exit(f"{breaches} breaches")
state("items of a term", (terms["items"].to_numpy() == (expected > 0).sum(axis=0).A1).all())
state("idf", numpy.allclose(terms["idf"], vectorizer.idf_[order], rtol=0, atol=1e-12))
place_of_term = {term: t for t, term in enumerate(names)}
found = scipy.sparse.csr_matrix((vectors["weight"].to_numpy(dtype=float),
                                 ([place[as_text(item)] for item in vectors.iloc[:, 0]], [place_of_term[t] for t in vectors["term"]])),
                                shape=expected.shape)
state("entries of the vectors", found.nnz == expected.nnz == len(vectors), f"{found.nnz} of {expected.nnz}")
state("weights", abs(found - expected).max() < 1e-6)

owners = numpy.array([place[as_text(item)] for item in lists.iloc[:, 0]])
neighbours = numpy.array([place[as_text(item)] for item in lists["neighbour"]])
likeness, common, ranks = (lists[name].to_numpy() for name in ("likeness", "common", "rank"))
state("lists are in the order of items", (numpy.diff(owners) >= 0).all())
starts = numpy.searchsorted(owners, numpy.arange(len(items) + 1))
most = options.get("neighbours", 20)
there = (expected > 0).astype(numpy.int64)
for first in range(0, len(items), 500):
    block = slice(first, min(first + 500, len(items)))
    cosines = (expected[block] @ expected.T).toarray()
    both = (there[block] @ there.T).toarray()
    for i in range(block.start, block.stop):
        own = slice(starts[i], starts[i + 1])
        true, shared = cosines[i - first], both[i - first].copy()
        shared[i] = 0
        able = shared >= options.get("least_common", 1)
        state("length of a list", own.stop - own.start == min(most, able.sum()), items[i])
        state("ranks", list(ranks[own]) == list(range(1, own.stop - own.start + 1)), items[i])
        state("nobody twice or beside oneself", len(set(neighbours[own]) - {i}) == own.stop - own.start, items[i])
        state("likeness", numpy.allclose(likeness[own], true[neighbours[own]], rtol=0, atol=1e-6), items[i])
        state("best first", (numpy.diff(likeness[own]) <= 0).all(), items[i])
        state("terms in common", (common[own] == shared[neighbours[own]]).all(), items[i])
        able[neighbours[own]] = False
        if able.any() and own.stop > own.start:
            state("nobody left out is more alike", true[able].max() <= likeness[own].min() + 1e-6, items[i])

profiled = 0
if profiles is not None:
    sums = {}
    with open(sys.argv[5], newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["customer"] and row["item"] in place and row["value"]:
                weighted = expected[place[row["item"]]] * float(row["value"])
                sums[row["customer"]] = sums[row["customer"]] + weighted if row["customer"] in sums else weighted
    top = options.get("top_terms", 20)
    got = {}
    for customer, term, weight in zip(profiles.iloc[:, 0], profiles["term"], profiles["weight"]):
        got.setdefault(as_text(customer), []).append((place_of_term[term], weight))
    for customer, total in sums.items():
        dense = total.toarray()[0]
        if not (dense > 0).any():
            state("no profile of nothing", customer not in got, customer)
            continue
        profiled += 1
        dense /= numpy.sqrt((dense**2).sum())
        own = got.get(customer, [])
        chosen, weights = [t for t, _ in own], numpy.array([w for _, w in own])
        state("length of a profile", len(own) == min(top, (dense > 1e-12).sum()), customer)
        state("weights of a profile", numpy.allclose(weights, dense[chosen], rtol=0, atol=1e-6), customer)
        state("heaviest first", (numpy.diff(weights) <= 0).all(), customer)
        dense[chosen] = 0
        state("nothing heavier is left out", dense.max() <= weights.min() + 1e-6, customer)
    state("who has a profile", len(got) == profiled, f"{len(got)} of {profiled}")

print(f"{len(items)} items, {len(names)} terms, {len(lists)} neighbours, {profiled} profiles, {breaches} breaches")
sys.exit(breaches > 0)
