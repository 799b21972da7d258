#!/usr/bin/env bash
# The main job on real data: configs/online_retail.yaml. The figures were computed independently with pandas 2.2.3 and decimal.Decimal:
#
#   d = pandas.read_csv("online_retail.csv.gz", dtype=str, keep_default_na=False)
#   c = d[d.CustomerID != ""]                                   # 406829 of 541909 lines: 135080 have no customer
#   amount = Decimal(UnitPrice) * int(Quantity)                 # exact
#   c.CustomerID.nunique()                                      # 4372
#   sum(amount of c)                                            # 8300065.814
#   o = c[(Quantity > 0) & (UnitPrice > 0)]                     # 397884 lines
#   o.groupby("CustomerID").InvoiceNo.nunique().sum()           # 18532 orders of 4338 customers: 34 have nothing that counts
#   min, max of the net amounts by customer                     # -4287.63 (17448), 279489.02 (14646)
#   (as_of - o.groupby("CustomerID").InvoiceDate.max()).dt.days.median()      # 50.0, as_of = 2011-12-10
#   (d.UnitPrice.map(Decimal).map(lambda p: p != round(p, 2))).sum()         # 4 prices have more than two decimals, all of customers
# Every customer's recency, frequency and net amount are compared with pandas' below.
source "$(dirname "$0")/harness.sh"
need_real_data
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

export FULLBASE_STORE=$work/store FULLBASE_OUTPUT=$work/out/online_retail.h5
mpi 4 run "$SOURCE_ROOT/configs/online_retail.yaml" >first.log 2>&1 || { cat first.log; breach "the run failed"; }
same "the output is verified" 0 "$("$FULLBASE" verify "$FULLBASE_OUTPUT" >verify.log 2>&1; echo $?)"

"$FULLBASE_TEST_PYTHON" - "$FULLBASE_OUTPUT" >figures.txt <<'PY'
import json, sys
import anndata, h5py
with h5py.File(sys.argv[1]) as f:
    rfm = anndata.io.read_elem(f["rfm"])
    segments = anndata.io.read_elem(f["segments"])
    centroids = anndata.io.read_elem(f["segments/centroids"])
print("customers", len(rfm))
print("distinct", rfm.index.nunique())
print("revenue", f"{round(rfm.monetary.sum(), 3):.3f}")
print("orders", int(rfm.frequency.sum()))
print("without_orders", int((rfm.frequency == 0).sum()))
print("least", rfm.monetary.idxmin(), f"{rfm.monetary.min():.2f}")
print("most", rfm.monetary.idxmax(), f"{rfm.monetary.max():.2f}")
print("median_recency", rfm.recency_days[rfm.frequency > 0].astype(float).median())
print("segmented", len(segments), int(segments["segment"].isna().sum()))
print("segment_sizes", int(centroids["rows"].sum()))
print("same_customers", list(segments.index) == list(rfm.index))
manifest = json.load(open(sys.argv[1] + ".run.json"))
steps = {step["step"]: step for step in manifest["steps"]}
print("imported", steps["transactions"]["rows"]["transactions"], steps["transactions"]["left_out"])
print("without_customer", steps["sales"]["left_out"]["where does not hold"])
PY
figure() { grep "^$1 " figures.txt | cut -d' ' -f2-; }
same "customers" 4372 "$(figure customers)"
same "distinct customers" 4372 "$(figure distinct)"
same "net revenue" 8300065.814 "$(figure revenue)"
same "orders" 18532 "$(figure orders)"
same "customers without an order" 34 "$(figure without_orders)"
same "least net amount" "17448.0 -4287.63" "$(figure least)"
same "greatest net amount" "14646.0 279489.02" "$(figure most)"
same "median recency of those who ordered" 50.0 "$(figure median_recency)"
same "everybody has a segment" "4372 0" "$(figure segmented)"
same "the segments' sizes add up" 4372 "$(figure segment_sizes)"
same "segments and rfm list the same customers" True "$(figure same_customers)"
same "lines without customer" 135080 "$(figure without_customer)"
same "lines that were imported, and rejected" "541909 {}" "$(figure imported)"

# Each customer.
"$FULLBASE_TEST_PYTHON" - "$FULLBASE_OUTPUT" "$FULLBASE_REAL_DATA/online_retail.csv.gz" >customers.txt <<'PY'
import decimal, sys
import anndata, h5py, pandas
with h5py.File(sys.argv[1]) as f:
    rfm = anndata.io.read_elem(f["rfm"])
lines = pandas.read_csv(sys.argv[2], dtype=str, keep_default_na=False)
lines = lines[lines.CustomerID != ""]
quantity = lines.Quantity.astype(int)
amount = pandas.Series([decimal.Decimal(p) * int(q) for p, q in zip(lines.UnitPrice, quantity)], index=lines.index)
net = amount.groupby(lines.CustomerID).sum().astype(float)
orders = lines[(quantity > 0) & (lines.UnitPrice.astype(float) > 0)]
times = pandas.to_datetime(orders.InvoiceDate)
recency = (pandas.Timestamp("2011-12-10") - times.groupby(orders.CustomerID).max()).dt.days
frequency = orders.groupby("CustomerID").InvoiceNo.nunique()
print("monetary", int((rfm.monetary == net.reindex(rfm.index)).sum()))
print("frequency", int((rfm.frequency == frequency.reindex(rfm.index).fillna(0)).sum()))
ordered = rfm.frequency > 0
print("recency", int((rfm.recency_days[ordered].astype(int) == recency.reindex(rfm.index[ordered])).sum()), int(rfm.recency_days[~ordered].isna().sum()))
PY
same "customers with pandas' net amount, orders and recency" "monetary 4372|frequency 4372|recency 4338 34|" "$(tr '\n' '|' <customers.txt)"

# Rejected by reason: customers required, prices of two decimals.
cat >strict.yaml <<'YAML'
version: 1
store: strict
output: {file: out/strict.h5}
import:
  lines:
    files: "${FULLBASE_REAL_DATA}/online_retail.csv.gz"
    max_rejects: 50%
    columns: {CustomerID: {as: customer, type: category, required: true}, UnitPrice: {as: price, type: decimal(2)}}
steps: {reasons: {job: select, from: lines.rejects, columns: [line, column, reason]}}
YAML
mpi 3 run strict.yaml --quiet >strict.log 2>&1 || { cat strict.log; breach "the strict import failed"; }
"$FULLBASE" export out/strict.h5 reasons reasons.csv >export.log
same "rejected lines by reason" "135080 customer,missing value|4 price,more decimals than the column|" "$(cut -d, -f2,3 reasons.csv | tail -n +2 | sort | uniq -c | sed 's/^ *//' | tr '\n' '|')"

# A second run has nothing to do; one that starts over imports nothing and gives the same digests.
"$FULLBASE" digest "$FULLBASE_OUTPUT" >first.digest
"$FULLBASE" digest "$FULLBASE_STORE" >first.store.digest
before=$(stat -c %Y.%i store/*.h5)
mpi 2 run "$SOURCE_ROOT/configs/online_retail.yaml" >second.log 2>&1 || { cat second.log; breach "the second run failed"; }
contains "nothing to do" "nothing is to be done" second.log
mpi 2 run "$SOURCE_ROOT/configs/online_retail.yaml" --fresh >second.log 2>&1 || { cat second.log; breach "the second run failed"; }
same "the store was left as it was" "$before" "$(stat -c %Y.%i store/*.h5)"
same "digests of the second run" "$(cat first.digest)" "$("$FULLBASE" digest "$FULLBASE_OUTPUT")"
finish
