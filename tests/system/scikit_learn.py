"""Trees and measures beside scikit-learn's, on the data sets that ship with it and on credit card clients.

scikit_learn.py make CREDIT.csv|"" writes a CSV file a data set and `job.yaml`. scikit_learn.py compare OUTPUT CREDIT.csv|"": at every
node of every tree scikit-learn's best split of the node's rows, on the same bins, leaves the same impurity; where a leaf is, it finds
none; measures of predictions are scikit-learn's to 1e-12. Prints a line a breach and a last line "<n> truths, <n> breaches".
"""
import pathlib
import sys

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem
from sklearn import datasets
from sklearn import metrics as sk
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import evaluate
from forest import binned
from logistic import frames
from truths import finish, holds

# step: data set, impurity, greatest depth, least rows of a leaf, class weights
TREES = {
    "iris_gini": ("iris", "gini", None, 1, None),
    "iris_entropy": ("iris", "entropy", None, 3, "balanced"),
    "wine_gini": ("wine", "gini", None, 1, "balanced"),
    "wine_entropy": ("wine", "entropy", None, 1, None),
    "cancer_gini": ("cancer", "gini", None, 1, None),
    "cancer_entropy": ("cancer", "entropy", 5, 4, None),
    "digits_gini": ("digits", "gini", None, 1, None),
    "digits_entropy": ("digits", "entropy", 6, 5, None),
    "credit_gini": ("credit", "gini", 8, 10, None),
    "credit_entropy": ("credit", "entropy", 5, 50, "balanced"),
    "diabetes_error": ("diabetes", "squared_error", None, 2, None),
    "digits_error": ("digits", "squared_error", 7, 3, None),
}
MEASURED = ("iris", "wine", "cancer", "digits", "credit")


def tables(credit):
    made = {name: frame for name, frame in frames(credit).items() if name != "shops"}
    data = datasets.load_diabetes()
    made["diabetes"] = pd.DataFrame(data.data, columns=[f"x{j}" for j in range(data.data.shape[1])]).assign(label=data.target.astype(int))
    return made


def make(credit):
    lines = ["version: 1", "seed: 3", "store: store", "output: {file: out.h5}", "import:"]
    made = tables(credit)
    for name, frame in made.items():
        frame.insert(0, "id", np.arange(len(frame)))
        frame.to_csv(f"{name}.csv", index=False, float_format="%.17g")
        columns = ", ".join(f"{c}: {{type: {'int64' if c == 'label' else 'float64'}}}" for c in frame.columns[1:])
        lines.append(f"  {name}: {{files: {name}.csv, key: id, columns: {{id: {{type: int64, required: true}}, {columns}}}}}")
    lines.append("steps:")
    for step, (name, impurity, depth, rows, weights) in TREES.items():
        if name in made:
            more = f", max_depth: {depth}" if depth else ""
            more += f", class_weights: {weights}" if weights else ""
            more += ", task: regression" if impurity == "squared_error" else ""
            lines.append(f"  {step}: {{job: forest, from: {name}, label: label, trees: 1, impurity: {impurity}, min_rows: {rows}{more}}}")
    for name in MEASURED:
        if name in made:
            lines.append(f"  {name}_parts: {{job: split, from: {name}, test: 0.4, stratify: label}}")
            for kind, options in (("forest", "forest, trees: 25, max_depth: 6"), ("line", "logistic"), ("machine", "svm")):
                lines.append(f"  {name}_{kind}: {{job: {options}, from: {name}_parts, where: part = 'train', label: label, exclude: [part]}}")
                lines.append(f"  {name}_{kind}_told: {{job: predict, from: {{table: {name}_parts, model: {name}_{kind}}}, "
                             "where: {table: part = 'test'}, keep: [label], all_classes: true, reasons: 0}")
                lines.append(f"  {name}_{kind}_quality: {{job: evaluate, from: {{table: {name}_{kind}_told, scores: {name}_{kind}_told.scores}}, "
                             "label: label}")
    pathlib.Path("job.yaml").write_text("\n".join(lines) + "\n")


def impurity_of(labels, weights, kind):
    """Weight times impurity."""
    if kind == "squared_error":
        return ((labels - labels.mean()) ** 2).sum()
    counts = np.bincount(labels, weights)
    shares = counts[counts > 0] / counts.sum()
    return counts.sum() * (1 - (shares**2).sum() if kind == "gini" else -(shares * np.log2(shares)).sum())


