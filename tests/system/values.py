"""values.py OUTPUT LINES.csv: what values.yaml (in values.sh) asks for, computed with numpy and pandas from the lines alone, beside OUTPUT.

The definitions are those of docs/guide.md and of the papers, written as plainly as possible; nothing is taken from fullbase but the
centroids of a fit, whose labels, means and measures are then checked. Prints one line a breach and a last line "<n> truths, <n> breaches".
"""
import decimal
import json
import sys

import anndata
import h5py
import numpy as np
import pandas as pd

from truths import finish, holds


def close(what, ours, expected, tolerance=1e-12):
    ours, expected = np.asarray(ours, float), np.asarray(expected, float)
    good = ours.shape == expected.shape and np.allclose(ours, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    holds(what, good, f": {ours.ravel()[:8]} instead of {expected.ravel()[:8]}" if not good else "")


def quantile(values, probability):
    """The inverse of the empirical distribution (type 1): the least value with at least that share of values at or below it."""
    ordered = np.sort(values)
    return ordered[max(0, int(np.ceil(probability * len(ordered) - 1e-9)) - 1)]


# --- RFM ---------------------------------------------------------------------------------------------------------------------


def score(values, of, scores=4):
    cuts = np.array([quantile(of, k / scores) for k in range(1, scores)])
    return np.array([1 + int((cuts < value).sum()) for value in values])


def expected_rfm(lines):
    as_of = pd.Timestamp("2025-07-01")  # midnight in London, as the lines' times below are London's
    lines = lines[(lines.item != "P00001") & (lines.local < as_of)]
    amounts = [decimal.Decimal(p) * int(q) for p, q in zip(lines.price, lines.quantity)]
    monetary = lines.assign(amount=amounts).groupby("customer").amount.sum()
    orders = lines[lines.quantity > 0]
    table = pd.DataFrame({"monetary": monetary.astype(float)})
    table["frequency"] = orders.groupby("customer").invoice.nunique().reindex(table.index).fillna(0).astype(int)
    last = orders.groupby("customer").local.max().reindex(table.index)
    table["recency_days"] = (as_of - last).dt.days
    table["first_order"] = orders.groupby("customer").time.min().reindex(table.index)
    table["last_order"] = orders.groupby("customer").time.max().reindex(table.index)
    ordered = table.frequency > 0
    table["r_score"] = 1
    table.loc[ordered, "r_score"] = score(-table.recency_days[ordered], -table.recency_days[ordered])
    table["f_score"] = score(table.frequency, table.frequency)
    table["m_score"] = score(table.monetary, table.monetary)
    table["rfm_score"] = [f"{r}{f}{m}" for r, f, m in zip(table.r_score, table.f_score, table.m_score)]

    def segment(row):
        if row.frequency == 0:
            return "Nothing"
        if row.r_score == 4 and row.f_score >= 3 and row.m_score >= 3:
            return "Best"
        if row.r_score <= 2 and row.f_score >= 3:
            return "Leaving"
        return "Once" if row.f_score == 1 else "Rest"

    table["segment"] = table.apply(segment, axis=1)
    days = table.recency_days.clip(lower=1)
    table["value"] = np.where(ordered, table.monetary / days * table.frequency, 0.0)
    return table


def check_rfm(rfm, expected):
    holds("rfm: customers, in order", list(rfm.index) == list(expected.index))
    for column in ("frequency", "r_score", "f_score", "m_score"):
        holds(f"rfm.{column}", (rfm[column].to_numpy() == expected[column].to_numpy()).all())
    holds("rfm.monetary, to the last bit", (rfm.monetary.to_numpy() == expected.monetary.to_numpy()).all())
    holds("rfm.recency_days", rfm.recency_days.astype("Float64").equals(expected.recency_days.astype("Float64")))
    for column in ("first_order", "last_order"):
        times = pd.to_datetime(rfm[column].where(rfm[column] > np.iinfo(np.int64).min), unit="us")
        holds(f"rfm.{column}", times.fillna(pd.Timestamp(0)).tolist() == expected[column].fillna(pd.Timestamp(0)).tolist())
    for column in ("rfm_score", "segment"):
        holds(f"rfm.{column}", list(rfm[column].astype(str)) == list(expected[column]))
    close("rfm.amount_per_day_times_frequency", rfm.amount_per_day_times_frequency, expected.value, 1e-14)
    holds("the lines hold customers without an order", (expected.frequency == 0).any())
    holds("every segment is given to somebody", set(expected.segment) == {"Nothing", "Best", "Leaving", "Once", "Rest"})


# --- transforms: name or (name, argument), fitted and applied one after the other ------------------------------------------------


class Fitted:
    """A column's transforms fitted to its values; `forward` and `back`, and rows of the stored table as they should be."""

    def __init__(self, transforms, values):
        self.steps = []
        for transform in transforms:
            name, argument = transform if isinstance(transform, tuple) else (transform, None)
            present = values[~np.isnan(values)]
            shift, scale = 0.0, 1.0
            if name == "impute":
                argument = {"mean": present.mean(), "median": quantile(present, 0.5)}.get(argument, argument)
            elif name == "standardize":
                shift, scale = values.mean(), values.std()
            elif name == "minmax":
                shift, scale = values.min(), values.max() - values.min()
            elif name == "robust":
                shift, scale = quantile(values, 0.5), quantile(values, 0.75) - quantile(values, 0.25)
            self.steps.append((name, argument, shift, scale))
            values = self.apply(self.steps[-1], values)

    @staticmethod
    def apply(step, values):
        name, argument, shift, scale = step
        if name == "impute":
            return values if argument == "drop" else np.where(np.isnan(values), argument, values)
        if name == "clip":
            return np.clip(values, *argument)
        if name in ("log1p", "asinh"):
            return getattr(np, "log1p" if name == "log1p" else "arcsinh")(values)
        return (values - shift) / scale

    def forward(self, values):
        for step in self.steps:
            values = self.apply(step, values)
        return values

    def back(self, values):
        for name, _, shift, scale in reversed(self.steps):
            if name in ("log1p", "asinh"):
                values = (np.expm1 if name == "log1p" else np.sinh)(values)
            elif name not in ("impute", "clip"):
                values = values * scale + shift
        return values


def check_transforms(step, tables, fitted):
    stored = tables["transforms"]
    row = 0
    for column, fit in fitted.items():
        for order, (name, argument, shift, scale) in enumerate(fit.steps):
            kept = stored.iloc[row]
            row += 1
            where = f"{step}/transforms[{row - 1}] {column}.{name}"
            holds(where, kept["column"] == column and kept["order"] == order and str(kept["transform"]).startswith(name), str(dict(kept)))
            if name == "impute":
                close(where + ": fill", kept["fill"], np.nan if argument == "drop" else argument)
            elif name == "clip":
                holds(where + ": bounds", (kept["low"], kept["high"]) == tuple(argument))
            elif name not in ("log1p", "asinh"):
                close(where, [kept["shift"], kept["scale"]], [shift, scale])
    holds(f"{step}/transforms: rows", row == len(stored))


# --- k-means ---------------------------------------------------------------------------------------------------------------------


def squared_distances(x, centroids):
    return ((x[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)


def calinski_harabasz(x, labels, centroids):
    within = ((x - centroids[labels]) ** 2).sum()
    between = ((x - x.mean(axis=0)) ** 2).sum() - within
    return between / (len(centroids) - 1) / (within / (len(x) - len(centroids)))


def davies_bouldin(x, labels, centroids):
    spread = np.array([np.sqrt(((x[labels == c] - centroids[c]) ** 2).sum(axis=1)).mean() for c in range(len(centroids))])
    apart = np.sqrt(squared_distances(centroids, centroids))
    np.fill_diagonal(apart, np.inf)
    return ((spread[:, None] + spread[None, :]) / apart).max(axis=1).mean()


def silhouette(x, labels):
    clusters = np.unique(labels)
    total = 0.0
    for first in range(0, len(x), 500):
        part = slice(first, first + 500)
        apart = np.sqrt(squared_distances(x[part], x))
        sums = np.stack([apart[:, labels == c].sum(axis=1) for c in clusters], axis=1)
        sizes = np.array([(labels == c).sum() for c in clusters])
        own = np.searchsorted(clusters, labels[part])
        rows = np.arange(len(own))
        a = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
        others = sums / sizes
        others[rows, own] = np.inf
        b = others.min(axis=1)
        total += np.where(sizes[own] > 1, (b - a) / np.maximum(a, b), 0).sum()
    return total / len(x)


def check_kmeans(step, tables, table, columns, ks, choose="silhouette", converges=True):
    """`table`: the rows that take part; `columns`: {name: transforms}. Returns the scaled rows and the labels."""
    values = {name: table[name].to_numpy(float, na_value=np.nan) for name in columns}
    fitted = {name: Fitted(transforms, values[name]) for name, transforms in columns.items()}
    check_transforms(step, tables, fitted)
    x = np.stack([fit.forward(values[name]) for name, fit in fitted.items()], axis=1).astype(np.float32).astype(float)

    main, centroids, quality, history = tables[""], tables["centroids"], tables["quality"], tables["history"]
    rows = list(main["row"] if "row" in main else main.index)  # a table without key is told by its row numbers
    holds(f"{step}: rows", rows == list(table.index), f": {rows[:3]} instead of {list(table.index)[:3]}")
    scaled = tables["scaled_centroids"][list(columns)].to_numpy(float)
    k = len(scaled)
    labels = main["segment"].to_numpy()
    apart = squared_distances(x, scaled)
    own = apart[np.arange(len(x)), labels]
    holds(f"{step}: every row has the nearest centroid", (own <= apart.min(axis=1) * (1 + 1e-5) + 1e-6).all())
    close(f"{step}.distance", main["distance"], np.sqrt(own), 1e-4)
    sizes = np.bincount(labels, minlength=k)
    holds(f"{step}/centroids.rows", list(centroids["rows"]) == list(sizes))
    close(f"{step}/centroids.share", centroids["share"], sizes / len(x))
    for name, fit in fitted.items():
        close(f"{step}/centroids.{name}", centroids[name], fit.back(scaled[:, list(columns).index(name)]), 1e-9)
    if converges:
        means = np.stack([x[labels == c].mean(axis=0) for c in range(k)])
        close(f"{step}: centroids are means", scaled, means, 2e-2)

    holds(f"{step}/quality.k", list(quality["k"]) == ks)
    chosen = quality[quality["chosen"]]
    holds(f"{step}/quality.chosen", list(chosen["k"]) == [k])
    chosen = chosen.iloc[0]
    close(f"{step}/quality.inertia", chosen["inertia"], own.sum(), 1e-6)
    if k > 1:
        close(f"{step}/quality.calinski_harabasz", chosen["calinski_harabasz"], calinski_harabasz(x, labels, scaled), 1e-6)
        close(f"{step}/quality.davies_bouldin", chosen["davies_bouldin"], davies_bouldin(x, labels, scaled), 1e-5)
        if chosen["silhouette_kind"] == "exact":
            close(f"{step}/quality.silhouette", chosen["silhouette"], silhouette(x, labels), 1e-5)
        else:
            two = np.sort(np.sqrt(apart), axis=1)[:, :2]
            close(f"{step}/quality.silhouette (of centroids)", chosen["silhouette"], ((two[:, 1] - two[:, 0]) / two[:, 1]).mean(), 1e-5)
    best = {"silhouette": quality["silhouette"].idxmax, "calinski_harabasz": quality["calinski_harabasz"].idxmax,
            "davies_bouldin": quality["davies_bouldin"].idxmin}[choose]()
    holds(f"{step}: the k of the best {choose}", quality["k"][best] == k)
    for tried in ks:
        of = history[history["k"] == tried]
        holds(f"{step}/history: iterations of k = {tried}", list(of["iteration"]) == list(range(1, len(of) + 1)) and
              int(quality["iterations"][quality["k"] == tried].iloc[0]) == len(of))
        inertias = of["inertia"].to_numpy()
        holds(f"{step}/history: inertia of k = {tried} falls", (np.diff(inertias) <= 1e-9 * inertias[0]).all())
        holds(f"{step}/history: the first iteration of k = {tried} moves all", of["moved"].iloc[0] == len(x))
    return x, labels, scaled, fitted


def lloyd(x, centroids, iterations):
    for _ in range(iterations):
        labels = squared_distances(x, centroids).argmin(axis=1)
        centroids = np.stack([x[labels == c].mean(axis=0) for c in range(len(centroids))])
    return centroids


def main():
    lines = pd.read_csv(sys.argv[2], dtype={"price": str}, keep_default_na=False)
    lines["time"] = pd.to_datetime(lines.time, format="ISO8601").dt.tz_localize(None)
    lines["local"] = lines.time.dt.tz_localize("UTC").dt.tz_convert("Europe/London").dt.tz_localize(None)
    with h5py.File(sys.argv[1]) as file:
        def read(step):
            names = [name for name in file[step] if isinstance(file[step][name], h5py.Group)
                     and file[step][name].attrs.get("encoding-type") == "dataframe"]
            return {"": anndata.io.read_elem(file[step]), **{name: anndata.io.read_elem(file[step][name]) for name in names}}

        tables = {step: read(step) for step in file if isinstance(file[step], h5py.Group)}
    record = {step["step"]: step for step in json.load(open(sys.argv[1] + ".run.json"))["steps"]}

    expected = expected_rfm(lines)
    check_rfm(tables["rfm"][""], expected)
    left_out = record["rfm"]["left_out"]
    holds("rfm: lines that where leaves out", (lines.item == "P00001").sum() in left_out.values(), str(left_out))
    late = ((lines.item != "P00001") & (lines.local >= pd.Timestamp("2025-07-01"))).sum()
    holds("rfm: lines at or after as_of", late in left_out.values() and late > 0, str(left_out))

    profile = tables["profile"][""]
    holds("profile: its columns, in order", list(profile.columns) == ["recency_days", "frequency", "monetary", "often"])
    often = expected.frequency.where(expected.frequency > 2).astype(float)
    close("profile.often", profile.often, often)
    table = expected[["recency_days", "frequency", "monetary"]].assign(often=often)

    two = {"monetary": ["asinh", "standardize"], "frequency": ["log1p", "standardize"]}
    check_kmeans("chosen", tables["chosen"], table, {
        "recency_days": [("impute", "median"), "log1p", "robust"],
        "frequency": [("clip", (1, 6)), "minmax"],
        "monetary": ["asinh", "standardize"],
        "often": [("impute", "mean"), ("clip", (-np.inf, 12)), "log1p", "standardize"]}, [2, 5, 3, 4], "calinski_harabasz")
    check_kmeans("by_silhouette", tables["by_silhouette"], table, two, [2, 3, 4])
    check_kmeans("by_davies_bouldin", tables["by_davies_bouldin"], table, two, [2, 3, 4], "davies_bouldin")
    some = table[(table.monetary > 5) & table.often.notna()]
    check_kmeans("dropped", tables["dropped"], some, {
        "often": [("impute", "drop"), "log1p", "standardize"], "recency_days": [("impute", 900.0), "standardize"],
        "monetary": ["log1p", "standardize"]}, [3])
    left_out = list(record["dropped"]["left_out"].values())
    poor, rare = (table.monetary <= 5).sum(), ((table.monetary > 5) & table.often.isna()).sum()
    holds("dropped: rows left out by where, and for a missing value", sorted(left_out) == sorted([poor, rare]), str(left_out))
    x, _, _, _ = check_kmeans("random", tables["random"], table, two, [6])
    check_kmeans("parallel", tables["parallel"], table, two, [40])
    check_kmeans("tries", tables["tries"], table, two, [6])
    holds("several tries are no worse than one", tables["tries"]["quality"].inertia[0] <= tables["random"]["quality"].inertia[0])
    _, _, scaled, fitted = check_kmeans("given", tables["given"], table, two, [3], converges=False)
    start = np.array([[0, 1], [100, 2], [1000, 9]], float)
    start = np.stack([fit.forward(start[:, i]) for i, fit in enumerate(fitted.values())], axis=1)
    close("given: four iterations of Lloyd's from there", scaled, lloyd(x, start, 4), 1e-5)

    bought = lines[lines.quantity > 7]
    bought = bought.assign(price=bought.price.astype(float))
    check_kmeans("lines", tables["lines"], bought, {"price": [("clip", (0, 50)), "standardize"], "quantity": ["standardize"]}, [4])
    finish()


if __name__ == "__main__":
    main()
