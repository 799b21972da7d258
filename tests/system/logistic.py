"""Logistic regressions beside scikit-learn's, on the data sets that ship with it and on credit card clients.

logistic.py make CREDIT.csv|"" writes a CSV file a data set, `<name>.csv`, and `job.yaml` with the steps of STEPS. logistic.py compare
OUTPUT compares their tables: coefficients to 1e-6 of scikit-learn's of the same rows, its tolerance set as low as it takes; probabilities
and the rows' classes of predict steps; the objective and the gradient that the coefficients have, computed with numpy. Prints one line
a breach and a last line "<n> truths, <n> breaches".
"""
import json
import pathlib
import sys
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from truths import finish, holds

# step: data set, C, standardize, class weights
STEPS = {
    "iris_fit": ("iris", 1.0, False, None),
    "iris_scaled": ("iris", 0.1, True, None),
    "wine_fit": ("wine", 1.0, True, "balanced"),
    "digits_fit": ("digits", 0.01, False, None),
    "cancer_fit": ("cancer", 1.0, True, None),
    "cancer_plain": ("cancer", 10.0, False, {"0": 3, "1": 0.5}),
    "shops_fit": ("shops", 2.0, True, None),
    "credit_fit": ("credit", 1.0, True, None),
    "credit_balanced": ("credit", 0.01, True, "balanced"),
}
SHIPPED = {"iris": datasets.load_iris, "wine": datasets.load_wine, "digits": datasets.load_digits, "cancer": datasets.load_breast_cancer}

def close(what, ours, expected, tolerance):
    ours, expected = np.asarray(ours, float), np.asarray(expected, float)
    good = ours.shape == expected.shape and np.allclose(ours, expected, rtol=tolerance, atol=tolerance)
    furthest = np.abs(ours - expected).max() if ours.shape == expected.shape else "shapes differ"
    holds(what, good, f": off by {furthest}")


