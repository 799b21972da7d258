"""evaluate_recommendations.py: pairs to evaluate methods of recommending by, and what an evaluation should say.

make PAIRS.csv: ratings of a planted taste, with times of which many are equal.
last PAIRS.csv N TRAINING.csv: what `hold_out: {last: N}` leaves in training.
check PAIRS.csv last|share|folds N RELEVANT|any OUTPUT STEP [FITTED]: the step's tables against measures from their definitions, of
    what is held out as the rule says (drawn with seed 3): of the method `popular` whole, of `alike` by a look at all pairs of
    items, and of `rated` by the factors that a factorise step of the same name made of TRAINING.csv in the output FITTED. Prints
    "<n> values, <n> breaches" last.
"""
import hashlib
import sys

import anndata
import h5py
import numpy
import pandas


def read(file):
    return pandas.read_csv(file, dtype={"customer": str, "item": str}, keep_default_na=False)


def split(pairs, count):
    """By customer the latest `count`, of equal times the later items; who has no more keeps all."""
    ordered = pairs.sort_values(["customer", "last", "item"], kind="stable")
    behind = ordered.groupby("customer").cumcount(ascending=False)
    sizes = ordered.groupby("customer")["item"].transform("size")
    held = (behind < count) & (sizes > count)
    return ordered[~held], ordered[held]


class Draws:
    """The words of a step's generator: Philox 4x64-10 as numpy has it, keyed by the SHA-256 of seed, step and purpose."""

    def __init__(self, seed, step, purpose):
        number = lambda value: int(value).to_bytes(8, "little", signed=True)
        message = number(seed) + b"".join(number(len(text)) + text.encode() for text in (step, purpose))
        self.key = int.from_bytes(hashlib.sha256(message).digest()[:8], "little")

    def words(self, row, draw, attempt=0):
        counter = row + (draw << 64) + (attempt << 192)
        # numpy counts up before it draws.
        return [int(word) for word in numpy.random.Philox(key=self.key, counter=(counter - 1) % 2**256).random_raw(4)]

    def uniform(self, row, draw):
        return (self.words(row, draw)[0] >> 11) * 2.0**-53

    def below(self, bound, row, draw):
        attempt = 0
        while True:
            for word in self.words(row, draw, attempt):
                if word * bound % 2**64 >= -(2**64) % bound:
                    return word * bound >> 64
            attempt += 1


def drawn(pairs, rule, number, seed, step):
    """The fold of each pair, -1 for what always stays: of a share, or of folds."""
    draws = Draws(seed, step, "hold out")
    ordered = pairs.sort_values(["customer", "item"], kind="stable")
    folds = pandas.Series(-1, index=ordered.index)
    for row, (_, own) in enumerate(ordered.groupby("customer", sort=True)):
        n = len(own)
        if n < 2:
            continue
        order = sorted(range(n), key=lambda entry: (draws.words(row, 1 + entry)[0], entry))
        if rule == "share":
            count = min(int(number * n + draws.uniform(row, 0)), n - 1)
            folds[own.index[order[:count]]] = 0
        else:
            begin = draws.below(int(number), row, 0)
            for place, entry in enumerate(order):
                folds[own.index[entry]] = (begin + place) % int(number)
    return folds[pairs.index]


def make(path):
    draw = numpy.random.default_rng(5)
    customers, items, rank = 1500, 120, 3
    taste, kind = draw.normal(size=(customers, rank)), draw.normal(size=(items, rank))
    liked = taste @ kind.T / numpy.sqrt(rank) + draw.normal(0, 0.3, items)
    common = 0.5 / (1 + numpy.arange(items) / 12)
    bought = draw.random((customers, items)) < common * (1 + numpy.tanh(liked))
    bought[:7] = False                        # customers of one item: they always stay in training
    bought[numpy.arange(7), numpy.arange(7)] = True
    rows = []
    for u, i in zip(*numpy.nonzero(bought)):
        value = numpy.clip(numpy.round(3 + 1.2 * liked[u, i] + draw.normal(0, 0.3), 1), 1, 5)
        rows.append((f"c{u * 7 % customers:04d}", f"item {i * 11 % items:03d}", value, f"2025-01-{draw.integers(1, 29):02d} 12:00:00"))
    draw.shuffle(rows)
    pandas.DataFrame(rows, columns=["customer", "item", "value", "last"]).to_csv(path, index=False)


