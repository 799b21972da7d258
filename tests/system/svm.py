"""Support vector machines beside scikit-learn's, on the data sets that ship with it.

svm.py make writes `<name>.csv` a data set and `job.yaml`. svm.py compare OUTPUT compares: decisions of exact rbf machines, classes,
numbers of support vectors and dual objectives with SVC; the gradient of linear machines' objective, computed with numpy, is zero;
landmarks tell nearly what the exact machine tells; probabilities sum to 1 and keep the order of decisions. Prints a line a breach
and a last line "<n> truths, <n> breaches".
"""
import sys

import anndata
import h5py
import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from truths import finish, holds

DATA = {
    "iris": datasets.load_iris,
    "cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "digits": lambda return_X_y: tuple(part[:600] for part in datasets.load_digits(return_X_y=True)),
}
# step: data set, standardize, C, gamma, class weights
EXACT = {
    "iris_rbf": ("iris", False, 1.0, "scale", None),
    "cancer_rbf": ("cancer", True, 1.0, "scale", None),
    "cancer_weighed": ("cancer", True, 5.0, 0.05, "balanced"),
    "wine_rbf": ("wine", True, 0.5, "auto", {0: 2.0, 2: 0.5}),
    "digits_rbf": ("digits", True, 1.0, "scale", None),
}
LINEAR = {"iris_linear": ("iris", 1.0), "cancer_linear": ("cancer", 0.1)}

def make():
    imports, steps = [], []
    for name, load in DATA.items():
        x, y = load(return_X_y=True)
        table = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])]).assign(kind=y)
        table.to_csv(f"{name}.csv", index=False)
        columns = ", ".join(f"x{j}: {{type: float64}}" for j in range(x.shape[1]))
        imports.append(f"  {name}: {{files: {name}.csv, columns: {{{columns}, kind: {{type: int64}}}}}}")
    def step(name, data, options):
        steps.append(f"  {name}: {{job: svm, from: {data}, label: kind, {options}}}")
        steps.append(f"  {name}_told: {{job: predict, from: {{table: {data}, model: {name}}}, keep: [kind], all_classes: true, reasons: 1}}")
    for name, (data, scaled, c, gamma, weights) in EXACT.items():
        weigh = "" if weights is None else f", class_weights: {weights}".replace("'", "")
        step(name, data, f"kernel: rbf, gap: 1.0e-7, C: {c}, gamma: {gamma}, standardize: {str(scaled).lower()}{weigh}")
    for name, (data, c) in LINEAR.items():
        step(name, data, f"C: {c}")
    step("digits_marks", "digits", "kernel: rbf, exact_up_to: 599, landmarks: 300")
    step("cancer_probable", "cancer", "kernel: rbf, gap: 1.0e-7, probability: true, cross_validation: {folds: 3}")
    step("iris_probable", "iris", "probability: true")
    with open("job.yaml", "w") as file:
        file.write("version: 1\nseed: 42\nstore: \"${FULLBASE_STORE:-store}\"\noutput: {file: \"${FULLBASE_OUTPUT:-out.h5}\"}\nimport:\n")
        file.write("\n".join(imports) + "\nsteps:\n" + "\n".join(steps) + "\n")


def table(file, name):
    return anndata.io.read_elem(file[name])


def scores(file, step, classes):
    return table(file, f"{step}_told/scores")["score"].to_numpy().reshape(-1, classes)


def compare_exact(file, step):
    data, scaled, c, gamma, weights = EXACT[step]
    x, y = DATA[data](return_X_y=True)
    if scaled:
        x = StandardScaler().fit_transform(x)
    peer = SVC(C=c, gamma=gamma, tol=1e-7, class_weight=weights, break_ties=True).fit(x, y)
    classes = len(peer.classes_)
    ours, theirs = scores(file, step, classes), peer.decision_function(x)
    if classes == 2:
        ours = ours[:, 1]
    holds(f"{step}: decisions", np.allclose(ours, theirs, atol=1e-4), np.abs(ours - theirs).max())
    told = table(file, f"{step}_told")
    holds(f"{step}: classes", (told["predicted"].to_numpy() == peer.predict(x)).all())
    vectors = table(file, f"{step}/support_vectors")
    rows = vectors["row"].nunique()
    holds(f"{step}: support vectors", abs(rows - len(peer.support_)) <= 1, f"{rows}, SVC {len(peer.support_)}")
    machines = table(file, step)
    holds(f"{step}: method", (machines["method"] == "exact").all() and machines["converged"].all())
    if classes == 2:
        alpha = np.abs(peer.dual_coef_[0])
        inside = peer.decision_function(x[peer.support_]) - peer.intercept_[0]
        objective = 0.5 * peer.dual_coef_[0] @ inside - alpha.sum()
        holds(f"{step}: dual objective", np.isclose(machines["objective"][0], objective, rtol=1e-8), (machines["objective"][0], objective))
        holds(f"{step}: coefficients", np.isclose(vectors["coefficient"].abs().sum(), alpha.sum(), rtol=1e-5))


def compare_linear(file, step):
    data, c = LINEAR[step]
    x, y = DATA[data](return_X_y=True)
    x = StandardScaler().fit_transform(x)
    rows = table(file, step)
    for positive, own in rows.groupby("class", observed=True):
        sign = np.where(y == int(positive), 1.0, -1.0)
        weights = own["standardized_coefficient"].to_numpy()
        slack = np.maximum(0, 1 - sign * (x @ weights[1:] + weights[0]))
        gradient = np.append(weights[1:] - 2 * c * x.T @ (slack * sign), -2 * c * (slack * sign).sum())
        holds(f"{step}: gradient of class {positive}", np.abs(gradient).max() < 1e-6 * len(x), gradient)
    told = table(file, f"{step}_told")
    holds(f"{step}: accuracy", (told["predicted"] == told["kind"]).mean() > 0.93)


def compare(output):
    with h5py.File(output) as file:
        for step in EXACT:
            compare_exact(file, step)
        for step in LINEAR:
            compare_linear(file, step)
        marks, exact = table(file, "digits_marks_told"), table(file, "digits_rbf_told")
        holds("landmarks: method", (table(file, "digits_marks")["method"] == "nystroem").all())
        holds("landmarks: as told exactly", (marks["predicted"].to_numpy() == exact["predicted"].to_numpy()).mean() > 0.97)
        holds("landmarks: rows", table(file, "digits_marks/support_vectors")["row"].nunique() == 300)
        for step, classes in (("cancer_probable", 2), ("iris_probable", 3)):
            p = scores(file, step, classes)
            told = table(file, f"{step}_told")
            holds(f"{step}: sums", np.allclose(p.sum(axis=1), 1) and (p >= 0).all())
            holds(f"{step}: log-loss", log_loss(told["kind"], p) < (0.15 if classes == 2 else 0.5), log_loss(told["kind"], p))
        x, y = datasets.load_breast_cancer(return_X_y=True)
        decisions = SVC(tol=1e-7).fit(StandardScaler().fit_transform(x), y).decision_function(StandardScaler().fit_transform(x))
        p = scores(file, "cancer_probable", 2)[:, 1]
        line = np.polyfit(decisions, np.log(p / (1 - p)), 1)
        holds("cancer_probable: log-odds are linear in decisions", np.allclose(np.polyval(line, decisions), np.log(p / (1 - p)), atol=1e-2))
        holds("cancer_probable: folds", table(file, "cancer_probable/cross_validation")["metric"].isin(["accuracy"]).sum() >= 4)
    finish()


if __name__ == "__main__":
    make() if sys.argv[1] == "make" else compare(sys.argv[2])
