"""recommend.py OUTPUT STEP OPTIONS: the lists of a step against the scores of all pairs.

OPTIONS is JSON: `matrix`, and `factors` (with `mean`: their own), `neighbours` (`of`: items or customers) or `vectors`, steps or tables of OUTPUT;
`everybody`, `offered`: tables; top, again, cold, least_items. Prints a line for each of the first breaches and ends with
"<n> lists, <n> of popular items, worst difference <d>, <n> breaches".
"""
import json
import sys

import anndata
import h5py
import numpy

output, step = sys.argv[1:3]
options = {"top": 10, "again": False, "cold": "popular", "least_items": 0, "matrix": "matrix"} | json.loads(sys.argv[3])
breaches = 0


def breach(text):
    global breaches
    breaches += 1
    if breaches <= 10:
        print("BREACH:", text)


def read(table):
    with h5py.File(output) as file:
        return anndata.io.read_elem(file[table]).reset_index()


def in_order(keys):
    """Whole numbers by value, texts by bytes."""
    return sorted(set(keys), key=lambda key: key.encode() if isinstance(key, str) else key)


pairs = read(options["matrix"]).dropna(subset=["customer", "item", "value"])
names = {side: in_order(pairs[side]) for side in ("customer", "item")}
place = {side: {name: i for i, name in enumerate(names[side])} for side in names}
matrix = numpy.zeros((len(names["customer"]), len(names["item"])))
has = numpy.zeros(matrix.shape, bool)
codes = [pairs[side].map(place[side]).to_numpy(int) for side in ("customer", "item")]
matrix[codes[0], codes[1]] = pairs["value"].to_numpy(numpy.float32)
has[codes[0], codes[1]] = True

personal = has.sum(1) >= options["least_items"]
offered = numpy.ones(matrix.shape[1], bool)
least_score = -numpy.inf
if "factors" in options:

    def factors_of(side):
        frame = read(f"{options['factors']}/{side}s").set_index(side)
        columns = [name for name in frame.columns if name.startswith("factor_")]
        known = numpy.array([name in frame.index for name in names[side]])
        frame = frame.reindex(names[side]).fillna(0)
        bias = frame["bias"].to_numpy(float) if "bias" in frame else numpy.zeros(len(frame))
        return frame[columns].to_numpy(float), bias, known

    customers, customer_bias, known_customers = factors_of("customer")
    items, item_bias, known_items = factors_of("item")
    mean = read(options["factors"])["mean"].iloc[-1] if options.get("mean") else 0.0
    scores = customers @ items.T + mean + customer_bias[:, None] + item_bias
    personal &= known_customers
    offered &= known_items
elif "neighbours" in options:
    side = "customer" if options["of"] == "customers" else "item"
    lists = read(options["neighbours"])
    lists = lists[lists[side].isin(place[side]) & lists["neighbour"].isin(place[side])]
    likeness = numpy.zeros((len(names[side]),) * 2)
    likeness[lists[side].map(place[side]).to_numpy(int), lists["neighbour"].map(place[side]).to_numpy(int)] = lists["likeness"]
    scores = matrix @ likeness if side == "item" else likeness @ matrix
    least_score = 0
else:
    lists = read(options["vectors"])
    lists = lists[lists["item"].isin(place["item"])]
    terms = {term: i for i, term in enumerate(in_order(lists["term"]))}
    vectors = numpy.zeros((len(names["item"]), len(terms)))
    vectors[lists["item"].map(place["item"]).to_numpy(int), lists["term"].map(terms).to_numpy(int)] = lists["weight"]
    profiles = matrix @ vectors
    length = numpy.linalg.norm(profiles, axis=1, keepdims=True)
    scores = profiles @ vectors.T / numpy.where(length > 0, length, 1)
    least_score = 0
may = numpy.ones(matrix.shape[1], bool)  # popular items need no factors
if "offered" in options:
    may = numpy.isin(numpy.array(names["item"], dtype=object), read(options["offered"])["item"].to_numpy(object))
offered &= may
popularity = has.sum(0)

rows = read(step)
summary = read(f"{step}/customers")
everybody = in_order(read(options["everybody"])["customer"].dropna()) if "everybody" in options else names["customer"]
if list(summary["customer"]) != everybody:
    breach("the table of customers has others, or another order")
lists_of = dict(list(rows.groupby("customer", sort=False, observed=True)))
order = {name: i for i, name in enumerate(everybody)}
if not (numpy.diff([order[name] for name in rows["customer"]]) >= 0).all():
    breach("rows are not in the order of customers")
worst, popular_lists = 0.0, 0
for name, count, recommended, source in zip(summary["customer"], summary["items"], summary["recommended"], summary["source"]):
    row = place["customer"].get(name, -1)
    own = has[row] if row >= 0 else numpy.zeros(matrix.shape[1], bool)
    if count != own.sum():
        breach(f"{name} has {own.sum()} items, not {count}")
    free = may if options["again"] else may & ~own
    wanted, score, tolerance = "none", None, 0
    candidates = offered & free
    if row >= 0 and personal[row]:
        tolerance = 1e-5 * max(1, numpy.abs(scores[row]).max())
        candidates &= scores[row] > least_score
        if candidates.any():
            wanted, score = "personal", scores[row]
    if wanted == "none" and options["cold"] == "popular" and free.any():
        wanted, score, candidates, tolerance = "popular", popularity, free, 0
        popular_lists += 1
    found = lists_of.get(name)
    if source != wanted:
        breach(f"{name} has a list that is {source}, not {wanted}")
        continue
    if wanted == "none":
        if found is not None or recommended != 0:
            breach(f"{name} has a list")
        continue
    listed = numpy.array([place["item"][item] for item in found["item"]])
    got = found["score"].to_numpy(float)
    if len(listed) != recommended or len(listed) != min(options["top"], candidates.sum()):
        breach(f"{name} has {len(listed)} items of {candidates.sum()}, says {recommended}")
    if list(found["rank"]) != list(range(1, len(listed) + 1)) or set(found["source"]) != {wanted}:
        breach(f"{name}: rank or source")
    if len(set(listed)) != len(listed) or not candidates[listed].all():
        breach(f"{name} is recommended what cannot be: {list(found['item'])}")
    if any(a < b or (a == b and i > j) for a, b, i, j in zip(got, got[1:], listed, listed[1:])):
        breach(f"the list of {name} is not in order")
    difference = numpy.abs(score[listed] - got).max()
    worst = max(worst, difference)
    rest = candidates.copy()
    rest[listed] = False
    if difference > tolerance or (rest.any() and score[rest].max() > got[-1] + tolerance):
        breach(f"the list of {name} is not the best: {list(found['item'])}")
    if tolerance == 0 and list(listed) != sorted(numpy.flatnonzero(candidates), key=lambda i: (-score[i], i))[: options["top"]]:
        breach(f"the list of {name} is not what is popular")
print(f"{len(summary)} lists, {popular_lists} of popular items, worst difference {worst:.2g}, {breaches} breaches")
sys.exit(1 if breaches else 0)
