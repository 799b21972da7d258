"""What evaluate.sh knows of its tables: makes them, and checks what `evaluate` made of them against scikit-learn.

evaluate.py make; evaluate.py CHECK OUTPUT: prints what is not so, one line each, and exits with 1 if there is anything.
"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from truths import close, finish, holds, read


def with_missing(random, values, share):
    values = values.copy()
    values[random.random(len(values)) < share] = pd.NA
    return values


def binary(n=5000, seed=1):
    random = np.random.default_rng(seed)
    churned = random.random(n) < 0.3
    # Many ties: twenty steps.
    score = np.clip(np.round(random.beta(2, 4, n) + 0.2 * churned, 1) + 0.05 * random.integers(0, 2, n), 0, 1)
    predicted = score >= 0.5
    score[random.random(n) < 0.01] = np.nan
    return pd.DataFrame(
        {"churned": with_missing(random, pd.array(churned, dtype="boolean"), 0.02),
         "predicted": with_missing(random, pd.array(predicted, dtype="boolean"), 0.01),
         "score": score, "decision": 8 * score - 3, "age": random.integers(20, 90, n),
         "shop": pd.Categorical(random.choice(["Bonn", "Köln", "Trier", None], n), categories=["Bonn", "Köln", "Mainz", "Trier"])},
        index=pd.Index([f"c{i:05d}" for i in range(n)], name="customer"))


CLASSES = ["blue", "green", "red"]


def several(n=3000, seed=2):
    """Labels never say `green`s that predictions do not know, and predictions never say `white`."""
    random = np.random.default_rng(seed)
    label = random.choice(CLASSES + ["white"], n, p=[0.5, 0.3, 0.15, 0.05])
    raw = np.round(random.random((n, 3)) * 3) + 0.5 + 2 * (label[:, None] == np.array(CLASSES))
    scores = raw / raw.sum(axis=1, keepdims=True)
    predicted = np.array(CLASSES)[scores.argmax(axis=1)]
    predicted[random.random(n) < 0.01] = "grey"
    frame = pd.DataFrame({"label": pd.Categorical(label), "predicted": predicted.astype(str), "score": scores.max(axis=1)},
                         index=pd.Index(np.arange(n) * 7, name="id"))
    table = pd.DataFrame({"id": np.repeat(frame.index.values, 3), "class": pd.Categorical(np.tile(CLASSES, n)),
                          "score": scores.ravel()}).set_index("id")
    return frame, table


def numbers(n=4001, seed=3):
    random = np.random.default_rng(seed)
    value = random.normal(0, 1, n) * np.where(random.random(n) < 0.01, 1e4, 1)
    predicted = value + random.normal(0.1, 1, n)
    predicted[::50] = np.nan
    return pd.DataFrame({"value": value, "predicted": predicted, "visits": random.poisson(3, n), "same": np.full(n, 0.1)},
                        index=pd.Index(np.arange(n), name="id"))


def make():
    with h5py.File("in.h5", "w") as file:
        anndata.io.write_elem(file, "binary", binary())
        frame, table = several()
        anndata.io.write_elem(file, "several", frame)
        anndata.io.write_elem(file, "scores", table)
        shifted = table.copy()
        shifted["class"] = pd.Categorical(np.roll(table["class"].astype(str), 1))
        shifted.iloc[:3, 0] = CLASSES
        anndata.io.write_elem(file, "shifted", shifted)
        anndata.io.write_elem(file, "short", table.iloc[:-1])
        anndata.io.write_elem(file, "numbers", numbers())


class Measures:
    """The main table: value, and why there is none, by (metric, class)."""

    def __init__(self, path, step, within=None):
        table = read(path, step)
        if "within" in table:
            table = table[table["within"].isna() if within is None else (table["within"] == within).fillna(False)]
        keys = zip(table["metric"], table["class"].fillna(""))
        self.rows = {key: (value, reason) for key, value, reason in zip(keys, table["value"], table["reason"].fillna(""))}

    def __call__(self, metric, of_class=""):
        return self.rows[metric, of_class][0]

    def is_missing(self, metric, of_class=""):
        value, reason = self.rows[metric, of_class]
        holds(f"{metric} {of_class} is missing and says why, not {value} {reason}", np.isnan(value) and reason != "")


def check_confusion(path, step, measures, label, predicted, classes):
    got = read(path, f"{step}/confusion")
    expected = sk.confusion_matrix(label, predicted, labels=classes)
    holds(f"{step}: confusion", (got["rows"].to_numpy() == expected.ravel()).all())
    holds(f"{step}: confusion's labels", list(got["label"]) == list(np.repeat(classes, len(classes))))
    close("accuracy", sk.accuracy_score(label, predicted), measures("accuracy"))
    close("balanced accuracy", sk.balanced_accuracy_score(label, predicted), measures("balanced_accuracy"))
    for average in (None, "macro", "micro", "weighted"):
        values = sk.precision_recall_fscore_support(label, predicted, labels=classes, average=average, zero_division=np.nan)
        for name, value in zip(("precision", "recall", "f1"), values):
            if average is None:
                for k, one in zip(classes, value):
                    close(f"{name} of {k}", one, measures(name, k))
                    if np.isnan(one):
                        measures.is_missing(name, k)
            else:
                close(f"{name}_{average}", value, measures(f"{name}_{average}"))


def check_curves(path, step, name, truth, score):
    """ROC, precision and recall, lift of one class against the rest."""
    def of(table):
        frame = read(path, f"{step}/{table}")
        return frame[frame["class"] == name]
    roc, pr, lift = of("roc"), of("precision_recall"), of("lift")
    negatives, positives = (~truth).sum(), truth.sum()
    holds("the first point takes nobody", np.isinf(roc["threshold"].iloc[0]) and roc["true_positive_rate"].iloc[0] == 0)
    holds("points", 3 <= len(roc) <= 201 and len(pr) == len(roc) - 1)
    for row in roc.iloc[1:].itertuples():
        taken = score >= row.threshold
        close("true positives", (taken & truth).sum() / positives, row.true_positive_rate)
        close("false positives", (taken & ~truth).sum() / negatives, row.false_positive_rate)
    for row in pr.itertuples():
        taken = score >= row.threshold
        close("precision", (taken & truth).sum() / taken.sum(), row.precision)
        close("recall", (taken & truth).sum() / positives, row.recall)
    # Rows that tie have their score's share of positives each.
    frame = pd.DataFrame({"score": score, "truth": truth.astype(float)})
    shared = frame.groupby("score")["truth"].transform("mean").to_numpy()[np.argsort(-score, kind="stable")]
    borders = [len(score) * d // 10 for d in range(11)]
    rate = truth.mean()
    for d, row in enumerate(lift.itertuples()):
        part = shared[borders[d]:borders[d + 1]]
        close("rows of a decile", len(part), row.rows)
        close("positives of a decile", part.sum(), row.positives, 1e-9)
        close("lift", part.mean() / rate, row.lift, 1e-9)
        close("gain", shared[:borders[d + 1]].sum() / positives, row.cumulative_gain, 1e-9)
        close("cumulative lift", shared[:borders[d + 1]].mean() / rate, row.cumulative_lift, 1e-9)
    holds("deciles", len(lift) == 10)


def complete_binary():
    frame = binary().dropna(subset=["churned", "predicted", "score"])
    return frame, frame["churned"].to_numpy(bool), frame["predicted"].to_numpy(bool), frame["score"].to_numpy()


def check_binary(path):
    frame, label, predicted, score = complete_binary()
    measures = Measures(path, "binary")
    texts = lambda values: np.where(values, "true", "false")
    check_confusion(path, "binary", measures, texts(label), texts(predicted), ["false", "true"])
    close("ROC AUC", sk.roc_auc_score(label, score), measures("roc_auc"))
    close("average precision", sk.average_precision_score(label, score), measures("average_precision"))
    fpr, tpr, _ = sk.roc_curve(label, score, drop_intermediate=False)
    close("Kolmogorov-Smirnov", np.max(np.abs(tpr - fpr)), measures("kolmogorov_smirnov"))
    close("log loss", sk.log_loss(label, score), measures("log_loss"))
    close("Brier", sk.brier_score_loss(label, score), measures("brier"))
    check_curves(path, "binary", "true", label, score)
    bins = read(path, "binary/calibration")
    width = bins[(bins["binning"] == "width") & (bins["rows"] > 0)]
    share, mean = calibration_curve(label, score, n_bins=10)
    close("shares of calibration", share, width["share"].to_numpy())
    close("means of calibration", mean, width["mean_predicted"].to_numpy())
    quantile = bins[bins["binning"] == "quantile"]
    holds("quantile bins have all rows", quantile["rows"].sum() == len(score) and (quantile["rows"] > 0).all())
    for row in quantile.itertuples():
        inside = (score <= row.upper) & ((score > row.lower) if row.bin > 1 else (score >= row.lower))
        holds("rows of a quantile bin", inside.sum() == row.rows and label[inside].sum() == row.positives)


def check_groups(path):
    """Measures of each shop are those of its rows; a shop without rows has none."""
    frame, label, predicted, score = complete_binary()
    shops = frame["shop"].astype(object).fillna("missing").to_numpy()
    holds("groups", list(read(path, "shops")["within"].dropna().unique()) == ["Bonn", "Köln", "Trier", "missing"])
    close("ROC AUC of all", sk.roc_auc_score(label, score), Measures(path, "shops")("roc_auc"))
    for shop in np.unique(shops):
        own, measures = shops == shop, Measures(path, "shops", shop)
        close(f"accuracy in {shop}", sk.accuracy_score(label[own], predicted[own]), measures("accuracy"))
        close(f"F1 in {shop}", sk.f1_score(label[own], predicted[own]), measures("f1", "true"))
        close(f"ROC AUC in {shop}", sk.roc_auc_score(label[own], score[own]), measures("roc_auc"))
        close(f"log loss in {shop}", sk.log_loss(label[own], score[own]), measures("log_loss"))
    frame = numbers().dropna()
    for visits, own in frame.groupby("visits"):
        close(f"MAE at {visits}", sk.mean_absolute_error(own["value"], own["predicted"]), Measures(path, "by_visits", str(visits))("mae"))


def check_decision(path):
    frame, label, _, score = complete_binary()
    measures = Measures(path, "decision")
    close("ROC AUC of a decision value", sk.roc_auc_score(label, 8 * score - 3), measures("roc_auc"))
    for name in ("log_loss", "brier"):
        measures.is_missing(name)
    holds("no calibration", len(read(path, "decision/calibration")) == 0)


def check_turned(path):
    """`positive: "false"`: the other class's point of view."""
    _, label, _, score = complete_binary()
    close("ROC AUC from the other side", sk.roc_auc_score(~label, score), Measures(path, "turned")("roc_auc"))


