"""neighbours.py OUTPUT STEP OPTIONS: a step's lists and predictions against the definitions, from the pairs of the table `matrix`.

OPTIONS is JSON: the options of the step, and `of_surprise`: predictions are compared with scikit-surprise's too. Prints a line for each of the
first breaches and ends with "<n> likenesses, <n> predictions, <n> breaches".
"""
import json
import sys

import anndata
import h5py
import numpy

output, step = sys.argv[1:3]
options = {"of": "items", "likeness": "cosine", "neighbours": 20, "shrinkage": 0, "least_common": 1, "common_only": False, "means": True}
options |= {"bm25_k1": 1.2, "bm25_b": 0.75, "least_neighbours": 1, "range": {}, "of_surprise": False}
options |= json.loads(sys.argv[3])
breaches = 0


def breach(text):
    global breaches
    breaches += 1
    if breaches <= 10:
        print("BREACH:", text)


def close(what, expected, got):
    if not abs(expected - got) <= 1e-6 * abs(expected) + 1e-12:
        breach(f"{what}: expected {expected!r}, got {got!r}")


def table(name):
    with h5py.File(output) as file:
        return anndata.io.read_elem(file[name]).reset_index()


def ordered(keys):
    return sorted(set(keys), key=lambda key: key.encode() if isinstance(key, str) else key)


pairs = table("matrix").dropna(subset=["customer", "item", "value"])
own, other = ("item", "customer") if options["of"] == "items" else ("customer", "item")
rows = {str(key): row for row, key in enumerate(ordered(pairs[own]))}
others = {str(key): row for row, key in enumerate(ordered(pairs[other]))}
value = numpy.zeros((len(rows), len(others)))
has = numpy.zeros(value.shape, bool)
a, b = pairs[own].astype(str).map(rows).to_numpy(), pairs[other].astype(str).map(others).to_numpy()
value[a, b] = pairs["value"].to_numpy(numpy.float32)
has[a, b] = True

# All likenesses at once.
one = has.astype(float)
n = one @ one.T
products = value @ value.T
squares = (value**2) @ one.T  # of a over what a and b have
with numpy.errstate(all="ignore"):
    if options["likeness"] == "cosine" and options["common_only"]:
        likeness = products / numpy.sqrt(squares * squares.T)
    elif options["likeness"] == "cosine":
        length = numpy.sqrt((value**2).sum(1))
        likeness = products / numpy.outer(length, length)
    elif options["likeness"] == "pearson":
        sums = value @ one.T
        spread = n * squares - sums**2
        spread[spread <= 1e-10 * n * squares] = 0
        likeness = numpy.where(spread * spread.T > 0, (n * products - sums * sums.T) / numpy.sqrt(spread * spread.T), 0)
    elif options["likeness"] == "msd":
        likeness = 1 / (1 + (squares + squares.T - 2 * products) / n)
    elif options["likeness"] == "jaccard":
        likeness = n / (one.sum(1)[:, None] + one.sum(1)[None, :] - n)
    else:
        k1, b = options["bm25_k1"], options["bm25_b"]
        total = value.sum(1, keepdims=True)
        held = one.sum(0, keepdims=True)
        idf = numpy.log(1 + (len(rows) - held + 0.5) / (held + 0.5))
        weight = numpy.where(has, idf * (k1 + 1) * value / (value + k1 * (1 - b + b * total / total.mean())), 0)
        likeness = weight @ weight.T
    likeness = numpy.where(n >= options["least_common"], likeness * n / (n + options["shrinkage"]), 0)
numpy.fill_diagonal(likeness, 0)

found = table(step)
if list(found.columns[-5:]) != [own, "rank", "neighbour", "likeness", "common"]:
    breach(f"the columns are {list(found.columns)}")
of = found[own].astype(str).map(rows).to_numpy()
neighbour = found["neighbour"].astype(str).map(rows).to_numpy()
got = found["likeness"].to_numpy(float)
if list(of) != sorted(of):
    breach("the lists are not in the order of keys")