def top(scores, owned, k):
    """The best k items for each customer, ties to the first; what scores -inf is never listed."""
    scores = numpy.where(owned, -numpy.inf, scores)
    order = numpy.argsort(-scores, axis=1, kind="stable")[:, :k]
    return [[i for i in row if scores[u, i] > -numpy.inf] for u, row in enumerate(order)]


def measures(lists, relevant, k, items):
    """The means over customers that have something relevant, from the definitions."""
    rows = []
    for found, wanted in zip(lists, relevant):
        if not wanted:
            continue
        hit = numpy.array([item in wanted for item in found[:k]] + [False] * max(0, k - len(found)))
        place = numpy.arange(1, k + 1)
        best = min(k, len(wanted))
        gain = 1 / numpy.log2(place + 1)
        rows.append({
            "precision": hit.sum() / k,
            "recall": hit.sum() / len(wanted),
            "ndcg": (hit * gain).sum() / gain[:best].sum(),
            "map": (hit * numpy.cumsum(hit) / place).sum() / best,
            "mrr": 1 / place[hit][0] if hit.any() else 0,
            "hit_rate": float(hit.any()),
        })
    means = pandas.DataFrame(rows).mean().to_dict()
    means["coverage"] = len({item for found in lists for item in found[:k]}) / items
    means["customers"] = len(rows)
    return means


class Comparison:
    def __init__(self):
        self.values = self.breaches = 0

    def same(self, what, expected, found, tolerance):
        self.values += 1
        if not abs(expected - found) <= tolerance:
            self.breaches += 1
            print(f"BREACH: {what}: expected {expected}, found {found}")


def parts_of(pairs, rule, number, step):
    """Training and what is held out, fold by fold."""
    if rule == "last":
        return [split(pairs, int(number))]
    folds = drawn(pairs, rule, number, 3, step)
    return [(pairs[folds != fold], pairs[folds == fold]) for fold in range(int(number) if rule == "folds" else 1)]


def check(path, rule, number, least, output, step, fitted=None):
    pairs = read(path)
    parts = parts_of(pairs, rule, number, step)
    compare = Comparison()
    for fold, (training, held) in enumerate(parts):
        compare_fold(compare, pairs, training, held, least, output, step, fold if len(parts) > 1 else None, fitted)
    print(f"{compare.values} values, {compare.breaches} breaches")
    return compare.breaches


