"""Data for forest.sh, and what has to be true of the results: brute force and scikit-learn are the oracles.

usage: forest.py make FOLDER | check OUTPUT FOLDER
"""
import itertools
import sys

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def make(folder):
    for name, load in [("iris", load_iris), ("wine", load_wine), ("cancer", load_breast_cancer), ("diabetes", load_diabetes)]:
        frame = load(as_frame=True).frame
        frame.columns = [c.replace(" ", "_").replace("(", "").replace(")", "").replace("/", "_") for c in frame.columns]
        frame.to_csv(f"{folder}/{name}.csv", index_label="row")
    # Missing values that tell something, a category, constants, a far outlier.
    random = np.random.default_rng(5)
    n = 4000
    age = random.normal(45, 12, n).round()
    age[random.random(n) < 0.2] = np.nan
    city = random.choice(list("abcdefg"), n, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05]).astype(object)
    city[random.random(n) < 0.1] = np.nan
    spent = random.gamma(1, 100, n)
    spent[7] = 1e9
    shown = (
        0.5 * np.isnan(age)
        + 0.7 * np.isin(city.astype(str), ["b", "e", "f"])
        + 0.6 * (spent > 120)
        + random.normal(0, 0.5, n)
    )
    frame = pd.DataFrame({"age": age, "city": city, "spent": spent, "same": 1.5, "churned": shown > 0.9, "worth": (100 * shown).round(2)})
    frame["district"] = [f"d{int(d)}" for d in np.minimum(random.zipf(1.3, n), 900)]
    frame.to_csv(f"{folder}/customers.csv", index=False)


def impurity(y, kind):
    """Of each column of class indicators, or of the squares of a number."""
    if kind == "squared_error":
        return ((y - y.mean()) ** 2).mean()
    p = np.array([(y == c).mean() for c in np.unique(y)])
    return 1 - (p**2).sum() if kind == "gini" else -(p * np.log2(p)).sum()


def best_split(frame, y, kind, min_rows):
    """The greatest decrease of impurity times rows over all features, thresholds or subsets, and sides of the missing."""
    whole = len(y) * impurity(y, kind)
    best = 0.0
    for name in frame:
        x = frame[name]
        missing = x.isna().to_numpy()
        if x.dtype == object:
            values = sorted(x.dropna().unique())
            subsets = itertools.chain.from_iterable(itertools.combinations(values, k) for k in range(0, len(values) + 1))
            lefts = [x.isin(s).to_numpy() for s in subsets]
        else:
            lefts = [(x <= v).to_numpy() for v in np.unique(x.dropna())]
        for left in lefts:
            for side in [left & ~missing, left | missing]:
                rows = side.sum()
                if rows < min_rows or len(y) - rows < min_rows:
                    continue
                parts = rows * impurity(y[side], kind) + (len(y) - rows) * impurity(y[~side], kind)
                best = max(best, whole - parts)
    return best


def check_tree(output, step, frame, y, kind, min_rows=1, max_depth=None):
    """Every split of the tree is the best there is for its rows, every node tells what its rows are, no leaf could be split."""
    nodes = read_elem(output[step + "/nodes"])
    # `gain` counts as the training does: rows times impurity, up to one factor of the impurity's definition.
    rows_of = {0: np.ones(len(y), bool)}
    factors = []
    for node in nodes.itertuples():
        rows = rows_of[node.node]
        assert node.rows == rows.sum(), (step, node)
        here = y[rows]
        if kind == "squared_error":
            assert np.isclose(node.value, here.mean(), rtol=1e-9), (step, node, here.mean())
        else:
            classes = np.unique(y)
            shares = np.array([(here == c).mean() for c in classes])
            assert np.isclose(node.value, shares[1] if len(classes) == 2 else shares.max(), atol=1e-12), (step, node, shares)
        best = best_split(frame[rows], here, kind, min_rows)
        if pd.isna(node.feature):
            assert best <= 1e-9 * len(y) or node.depth == max_depth, (step, "a leaf could be split", node, best)
            continue
        x = frame[node.feature]
        if x.dtype == object:
            left = x.isin(str(node.categories).split(", ")).to_numpy()
        else:
            left = (x <= (np.inf if np.isnan(node.threshold) else node.threshold)).to_numpy()
        missing = x.isna().to_numpy()
        left = np.where(missing, node.missing_goes == "left", left)
        children = nodes[nodes.parent == node.node].node.tolist()
        rows_of[children[0]] = rows & left
        rows_of[children[1]] = rows & ~left
        done = (
            len(here) * impurity(here, kind)
            - left[rows].sum() * impurity(y[rows & left], kind)
            - (~left[rows]).sum() * impurity(y[rows & ~left], kind)
        )
        assert np.isclose(done, best, rtol=1e-9, atol=1e-9), (step, node, done, best)
        factors.append(node.gain / done)
    assert np.allclose(factors, factors[0], rtol=1e-6), (step, "gains are not decreases of impurity", factors)
    importance = read_elem(output[step]).set_index("feature").importance
    gains = nodes.groupby("feature", observed=True).gain.sum()
    assert np.isclose(importance.sum(), 1)
    assert all(np.isclose(importance[f], g / gains.sum()) for f, g in gains.items()), (step, importance, gains)
    print(step, len(nodes), "nodes hold")
    return nodes