for row in range(len(rows)):
    mine = numpy.flatnonzero(of == row)
    there = (numpy.abs(likeness[row]) > 1e-9).sum()
    if len(mine) != min(options["neighbours"], there) or len(set(neighbour[mine])) != len(mine):
        breach(f"row {row} lists {len(mine)} of {there} neighbours")
    if list(found["rank"].iloc[mine]) != list(range(1, len(mine) + 1)):
        breach(f"the ranks of row {row} are not 1, 2, ...")
    if list(zip(-got[mine], neighbour[mine])) != sorted(zip(-got[mine], neighbour[mine])):
        breach(f"the list of row {row} is not in order")
    for entry in mine:
        close(f"likeness of {row} and {neighbour[entry]}", likeness[row, neighbour[entry]], got[entry])
        if found["common"].iloc[entry] != n[row, neighbour[entry]]:
            breach(f"{row} and {neighbour[entry]} have {n[row, neighbour[entry]]} in common, not {found['common'].iloc[entry]}")
    left_out = numpy.delete(likeness[row], neighbour[mine])
    left_out = left_out[numpy.abs(left_out) > 1e-9]
    if len(left_out) and left_out.max() > got[mine[-1]] + 1e-6 * abs(got[mine[-1]]):
        breach(f"row {row} leaves out a likeness of {left_out.max()}, and lists {got[mine[-1]]}")

# What all neighbours say of the pairs; `neighbours` is so many that no choice among equally alike ones is made.
predicted = 0
with h5py.File(output) as file:
    has_predictions = f"{step}/predictions" in file
if has_predictions:
    mean_of_all = value[has].mean()
    mean = value.sum(1) / has.sum(1)
    low, high = options["range"].get("least", -numpy.inf), options["range"].get("most", numpy.inf)
    predictions = table(f"{step}/predictions")
    for customer, item, prediction, count in predictions[["customer", "item", "prediction", "neighbours"]].itertuples(index=False):
        x, y = rows.get(str(item if own == "item" else customer)), others.get(str(customer if own == "item" else item))
        expected, used = mean_of_all, 0
        if x is not None and y is not None:
            alike = numpy.flatnonzero(has[:, y] & (likeness[x] > 1e-9))
            weight = likeness[x, alike]
            if len(alike) > options["neighbours"]:
                breach("the oracle has to choose among neighbours: raise `neighbours`")
            if len(alike) >= options["least_neighbours"] and len(alike) > 0:
                used = len(alike)
                base = mean[alike] if options["means"] else 0
                expected = (weight * (value[alike, y] - base)).sum() / weight.sum() + (mean[x] if options["means"] else 0)
            elif options["means"]:
                expected = mean[x]
        close(f"prediction of {customer}, {item}", min(max(expected, low), high), prediction)
        if used != count:
            breach(f"prediction of {customer}, {item}: of {used} neighbours, not {count}")
        predicted += 1

# What scikit-surprise 1.1.5 told of the same pairs, with k=60, min_support=2: KNNBasic (without means) and KNNWithMeans.
of_surprise = {
    ("customers", "cosine", False): [3.122471158, 2.659439288, 3.127148069, 3.094023457, 3.011560694, 3.011560694],
    ("customers", "cosine", True): [3.027674822, 2.544615871, 2.963531116, 2.967796749, 3.011560694, 3.011560694],
    ("customers", "pearson", False): [3.011560694, 1.0, 3.333333333, 3.653556398, 3.011560694, 3.011560694],
    ("customers", "pearson", True): [3.0, 1.001801633, 3.121212121, 3.519833539, 3.011560694, 3.011560694],
    ("customers", "msd", False): [3.223336999, 1.759442528, 3.356565801, 3.339685115, 3.011560694, 3.011560694],
    ("customers", "msd", True): [3.160988424, 1.733676671, 3.17484093, 3.208326518, 3.011560694, 3.011560694],
    ("items", "cosine", False): [3.0, 2.768970291, 2.700047597, 3.039087537, 3.011560694, 3.011560694],
    ("items", "cosine", True): [3.057782609, 2.456327757, 2.45872807, 2.96749852, 3.011560694, 3.011560694],
    ("items", "pearson", False): [3.0, 1.0, 2.435134046, 3.990426089, 3.011560694, 3.011560694],
    ("items", "pearson", True): [3.105008979, 1.0, 2.299804357, 3.873574198, 3.011560694, 3.011560694],
    ("items", "msd", False): [3.0, 1.717267415, 3.095641939, 3.414957037, 3.011560694, 3.011560694],
    ("items", "msd", True): [3.069326651, 1.462852879, 2.837463833, 3.344259018, 3.011560694, 3.011560694],
}
if options["of_surprise"]:
    for row, expected in enumerate(of_surprise[options["of"], options["likeness"], options["means"]]):
        close(f"scikit-surprise's prediction {row}", expected, predictions["prediction"].iloc[row])
print(f"{len(found)} likenesses, {predicted} predictions, {breaches} breaches")
