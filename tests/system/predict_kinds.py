"""What predict_kinds.sh knows: makes rows of three groups, checks predictions of every kind of model, spoils one.

predict_kinds.py make FILE; check OUTPUT STEP KIND LABEL; spoil OUTPUT STEP FILE: prints what is not so and exits with 1 if there is anything.
"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd

from truths import finish, holds, read

MISSING, UNSEEN = 50, 30      # rows to score without x, and of a colour that training did not meet
CLASSES = {"two": [False, True], "kind": ["A", "B", "C"], "count": [-5, 5, 15], "word": ["p", "q", "r"], "answer": ["yes", "no"]}


def make(path):
    random = np.random.default_rng(3)
    n = 3000
    group = random.integers(0, 3, n)
    colours = np.array(["blue", "green", "red", "gray"])[np.where(random.random(n) < 0.2, 3, group)]
    frame = pd.DataFrame(
        {"x": random.normal(group * 2.0, 1), "y": random.normal(-group, 1), "z": random.normal(0, 1, n), "colour": pd.Categorical(colours),
         "two": group == 1, "kind": pd.Categorical(np.array(["A", "B", "C"])[group]), "count": group * 10 - 5,
         "word": np.array(["p", "q", "r"])[group], "answer": pd.Categorical(np.where(group > 0, "yes", "no")),
         "number": group * 3.0 + random.normal(0, 0.3, n)},
        index=pd.Index([f"k{i:04d}" for i in range(n)], name="id"))
    other = frame.copy()
    other["colour"] = other["colour"].cat.add_categories(["pink"])
    other.iloc[:MISSING, other.columns.get_loc("x")] = np.nan
    other.iloc[100:100 + UNSEEN, other.columns.get_loc("colour")] = "pink"
    with h5py.File(path, "w") as file:
        anndata.io.write_elem(file, "training", frame)
        anndata.io.write_elem(file, "customers", other)


def check(path, step, kind, label):
    told = read(path, step)
    truth = read("in.h5", "customers")[label]
    holds("all rows in their order", list(told.index) == list(truth.index))
    open_rows = np.arange(len(told)) < MISSING if kind != "forest" else np.zeros(len(told), bool)
    holds("what is not scored", (told["predicted"].isna() == open_rows).all())
    kept = ~open_rows
    predicted = told["predicted"][kept]
    if label == "number":
        holds("no score beside a number", "score" not in told)
        holds("near the truth", np.mean((predicted - truth[kept]) ** 2) < 0.3 * truth.var())
    else:
        same = predicted.astype(str).str.lower() == truth[kept].astype(str).str.lower()
        holds(f"mostly right, not {same.mean()}", same.mean() > 0.75)
        classes = CLASSES[label]
        scores = read(path, step + "/scores")
        k = len(classes)
        holds("classes of scores", [str(value).lower() for value in scores["class"][:k]] == [str(value).lower() for value in classes])
        by_row = scores["score"].to_numpy().reshape(-1, k)
        holds("scores that are missing", (np.isnan(by_row).any(axis=1) == open_rows).all() and (np.isnan(by_row).all(axis=1) == open_rows).all())
        score = told["score"].to_numpy()[kept]
        texts = np.array([str(value).lower() for value in classes])
        best = by_row[kept].argmax(axis=1) if k > 2 else (by_row[kept, 1] >= (0 if kind == "svm" else 0.5)).astype(int)
        holds("the class of the greatest score, or from the threshold on", (predicted.astype(str).str.lower() == texts[best]).all())
        if k == 2:
            holds("the second's score", (score == by_row[kept, 1]).all())
        else:
            holds("the predicted one's score", (score == by_row[kept].max(axis=1)).all())
        if kind in ("forest", "logistic", "platt"):
            holds("probabilities", np.allclose(by_row[kept].sum(axis=1), 1, atol=1e-12) and by_row[kept].min() >= 0)
    holds("reasons", set(told["reason_1"].dropna()) <= {"x", "y", "z", "colour"} and told["reason_1"][kept].notna().mean() > 0.9)
    effects = np.abs(told[["effect_1", "effect_2"]].to_numpy())
    holds("order of effects", (np.nan_to_num(effects[:, 1]) <= np.nan_to_num(effects[:, 0])).all())
    if kind in ("forest", "logistic"):
        leading = told["reason_1"][kept].isin(["x", "y", "colour"]).mean()
        holds(f"what tells the groups apart leads, not in {leading}", leading > 0.9)


def spoil(path, step, spoilt):
    """The model, cut short, as a table of another program's."""
    with h5py.File(path) as file, h5py.File(spoilt, "w") as made:
        word = file[step + "/model/word"]
        made["model/word"] = word[: len(word) // 2]
        made["model/word"].attrs.update({"fullbase_type": "int64", "unit": word.attrs["unit"]})


{"make": make, "check": check, "spoil": spoil}[sys.argv[1]](*sys.argv[2:])
finish()
