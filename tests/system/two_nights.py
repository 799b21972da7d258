"""What two_nights.sh knows of its nights: makes them, and checks what runs made of them against pandas and numpy.

two_nights.py make; two_nights.py CHECK ARGUMENTS...: prints what is not so, one line each, and exits with 1 if there is anything.
"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd

from truths import close, finish, holds, read

# Three groups of customers around these points in the first nights, and a fourth that is away on the third.
POINTS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def night(path, ids, group, shift, seed):
    random = np.random.default_rng(seed)
    n = len(ids)
    at = POINTS[group] + random.normal(0, 1, (n, 2))
    score = pd.array(random.integers(0, 10, n), dtype="Int64")
    score[random.random(n) < 0.05] = pd.NA
    channel = random.choice(["web", "shop", "phone", "fax"], n, p=[0.6, 0.3, 0.095, 0.005])
    frame = pd.DataFrame(
        {"x": at[:, 0], "y": at[:, 1], "steady": random.normal(0, 1, n), "moved": random.normal(shift, 1, n),
         "channel": pd.Categorical(channel), "score": score},
        index=pd.Index(ids, name="customer"))
    with h5py.File(path, "w") as file:
        anndata.io.write_elem(file, "customers", frame)


def make():
    random = np.random.default_rng(5)
    n = 3000
    ids = np.array([f"c{i:05d}" for i in range(n)])
    group = random.integers(0, 4, n)
    night("one.in.h5", ids, group, 0.0, 1)
    # The second night: another order, one in twenty gone, 250 new, one in ten in the next group, and `moved` one deviation further.
    stay = random.permutation(np.flatnonzero(random.random(n) > 0.05))
    wander = random.random(n) < 0.1
    later = np.where(wander, (group + 1) % 4, group)
    new = np.array([f"n{i:05d}" for i in range(250)])
    ids, group = np.concatenate([ids[stay], new]), np.concatenate([later[stay], random.integers(0, 4, 250)])
    night("two.in.h5", ids, group, 1.0, 2)
    night("without.in.h5", ids[group != 1], group[group != 1], 1.0, 3)


def same_segments(first, second):
    """Every customer has the same segment in both outputs."""
    a, b = read(first, "segments")["segment"], read(second, "segments")["segment"]
    holds(f"segments of {first} and {second}", a.equals(b))


def numbers(path, *expected):
    holds(f"numbers of {path}", list(read(path, "segments/centroids")["segment"]) == [int(number) for number in expected])


def stays(before, after):
    """A segment's centroid is where the one of its number was, and names go with numbers."""
    a, b = read(before, "segments/centroids").set_index("segment"), read(after, "segments/centroids").set_index("segment")
    common = a.index.intersection(b.index)
    holds("some segments stay", len(common) >= 3)
    for number in common:
        holds(f"segment {number} is where it was", np.hypot(*(a.loc[number, ["x", "y"]] - b.loc[number, ["x", "y"]])) < 0.5)
    rows = read(after, "segments")
    expected = rows["segment"].map({0: "Loyal", 2: "Leaving"})
    holds("names go with numbers", (rows["name"].astype(object).fillna("") == expected.fillna("")).all())


def matching(before, after):
    a, b = read(before, "segments")["segment"], read(after, "segments")["segment"]
    both = pd.concat([a.rename("a"), b.rename("b")], axis=1, join="inner")
    for _, row in read(after, "segments/matching").iterrows():
        if pd.isna(row["previous_segment"]) or pd.isna(row["segment"]):
            continue
        mine = both[both["a"] == row["previous_segment"]]
        kept = (mine["b"] == row["segment"]).sum()
        holds(f"customers of segment {row['segment']}", kept == row["customers"])
        close("share", kept / len(mine), row["share"])


def transitions(before, after):
    a, b = read(before, "segments")["segment"], read(after, "segments")["segment"]
    both = pd.concat([a.rename("a"), b.rename("b")], axis=1)
    both["a"] = [str(int(x)) if x == x else "new" for x in both["a"]]
    both["b"] = [str(int(x)) if x == x else "gone" for x in both["b"]]
    expected = pd.crosstab(both["a"], both["b"])
    table = read(after, "flow/transitions")
    found = table.pivot_table(index="from", columns="to", values="customers", aggfunc="sum", fill_value=0)
    found = found.reindex(index=expected.index, columns=expected.columns, fill_value=0)
    holds("transitions are pandas' crosstab", (found.values == expected.values).all() and table["customers"].sum() == len(both))
    shares = pd.crosstab(both["a"], both["b"], normalize="index")
    for _, row in table.iterrows():
        close("share of a transition", shares.loc[row["from"], row["to"]], row["share"])