def shops():
    """Numbers with holes and categories: few rows of some, one of 3,000 categories."""
    random = np.random.default_rng(3)
    n = 6000
    size = random.gamma(2, 10, n)
    region = random.choice(["north", "south", "east", "far"], n, p=[0.5, 0.3, 0.19, 0.01])
    town = random.integers(0, 3000, n)
    age = random.normal(40, 12, n)
    score = 0.08 * (size - 20) + np.where(region == "far", 1.5, -0.3) + 0.3 * np.sin(town) - 0.01 * (age - 40)
    frame = pd.DataFrame({"size": size, "region": region, "town": [f"t{t:05d}" for t in town], "age": age})
    frame["label"] = (random.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    frame.loc[random.random(n) < 0.1, "age"] = np.nan
    frame.loc[random.random(n) < 0.05, "region"] = np.nan
    return frame


def frames(credit):
    made = {"shops": shops()}
    for name, load in SHIPPED.items():
        data = load()
        made[name] = pd.DataFrame(data.data, columns=[f"x{j}" for j in range(data.data.shape[1])])
        made[name]["label"] = data.target
    if credit:
        table = pd.read_csv(credit)
        made["credit"] = table.drop(columns="ID").rename(columns={"default-payment-next-month": "label"})
        made["credit"].columns = [c.lower() for c in made["credit"].columns]
    return made


def make(credit):
    lines = ["version: 1", "store: store", 'output: {file: "${FULLBASE_OUTPUT:-out.h5}"}', "import:"]
    made = frames(credit)
    for name, frame in made.items():
        frame.insert(0, "id", np.arange(len(frame)))
        frame.to_csv(f"{name}.csv", index=False, float_format="%.17g")
        types = {c: "int64" if c in ("id", "label") else "category" if c in ("region", "town") else "float64" for c in frame.columns}
        columns = "".join(f"\n      {c}: {{type: {t}}}" for c, t in types.items())
        lines.append(f"  {name}:\n    files: {name}.csv\n    columns:{columns}")
    lines.append("steps:")
    for step, (name, c, standardize, weights) in STEPS.items():
        if name not in made:
            continue
        more = "" if weights is None else f", class_weights: {json.dumps(weights)}"
        more += ", missing: mean" if name == "shops" else ""
        folds = ", cross_validation: {folds: 3}" if step in ("iris_fit", "shops_fit") else ""
        lines.append(f"  {step}: {{job: logistic, from: {name}, label: label, exclude: [id], C: {c}, "
                     f"standardize: {str(standardize).lower()}{more}{folds}}}")
        lines.append(f"  {step}_told: {{job: predict, from: {{table: {name}, model: {step}}}, keep: [id], all_classes: true}}")
    pathlib.Path("job.yaml").write_text("\n".join(lines) + "\n")


def encoded(name, frame, standardize):
    """Columns as scikit-learn takes them, with their names: numbers first, then categories one-hot, a missing one without a one."""
    categories = [c for c in ("region", "town") if c in frame]
    numbers = frame.drop(columns=["label", *categories]).astype(float)
    numbers = numbers.fillna(numbers.mean())
    scaler = StandardScaler(with_std=standardize).fit(numbers)
    x = scaler.transform(numbers)
    names = [(c, None) for c in numbers.columns]
    scale = scaler.scale_ if standardize else np.ones(len(names))
    scale = np.where(numbers.std() == 0, 1, scale)
    for c in categories:
        coder = OneHotEncoder(sparse_output=False).fit(frame[[c]])
        keep = [not pd.isna(v) for v in coder.categories_[0]]
        x = np.hstack([x, coder.transform(frame[[c]])[:, keep]])
        names += [(c, v) for v in coder.categories_[0][keep]]
        scale = np.concatenate([scale, np.ones(sum(keep))])
    return x, names, scale, np.concatenate([scaler.mean_, np.zeros(len(names) - numbers.shape[1])])


def compare(output, credit):
    made = frames(credit)
    with h5py.File(output) as file:
        for step, (name, c, standardize, weights) in STEPS.items():
            if name not in made:
                continue
            frame = made[name]
            x, names, scale, mean = encoded(name, frame, standardize)
            y = frame["label"].to_numpy()
            model_weights = weights if weights is None or weights == "balanced" else {int(k): w for k, w in weights.items()}
            several = y.max() > 1
            model = LogisticRegression(C=c, class_weight=model_weights, tol=1e-13, max_iter=10000,
                                       solver="newton-cg" if several or x.shape[1] > 500 else "newton-cholesky")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # its line search ends where rounding does
                model.fit(x, y)
            table = anndata.io.read_elem(file[step])
            outputs = list(range(y.max() + 1)) if several else [1]
            ours = np.zeros((len(outputs), len(names) + 1))
            place = {n: j for j, n in enumerate(names)}
            for row in table.itertuples():
                k = outputs.index(int(getattr(row, "_1", None) or row[1]))
                if row.feature == "(intercept)":
                    ours[k, -1] = row.coefficient
                else:
                    ours[k, place[(row.feature, None if pd.isna(row.category) else row.category)]] = row.coefficient
            holds(f"{step}: a row a class and column", len(table) == ours.size)
            close(f"{step}: odds ratios", table["odds_ratio"], np.exp(table["coefficient"]), 1e-12)

            # In the encoded columns, which are those of the objective.
            w = ours[:, :-1] * scale
            b = ours[:, -1] + ours[:, :-1] @ mean
            row_weights = np.ones(len(y)) * c
            if weights == "balanced":
                row_weights *= (len(y) / (y.max() + 1) / np.bincount(y))[y]
            elif weights:
                row_weights *= np.array([weights[str(k)] for k in range(y.max() + 1)])[y]
            scores = x @ w.T + b
            if several:
                p = np.exp(scores - scores.max(1, keepdims=True))
                p /= p.sum(1, keepdims=True)
                residual = p - np.eye(y.max() + 1)[y]
                loss = -np.log(p[np.arange(len(y)), y])
            else:
                p = 1 / (1 + np.exp(-scores))
                residual = p - y[:, None]
                loss = np.log1p(np.exp(-np.abs(scores[:, 0]))) + np.maximum(0, np.where(y == 1, -scores[:, 0], scores[:, 0]))
                p = np.hstack([1 - p, p])
            residual *= row_weights[:, None]
            gradient = np.hstack([residual.T @ x + w, residual.sum(0)[:, None]])
            start = np.abs(row_weights @ np.abs(x)).max()
            holds(f"{step}: the gradient vanishes", np.abs(gradient).max() < 1e-9 * start, f": {np.abs(gradient).max()} of {start}")
            history = anndata.io.read_elem(file[f"{step}/history"])
            close(f"{step}: objective", history["objective"].iloc[-1], row_weights @ loss + 0.5 * (w**2).sum(), 1e-11)
            holds(f"{step}: the objective falls", (np.diff(history["objective"]) <= 1e-9 * abs(history["objective"].iloc[0])).all())
            close(f"{step}: coefficients", w, model.coef_, 1e-6)
            close(f"{step}: intercepts", b, model.intercept_, 1e-6)

            told = anndata.io.read_elem(file[f"{step}_told"])
            scores_told = anndata.io.read_elem(file[f"{step}_told/scores"])["score"].to_numpy().reshape(len(y), -1)
            scored = np.isfinite(scores_told).all(1)
            holds(f"{step}: every row is scored", scored.all())
            close(f"{step}: probabilities", scores_told, p, 1e-10)
            holds(f"{step}: classes told", (told["predicted"].to_numpy() == p.argmax(1)).mean() > 0.9999)
            effects = told["effect_1"].to_numpy()
            top = p.argmax(1) if several else np.zeros(len(y), int)
            if name not in ("shops",):
                close(f"{step}: greatest effects", np.abs(effects), np.abs(w[top] * x).max(1), 1e-9)
            if "cross_validation" in file[step]:
                measures = anndata.io.read_elem(file[f"{step}/cross_validation"])
                whole = measures[(measures["metric"] == "accuracy") & measures["fold"].isna() & measures["class"].isna()]
                holds(f"{step}: cross-validated accuracy", 0.5 < float(whole["value"].iloc[0]) <= (p.argmax(1) == y).mean() + 0.02,
                      whole.to_string())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        compare(sys.argv[2], sys.argv[3])
        finish()