def binned(frame):
    """What trees see of numbers: values beyond 255 share bins, which end at the type-1 quantiles i / 255."""
    bins = pd.DataFrame(index=frame.index)
    for name in frame:
        x = frame[name].to_numpy(np.float32)
        ends = np.unique(x)
        if len(ends) > 255:
            ends = np.unique([np.sort(x)[-(-i * len(x) // 255) - 1] for i in range(1, 255)])
        bins[name] = np.searchsorted(ends, x)
    return bins


def check(path, folder):
    output = h5py.File(path)
    read = {name: pd.read_csv(f"{folder}/{name}.csv") for name in ["iris", "wine", "cancer", "diabetes", "customers"]}
    x = {name: frame.drop(columns=["row", "target"], errors="ignore") for name, frame in read.items()}
    y = {name: frame.get("target") for name, frame in read.items()}

    check_tree(output, "iris_tree", x["iris"], y["iris"].to_numpy(), "gini")
    check_tree(output, "wine_tree", x["wine"], y["wine"].to_numpy(), "entropy", max_depth=3)
    customers = read["customers"]
    check_tree(output, "churn_tree", customers[["age", "city", "same"]], customers.churned.to_numpy(), "gini", 50, 4)
    check_tree(output, "worth_tree", customers[["age", "city", "same"]], customers.worth.to_numpy(), "squared_error", 50, 3)

    # scikit-learn's trees on the same bins: splits of the same gain.
    for step, name, peer in [
        ("cancer_stump", "cancer", DecisionTreeClassifier(max_depth=1)),
        ("diabetes_stump", "diabetes", DecisionTreeRegressor(max_depth=1)),
    ]:
        tree = peer.fit(binned(x[name]), y[name]).tree_
        parts = tree.impurity * tree.weighted_n_node_samples
        nodes = read_elem(output[step + "/nodes"])
        told = np.where(x[name][nodes.feature[0]] <= nodes.threshold[0], nodes.value[1], nodes.value[2])
        # Squared errors of shares are half of gini's.
        ours = ((told - y[name]) ** 2).sum() * (2 if name == "cancer" else 1)
        assert np.isclose(ours, parts[1] + parts[2], rtol=1e-9), (step, ours, parts)

    # A whole tree knows its rows.
    scored = read_elem(output["iris_scored"])
    assert (scored.predicted.to_numpy() == y["iris"].to_numpy()).mean() == 1

    # Forests do as theirs do on rows that trees have not seen.
    measures = read_elem(output["cancer_forest/out_of_bag"]).set_index("metric").value
    theirs = RandomForestClassifier(200, oob_score=True, random_state=1).fit(x["cancer"], y["cancer"])
    told = theirs.oob_decision_function_
    assert abs(measures["accuracy"] - theirs.oob_score_) < 0.015, (measures["accuracy"], theirs.oob_score_)
    assert abs(measures["roc_auc"] - roc_auc_score(y["cancer"], told[:, 1])) < 0.005
    assert abs(measures["log_loss"] - log_loss(y["cancer"], told)) < 0.05
    measures = read_elem(output["diabetes_forest/out_of_bag"]).set_index("metric").value
    theirs = RandomForestRegressor(200, oob_score=True, max_features=1 / 3, min_samples_leaf=3, random_state=1).fit(x["diabetes"], y["diabetes"])
    assert abs(measures["r2"] - theirs.oob_score_) < 0.03, (measures["r2"], theirs.oob_score_)

    # Importances find what the label was made of, and nothing in what was not.
    found = read_elem(output["churn_forest"]).set_index("feature")
    assert set(found.index[:3]) == {"age", "city", "spent"}, found
    assert found.importance["same"] == 0 and found.permutation_importance["same"] == 0
    assert min(found.permutation_importance[["age", "city", "spent"]]) > 0.02, found
    assert found.missing["age"] == customers.age.isna().sum() and found.missing["city"] == customers.city.isna().sum()

    weights = read_elem(output["churn_forest/classes"]).set_index("class")
    for name, rows in customers.churned.value_counts().items():
        assert weights.rows[str(name).lower()] == rows
        assert np.isclose(weights.weight[str(name).lower()], len(customers) / (2 * rows)), weights
    assert set(read_elem(output["chosen"]).feature) == {"age", "spent"}

    # Scores are those of the model's trees: a row's reasons are there, probabilities lie in [0, 1].
    scored = read_elem(output["churn_scored"])
    assert scored.score.between(0, 1).all() and scored.reason_1.notna().all()
    accuracy = accuracy_score(customers.churned, scored.predicted)
    assert accuracy > 0.8, accuracy
    validated = read_elem(output["churn_forest/cross_validation"])
    folds = validated[(validated.metric == "roc_auc") & validated.fold.notna()].value
    assert len(folds) == 3 and folds.between(0.75, 0.9).all(), folds
    print("all hold")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        check(sys.argv[2], sys.argv[3])