def check_several(path):
    frame, table = several()
    names = ["blue", "green", "grey", "red", "white"]
    label, predicted = frame["label"].astype(str).to_numpy(), frame["predicted"].to_numpy()
    for step in ("several", "without"):
        check_confusion(path, step, Measures(path, step), label, predicted, names)
    measures = Measures(path, "several")
    scores = np.zeros((len(frame), 5))
    scores[:, [0, 1, 3]] = table["score"].to_numpy().reshape(-1, 3)
    defined = []
    for k, name in enumerate(names):
        if name == "grey":
            for metric in ("roc_auc", "average_precision"):
                measures.is_missing(metric, name)
            continue
        truth = label == name
        defined.append(sk.roc_auc_score(truth, scores[:, k]))
        close(f"ROC AUC of {name}", defined[-1], measures("roc_auc", name))
        close(f"average precision of {name}", sk.average_precision_score(truth, scores[:, k]), measures("average_precision", name))
        if name != "white":
            check_curves(path, "several", name, truth, scores[:, k])
    close("ROC AUC, mean of all classes", np.mean(defined), measures("roc_auc_macro"))
    close("log loss", sk.log_loss(label, scores, labels=names), measures("log_loss"))
    truth = label[:, None] == np.array(names)
    close("Brier", np.mean(((scores - truth) ** 2).sum(axis=1)), measures("brier"))
    for metric in ("roc_auc", "average_precision", "kolmogorov_smirnov", "log_loss", "brier"):
        Measures(path, "without").is_missing(metric)
    holds("no curves without the scores of all classes", len(read(path, "without/roc")) == 0)