def compare_tree(output, step, frame):
    _, kind, depth, least, weighting = TREES[step]
    labels = frame["label"].to_numpy()
    features = frame.drop(columns=["label"])
    bins = binned(features).to_numpy(np.float32)
    weights = np.ones(len(labels))
    if weighting == "balanced":
        weights = (len(labels) / (labels.max() + 1) / np.bincount(labels))[labels]
    nodes = read_elem(output[f"{step}/nodes"])
    children = {parent: list(rows) for parent, rows in nodes[nodes["parent"].notna()].groupby("parent")["node"]}
    rows_of = {0: np.arange(len(labels))}
    splits = 0
    for node in nodes.itertuples():
        rows = rows_of[node.node]
        own, own_weights = labels[rows], weights[rows]
        whole = impurity_of(own, own_weights, kind)
        stump = DecisionTreeRegressor if kind == "squared_error" else DecisionTreeClassifier
        peer = stump(criterion=kind, max_depth=1, min_samples_leaf=least).fit(bins[rows], own, own_weights)
        sides = peer.apply(bins[rows])
        theirs = sum(impurity_of(own[sides == s], own_weights[sides == s], kind) for s in np.unique(sides))
        where = f"{step}, node {node.node} of {len(rows)} rows"
        holds(f"{where}: rows", node.rows == len(rows), node.rows)
        if pd.isna(node.feature):
            if depth is None or node.depth < depth:
                holds(f"{where}: a leaf that could be split", whole - theirs <= 1e-9 * max(whole, 1), whole - theirs)
            continue
        splits += 1
        left = features[node.feature].to_numpy()[rows] <= node.threshold
        ours = impurity_of(own[left], own_weights[left], kind) + impurity_of(own[~left], own_weights[~left], kind)
        holds(f"{where}: impurity", np.isclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(whole, 1)), (ours, theirs, whole))
        holds(f"{where}: least rows", min(left.sum(), (~left).sum()) >= least)
        rows_of[children[node.node][0]], rows_of[children[node.node][1]] = rows[left], rows[~left]
    holds(f"{step}: it is a tree", splits >= 3, splits)


def compare_measures(path, output, step, names):
    told = read_elem(output[f"{step}_told"])
    scores = read_elem(output[f"{step}_told/scores"])["score"].to_numpy().reshape(len(told), -1)
    label, predicted = told["label"].to_numpy(), told["predicted"].to_numpy()
    texts = [str(name) for name in names]
    measures = evaluate.Measures(path, f"{step}_quality")

    def close(metric, expected, of_class=""):
        holds(f"{step}: {metric} {of_class}", np.isclose(expected, measures(metric, of_class), rtol=1e-12, atol=1e-12),
              (expected, measures(metric, of_class)))

    evaluate.check_confusion(path, f"{step}_quality", measures, label.astype(str), predicted.astype(str), texts)
    probabilities = not step.endswith("machine")
    if len(names) == 2:
        close("roc_auc", sk.roc_auc_score(label, scores[:, 1]))
        close("average_precision", sk.average_precision_score(label, scores[:, 1]))
        false, true, _ = sk.roc_curve(label, scores[:, 1], drop_intermediate=False)
        close("kolmogorov_smirnov", np.abs(true - false).max())
        if probabilities:
            close("brier", sk.brier_score_loss(label, scores[:, 1]))
    else:
        areas = [sk.roc_auc_score(label == k, scores[:, k]) for k in names]
        for k in names:
            close("roc_auc", areas[k], str(k))
            close("average_precision", sk.average_precision_score(label == k, scores[:, k]), str(k))
        close("roc_auc_macro", np.mean(areas))
        if probabilities:
            close("brier", np.mean(((scores - np.eye(len(names))[label]) ** 2).sum(axis=1)))
    if probabilities:
        close("log_loss", sk.log_loss(label, scores))
    else:
        measures.is_missing("log_loss")


def compare(path, credit):
    made = tables(credit)
    with h5py.File(path) as output:
        for step, (name, *_) in TREES.items():
            if name in made:
                compare_tree(output, step, made[name])
        for name in MEASURED:
            if name in made:
                for kind in ("forest", "line", "machine"):
                    compare_measures(path, output, f"{name}_{kind}", np.unique(made[name]["label"]))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        compare(sys.argv[2], sys.argv[3])
        finish()