def compare_fold(compare, pairs, training, held, least, output, step, fold, fitted):
    customers, items = sorted(pairs["customer"].unique()), sorted(pairs["item"].unique())
    place = {"customer": {key: i for i, key in enumerate(customers)}, "item": {key: i for i, key in enumerate(items)}}
    known = numpy.zeros((len(customers), len(items)))
    owned = numpy.zeros(known.shape, bool)
    u, i = training["customer"].map(place["customer"]).to_numpy(), training["item"].map(place["item"]).to_numpy()
    known[u, i], owned[u, i] = training["value"].astype(numpy.float32), True
    relevant = [set() for _ in customers]
    for customer, item, value in zip(held["customer"], held["item"], held["value"]):
        if least is None or value >= least:
            relevant[place["customer"][customer]].add(place["item"][item])
    held_at = held["customer"].map(place["customer"]).to_numpy(), held["item"].map(place["item"]).to_numpy()
    truth = held["value"].astype(numpy.float32).to_numpy(dtype=float)

    with h5py.File(output) as file:
        found = anndata.io.read_elem(file[step])
        errors = anndata.io.read_elem(file[f"{step}/errors"]) if "errors" in file[step] else None
    of_fold = lambda table: table[table["fold"].isna() if fold is None else table["fold"] == fold]
    found, errors = of_fold(found), errors if errors is None else of_fold(errors)

    def compare_lists(method, scores, tolerance):
        rows = found[found["method"] == method]
        assert len(rows) > 0, method
        lists = top(scores, owned, int(rows["k"].max()))
        for _, row in rows.iterrows():
            for name, value in measures(lists, relevant, int(row["k"]), len(items)).items():
                compare.same(f"{method}, {name} at {row['k']}", value, row[name], tolerance)

    def compare_errors(method, predictions, tolerance, by_means=None):
        row = errors[errors["method"] == method].iloc[0]
        wrong = predictions - truth
        compare.same(f"{method}, rmse", numpy.sqrt((wrong ** 2).mean()), row["rmse"], tolerance)
        compare.same(f"{method}, mae", numpy.abs(wrong).mean(), row["mae"], tolerance)
        compare.same(f"{method}, pairs", len(truth), row["pairs"], 0)
        if by_means is None:
            compare.same(f"{method}, neighbours mean nothing", True, pandas.isna(row["without_neighbours"]), 0)
        else:
            compare.same(f"{method}, without neighbours", by_means, row["without_neighbours"], 0)

    methods = set(found["method"])
    popular = numpy.broadcast_to(owned.sum(axis=0).astype(float), owned.shape)
    compare_lists("popular", numpy.where(popular > 0, popular, -numpy.inf), 1e-12)
    if "rated" in methods and fitted:
        with h5py.File(fitted) as file:
            x, y = (anndata.io.read_elem(file[f"{step}/{side}"]) for side in ("customers", "items"))
            mean = anndata.io.read_elem(file[step])["mean"].iloc[-1]
        assert list(x.index) == customers and list(y.index) == items
        factors = [name for name in x.columns if name.startswith("factor_")]
        scores = mean + x["bias"].to_numpy(float)[:, None] + y["bias"].to_numpy(float) + x[factors].to_numpy(float) @ y[factors].to_numpy(float).T
        compare_lists("rated", scores, 1e-3)
        compare_errors("rated", scores[held_at], 1e-5)
        # What was planted is found: errors near those that were added, lists far above the popular ones.
        deviation = truth.std()
        row = errors[errors["method"] == "rated"].iloc[0]
        compare.same("rated, error against the deviation of ratings", 1, row["rmse"] < 0.6 * deviation, 0)
    if "alike" in methods:
        length = numpy.sqrt((known ** 2).sum(axis=0))
        with numpy.errstate(invalid="ignore", divide="ignore"):
            likeness = numpy.nan_to_num((known.T @ known) / numpy.outer(length, length))
        numpy.fill_diagonal(likeness, 0)
        kept = numpy.zeros(likeness.shape)
        for item, row in enumerate(likeness):
            nearest = numpy.argsort(-row, kind="stable")[:20]
            kept[item, nearest] = row[nearest]
        # kept[item] are the neighbours of what the customer has.
        scores = known @ kept
        compare_lists("alike", numpy.where(scores > 0, scores, -numpy.inf), 2e-3)
        # A pair's value: how far the customer puts the 20 items most alike, of those that they have, above those items' means.
        have = owned.sum(axis=0)
        means = numpy.where(have > 0, known.sum(axis=0) / numpy.maximum(have, 1), known[owned].mean())
        predictions, by_means = [], 0
        for customer, item in zip(*held_at):
            near = [(-likeness[item, other], other) for other in numpy.flatnonzero(owned[customer]) if likeness[item, other] > 0]
            near = [(-negative, other) for negative, other in sorted(near)[:20]]
            weight = sum(like for like, _ in near)
            by_means += weight == 0
            above = sum(like * (known[customer, other] - means[other]) for like, other in near)
            predictions.append(means[item] + (above / weight if weight > 0 else 0))
        compare_errors("alike", numpy.array(predictions), 1e-6, by_means)


task, rest = sys.argv[1], sys.argv[2:]
if task == "make":
    make(rest[0])
elif task == "last":
    split(read(rest[0]), int(rest[1]))[0].to_csv(rest[2], index=False)
else:
    path, rule, number, least = rest[:4]
    sys.exit(1 if check(path, rule, float(number), None if least == "any" else float(least), *rest[4:]) else 0)
