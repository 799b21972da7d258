#!/usr/bin/env bash
# The other examples of needs and churn, as a reader would copy them: five customers, and the defaults of a bank's clients.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
export FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out.h5
cd "$SOURCE_ROOT"
"$FULLBASE" run configs/five_customers.yaml --quiet >"$work/run.log" 2>&1 || { cat "$work/run.log"; breach "five customers: failed"; }
cd "$work"
table() { "$FULLBASE" export out.h5 "$1" table.csv >/dev/null 2>&1; cat table.csv; }
same "one of five is tested" 1 "$(table scored | grep -c ,test,)"
same "the four that the tree has seen are told rightly" 4 "$(table scored | grep -E ',train,(true,true|false,false),' | wc -l)"
"$FULLBASE" head out.h5 tree/text -n 20 >text.txt
contains "the tree in words" "income" text.txt

[ -n "${FULLBASE_REAL_DATA:-}" ] || { partly "FULLBASE_REAL_DATA is not set"; finish; exit; }
FULLBASE_STORE=$work/clients "$FULLBASE" run "$SOURCE_ROOT/configs/credit_default.yaml" --quiet >run.log 2>&1 || { cat run.log; breach "credit default: failed"; }
"$FULLBASE_TEST_PYTHON" >check.txt 2>&1 <<'PY' || breach "$(cat check.txt)"
import anndata, h5py
from sklearn.metrics import accuracy_score, roc_auc_score
def read(name):
    with h5py.File("out.h5") as file:
        return anndata.io.read_elem(file[name])
for kind, least in (("forest", 0.76), ("line", 0.70)):
    scores = read(f"{kind}_scores")
    quality = read(f"{kind}_quality").set_index("metric")["value"]
    auc = roc_auc_score(scores["default"], scores["score"])
    assert abs(quality["roc_auc"] - auc) < 1e-12, (kind, auc, quality["roc_auc"])
    assert abs(quality["accuracy"] - accuracy_score(scores["default"].astype(bool), scores["predicted"].astype(bool))) < 1e-12, kind
    assert auc > least, (kind, auc)
    assert len(scores) == 6000 and scores["reason_1"].notna().all(), kind
PY
truths=$((truths + 1))
finish