def check_three(path):
    """Only rows whose label the model knows: scikit-learn has the mean itself."""
    frame, table = several()
    kept = frame["label"].astype(str).isin(CLASSES).to_numpy() & frame["predicted"].isin(CLASSES).to_numpy()
    label, scores = frame["label"].astype(str).to_numpy()[kept], table["score"].to_numpy().reshape(-1, 3)[kept]
    measures = Measures(path, "three")
    close("ROC AUC, one against the rest", sk.roc_auc_score(label, scores, multi_class="ovr", average="macro"), measures("roc_auc_macro"))
    close("log loss of three", sk.log_loss(label, scores), measures("log_loss"))
    check_confusion(path, "three", measures, label, frame["predicted"].to_numpy()[kept], CLASSES)


def check_numbers(path):
    frame = numbers().dropna()
    for step, name in (("numbers", "value"), ("visits", "visits")):
        label, predicted = frame[name].to_numpy(float), frame["predicted"].to_numpy()
        measures = Measures(path, step)
        close("MSE", sk.mean_squared_error(label, predicted), measures("mse"))
        close("RMSE", sk.root_mean_squared_error(label, predicted), measures("rmse"))
        close("MAE", sk.mean_absolute_error(label, predicted), measures("mae"))
        close("R2", sk.r2_score(label, predicted), measures("r2"))
        close("median absolute error", sk.median_absolute_error(label, predicted), measures("median_absolute_error"))
        close("mean bias", np.mean(predicted - label), measures("mean_bias"))
        close("greatest error", sk.max_error(label, predicted), measures("max_error"))
    Measures(path, "same").is_missing("r2")
    holds("a constant label has an error", not np.isnan(Measures(path, "same")("mse")))


def check_few(path):
    """One class, and no rows at all."""
    one = Measures(path, "one")
    close("accuracy of one class", np.mean(~complete_binary()[2][~complete_binary()[1]]), one("accuracy"))
    for metric in ("roc_auc", "kolmogorov_smirnov", "average_precision"):
        one.is_missing(metric)
    one.is_missing("recall", "true")
    for step in ("nobody", "no_class", "no_value"):
        nobody = Measures(path, step)
        holds(f"{step}: measures", len(nobody.rows) >= 7)
        for metric, of_class in nobody.rows:
            nobody.is_missing(metric, of_class)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make()
    else:
        globals()[f"check_{sys.argv[1]}"](sys.argv[2])
    finish()