def index(before, after):
    """The population stability index of two series, as the reference page says it."""
    if before.dtype.kind in "ifM":
        a, b = before.to_numpy(float), after.to_numpy(float)
        known = np.sort(a[~np.isnan(a)])
        cuts = np.unique(np.quantile(known, np.arange(1, 10) / 10, method="inverted_cdf"))
        codes = [np.where(np.isnan(v), len(cuts) + 1, np.searchsorted(cuts, v)) for v in (a, b)]
    else:
        texts = [v.astype(object).fillna("(missing)") for v in (before, after)]
        shares = [t.value_counts(normalize=True) for t in texts]
        rare = [v for v in set(texts[0]) | set(texts[1]) if v != "(missing)" and all(s.get(v, 0) < 0.01 for s in shares)]
        codes = [t.where(~t.isin(rare), "(others)") for t in texts]
    counts = [pd.Series(c).value_counts() for c in codes]
    bins = counts[0].index.union(counts[1].index)
    p, q = (np.maximum(c.reindex(bins, fill_value=0), 0.5) / len(v) for c, v in zip(counts, codes))
    return float(((q - p) * np.log(q / p)).sum())


def drift(before, after):
    table = read(after, "moved").set_index("column")
    a, b = read(before, "people"), read(after, "people")
    holds("columns", list(table.index) == ["x", "y", "steady", "moved", "channel", "score"])
    for column, row in table.iterrows():
        was, now = a[column], b[column]
        if str(was.dtype) == "Int64":
            was, now = was.astype(float), now.astype(float)
        close(f"psi of {column}", index(was, now), row["psi"], 1e-9)
        close(f"missing of {column}", [was.isna().mean(), now.isna().mean()], [row["missing_before"], row["missing_after"]])
        holds(f"level of {column}", row["level"] == ("shifted" if column == "moved" else "stable"))
        if column != "channel":
            close(f"mean of {column}", [was.mean(), now.mean()], [row["mean_before"], row["mean_after"]], 1e-9)
    bins = read(after, "moved/bins")
    holds("bins hold all rows", (bins.groupby("column", observed=True)["rows_after"].sum() == len(b)).all())


def nearest(model, after):
    """The rows of `after` have the segment of the nearest centroid of `model`, by its transforms, which both keep."""
    for table in ("segments/scaled_centroids", "segments/transforms"):
        holds(f"{table} stays", read(model, table).equals(read(after, table)))
    scaled = read(model, "segments/scaled_centroids")
    fitted = read(model, "segments/transforms").set_index("column")
    people = read(after, "people")
    rows = np.stack([(people[c] - fitted.loc[c, "shift"]) / fitted.loc[c, "scale"] for c in ("x", "y")], axis=1)
    squared = ((rows[:, None, :] - scaled[["x", "y"]].to_numpy()[None]) ** 2).sum(axis=2)
    segment = scaled["segment"].to_numpy()[squared.argmin(axis=1)]
    table = read(after, "segments")
    holds("labels are the nearest centroid", (table["segment"].to_numpy() == segment).all())
    close("distances", np.sqrt(squared.min(axis=1)), table["distance"], 1e-5)


def model(path, as_of, start):
    table = read(path, "segments/origin")
    when = pd.Timestamp(int(table["as_of"].iloc[0]), unit="us")
    holds(f"model of {path}: {when}, {table['start'].iloc[0]}", when == pd.Timestamp(as_of) and table["start"].iloc[0] == start)


def cuts(before, after):
    """The cuts stayed, and score the second night's customers as pandas does."""
    table = read(after, "rfm/cuts")
    holds("cuts stay", table.equals(read(before, "rfm/cuts")) and len(table) == 12)
    rows = read(after, "rfm")
    bounds = {measure: part["bound"].to_numpy(float) for measure, part in table.groupby("measure", observed=True)}
    for score, measure, sign in (("r_score", "recency_days", -1), ("f_score", "frequency", 1), ("m_score", "monetary", 1)):
        values = rows[measure].astype(float)
        expected = 1 + (sign * values.to_numpy()[:, None] > sign * bounds[measure][None]).sum(axis=1)
        expected = np.where(rows["recency_days"].isna() & (score == "r_score"), 1, expected)
        holds(f"{score} by the kept cuts", (rows[score].to_numpy() == expected).all())


def empty(path):
    for table in ("moved", "moved/bins", "flow", "flow/transitions", "segments/matching"):
        holds(f"{table} of a first night is empty", len(read(path, table)) == 0 and len(read(path, table).columns) > 3)


globals()[sys.argv[1]](*sys.argv[2:])
finish()
