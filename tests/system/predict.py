"""What predict.sh knows of its tables: makes them, spoils models, and checks predictions against the step that made the model.

predict.py make FILE; predict.py same FILE; predict.py spoil FROM FILE HOW: prints what is not so, one line each, and exits with 1 if
there is anything.
"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd

from truths import finish, holds, read


def make(path):
    """Tables of 5,000 customers: some values missing, some infinite, a category."""
    random = np.random.default_rng(11)
    n = 5000
    frame = pd.DataFrame(
        {"income": np.exp(random.normal(10, 1, n)), "age": pd.array(random.integers(18, 90, n), dtype="Int64"),
         "balance": random.normal(0, 1000, n), "visits": random.poisson(3, n).astype(float),
         "country": pd.Categorical(random.choice(["DE", "FR", "UK"], n))},
        index=pd.Index([f"c{i:05d}" for i in range(n)], name="customer"))
    frame.loc[frame.index[random.random(n) < 0.03], "age"] = pd.NA
    frame.loc[frame.index[random.random(n) < 0.03], "balance"] = np.nan
    frame.loc[frame.index[random.random(n) < 0.01], "visits"] = np.inf
    other = frame.drop(columns="balance")
    typed = frame.assign(balance=pd.Categorical(np.where(frame["balance"] > 0, "more", "less")))
    with h5py.File(path, "w") as file:
        for name, table in {"customers": frame, "without": other, "typed": typed, "none": frame[:0]}.items():
            anndata.io.write_elem(file, name, table)


def same(path):
    """Segments and distances of predict are those of k-means; its scores and effects agree with its centroids."""
    told, step = read(path, "scored"), read(path, "segments")
    both = told.join(step, how="left")
    dropped = both["segment"].isna()
    holds("some rows are dropped", 100 < dropped.sum() < 300)
    holds("what was dropped is not scored", (both["predicted"].isna() == dropped).all() and both.loc[dropped, "score"].isna().all())
    kept = both[~dropped]
    holds("segments", (kept["predicted"] == kept["segment"]).all())
    holds("distances", (kept["score"] == kept["distance"].astype(float)).all())

    scores = read(path, "scored/scores")
    k = len(read(path, "segments/centroids"))
    holds("a row a class", len(scores) == k * len(told))
    holds("classes", (scores["class"].to_numpy().reshape(-1, k) == np.arange(k)).all())
    holds("keys", (scores["customer"].to_numpy().reshape(-1, k) == told.index.to_numpy()[:, None]).all())
    distances = scores["score"].to_numpy().reshape(-1, k)
    holds("nearest", (distances[~dropped].argmin(axis=1) == kept["predicted"]).all())
    holds("score", (distances[~dropped].min(axis=1) == kept["score"]).all())

    # There are three features, so that all effects are shown.
    effects = told.loc[~dropped, ["effect_1", "effect_2", "effect_3", "effect_4"]].to_numpy()
    sorted_distances = np.sort(distances[~dropped], axis=1)
    holds("effects", np.allclose(np.nansum(effects, axis=1), sorted_distances[:, 1] ** 2 - sorted_distances[:, 0] ** 2, atol=1e-3))
    sizes = np.nan_to_num(np.abs(effects))
    holds("order of effects", (np.diff(sizes, axis=1) <= 0).all())
    reasons = told.loc[~dropped, ["reason_1", "reason_2", "reason_3"]]
    holds("reasons", set(reasons.stack()) == {"income", "age", "balance", "visits"})
    holds("kept columns", (told["age"].isna() == read("in.h5", "customers")["age"].isna()).all())


def spoil(origin, path, how):
    """The model of ORIGIN as a table that is no longer ours to guard by its checksums."""
    with h5py.File(origin) as file:
        words = file["segments/model/word"][:]
    unit = "model of int64"
    if how == "short":
        words = words[:-5]
    elif how == "empty":
        words = words[:0]
    elif how == "damaged":
        words[len(words) // 2] ^= 1
    elif how == "version":
        words[1] += 1
    elif how == "other":
        words[0] += 1
    elif how == "unit":
        unit = "model of bool"
    with h5py.File(path, "w") as file:
        file["model/word"] = words
        file["model/word"].attrs.update({"fullbase_type": "int64", "unit": unit})


{"make": make, "same": same, "spoil": spoil}[sys.argv[1]](*sys.argv[2:])
finish()
