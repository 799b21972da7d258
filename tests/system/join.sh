#!/usr/bin/env bash
# join and dedupe against DuckDB, value by value, on a generated base and on Online Retail; the same digests on any ranks, threads and
# memory; mistakes of the job file and keys that repeat are refused, with their place.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"

generated --store store --customers 20000 --lines 60000 --seed 11
cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: store
output: {file: out.h5}
steps:
  rfm: {job: rfm, from: transactions, amount: quantity * price}
  bought: {job: select, from: rfm, where: frequency > 1, columns: [customer, recency_days, frequency, last_order, segment]}
  profile:
    job: join
    from: {customers: customers, rfm: bought, lost: rfm}
    by: customer
    how: {rfm: left, lost: left}
    columns: {rfm: [frequency, recency_days, last_order, segment], lost: [frequency, amount_per_day_times_frequency]}
    prefix: {lost: lost_}
    fill: {frequency: 0, segment: none, last_order: 2000-01-01}
    where: {lost: frequency = 1}
  lines:
    job: join
    from: {lines: transactions, customers: customers}
    by: customer
    where: {lines: quantity > 0, customers: country != 'FR'}
  known: {job: join, from: {lines: transactions, clients: bought}, by: {lines: customer, clients: customer}, how: inner, columns: {clients: [frequency]}}
  never: {job: join, from: {customers: customers, rfm: bought}, by: customer, how: anti}
  filtered:
    job: join
    from: {lines: transactions, first: bought, second: never}
    by: customer
    how: {first: inner, second: anti}
    columns: {first: [], lines: [invoice, customer]}
  latest: {job: dedupe, from: transactions, by: customer, keep: last, order: time}
  dearest: {job: dedupe, from: transactions, by: [customer, item], keep: first, order: price, where: quantity > 2}
  pairs: {job: join, from: {lines: transactions, dearest: dearest}, by: [customer, item], columns: {dearest: [price, invoice, time, quantity]}, prefix: {dearest: best_}}
YAML
digests=''
for case in "1 1 2GiB" "2 2 2GiB" "4 1 2GiB" "1 2 3MiB" "3 1 3MiB"; do
  read -r ranks threads memory <<<"$case"
  mpi $ranks run job.yaml --quiet --force --threads $threads --memory $memory >run.log 2>&1 || { cat run.log; breach "the job failed: $case"; continue; }
  found=$("$FULLBASE" digest out.h5)
  : "${digests:=$found}"
  same "digests on $case (ranks, threads, memory)" "$digests" "$found"
  parts=$(grep -c '"parts_of_' out.h5.run.json || true)
  same "more parts than one on $case" "$([ $memory = 3MiB ] && echo 1 || echo 0)" "$((parts > 0))"
done
cat >tables.py <<'PY'
# Tables of an output as DuckDB's, and whether two queries give equal rows in equal order.
import anndata, duckdb, h5py, numpy, pandas

def connect(path, names):
    connection = duckdb.connect()
    with h5py.File(path) as file:
        for name in names:
            frame = anndata.io.read_elem(file[name])
            key = frame.index.name
            frame = frame.reset_index(drop=key is None or key in frame.columns)
            frame.insert(0, "row", range(len(frame)))
            for column in frame.columns:
                item = file[name].get(column)
                units = "" if item is None else str(item.attrs.get("units", ""))
                if " since " in units:
                    size = numpy.iinfo(frame[column].dtype).min
                    values = frame[column].astype("int64").where(frame[column] != size)
                    frame[column] = pandas.to_datetime(values, unit="D" if units.startswith("days") else "us")
                if str(frame[column].dtype) in ("category", "string", "object"):
                    frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
            connection.register("frame_" + name, frame)
            connection.execute(f"create table {name} as select * from frame_{name}")
    return connection

def equal(connection, what, ours, theirs):
    a, b = connection.execute(ours).fetchall(), connection.execute(theirs).fetchall()
    differences = sum(x != y for x, y in zip(a, b))
    print(what, "equal" if len(a) == len(b) and differences == 0 and a else f"{len(a)} rows for {len(b)}, {differences} differ")
PY
"$FULLBASE" export store customers customers.csv >/dev/null
"$FULLBASE" export store transactions transactions.csv >/dev/null
"$FULLBASE_TEST_PYTHON" - >figures.txt <<'PY'
from tables import connect, equal
c = connect("out.h5", ["rfm", "bought", "profile", "lines", "known", "never", "filtered", "latest", "dearest", "pairs"])
for name in ("customers", "transactions"):
    c.execute(f"create table {name} as select row_number() over () - 1 as row, * from read_csv('{name}.csv', header = true, all_varchar = false)")
equal(c, "profile", """select customer, joined::date, country, channel, frequency, recency_days, last_order::timestamp, segment, lost_frequency,
         nullif(lost_amount_per_day_times_frequency, 'nan') from profile order by row""",
  """select x.customer, x.joined::date, x.country, x.channel, coalesce(b.frequency, 0), b.recency_days,
            case when b.customer is null then timestamp '2000-01-01' else b.last_order::timestamp end,
            coalesce(b.segment, 'none'), l.frequency, nullif(l.amount_per_day_times_frequency, 'nan')
     from customers x left join bought b using (customer) left join (select * from rfm where frequency = 1) l using (customer) order by x.row""")
lines = "t.invoice, t.customer, t.time::timestamp, t.item, t.quantity, t.price::double"
equal(c, "lines", f"select {lines}, joined::date, country, channel from lines t order by row",
  f"""select {lines}, x.joined::date, x.country, x.channel from transactions t
      left join (select * from customers where country != 'FR') x using (customer) where quantity > 0 order by t.row""")
equal(c, "known", f"select {lines}, frequency from known t order by row",
  f"select {lines}, frequency from transactions t join bought using (customer) order by t.row")
equal(c, "never", "select customer, joined::date, country from never order by row",
  "select customer, joined::date, country from customers x where not exists (from bought b where b.customer = x.customer) order by row")
equal(c, "filtered", "select invoice, customer from filtered order by row",
  "select invoice, customer from transactions t where customer in (select customer from bought) and customer not in (select customer from never) order by row")
equal(c, "latest", f"select {lines} from latest t order by row",
  f"select {lines} from transactions t qualify row_number() over (partition by customer order by time desc, row desc) = 1 order by row")
equal(c, "dearest", f"select {lines} from dearest t order by row",
  f"select {lines} from transactions t where quantity > 2 qualify row_number() over (partition by customer, item order by price, row) = 1 order by row")
equal(c, "pairs", f"select {lines}, nullif(best_price, 'nan'), best_invoice, best_time::timestamp, best_quantity from pairs t order by row",
  f"select {lines}, d.price::double, d.invoice, d.time::timestamp, d.quantity from transactions t left join dearest d using (customer, item) order by t.row")
PY
for table in profile lines known never filtered latest dearest pairs; do same "$table and DuckDB's" "$table equal" "$(grep "^$table " figures.txt || true)"; done
contains "the manifest counts rows without a match" '"no match in clients"' out.h5.run.json
contains "the manifest counts rows that repeat" '"another row of its key was kept"' out.h5.run.json

FULLBASE_STORE=store FULLBASE_OUTPUT=profile.h5 mpi 2 run "$SOURCE_ROOT/configs/profile.yaml" --quiet >run.log 2>&1 || { cat run.log; breach "the profile failed"; }
same "every customer has a profile" "20,000" "$("$FULLBASE" info profile.h5 | sed -n 's/^profile: \([0-9,]*\) rows.*/\1/p')"

# Mistakes: what, where, what to do.
mistake() { # WHAT CODE TEXT SETTING...
  local what=$1 code=$2 text=$3
  shift 3
  local settings=()
  for one in "$@"; do settings+=(--set "$one"); done
  fails_with "$what" "$code" "$text" mpirun -n 2 "$FULLBASE" run job.yaml --quiet --set output.file=other.h5 "${settings[@]}"
}
mistake "a join key of other type" 78 "a join key of other type: 'invoice' of lines is int64, 'customer' of clients is string" 'steps.known.by={lines: invoice, clients: customer}'
mistake "a key column that is not there" 78 "clients has no column 'customerr'; did you mean 'customer'?" 'steps.known.by={lines: customer, clients: customerr}'
mistake "a key that is not named" 78 "the key of 'lines' is not named; add lines: COLUMN" 'steps.known.by={clients: customer}'
mistake "a float as key" 78 "is float64" 'steps.pairs.from={lines: transactions, dearest: rfm}' 'steps.pairs.by={lines: customer, dearest: amount_per_day_times_frequency}' 'steps.pairs.columns={}'
mistake "a key that repeats" 65 "the first is row" 'steps.profile.from={customers: customers, rfm: transactions, lost: rfm}' 'steps.profile.columns={rfm: [], lost: []}' 'steps.profile.fill={}'
mistake "two columns of one name" 78 "customers and rfm both have a column 'country'" 'steps.profile.from={customers: customers, rfm: customers, lost: rfm}' 'steps.profile.columns={lost: []}' 'steps.profile.fill={}'
mistake "an input that is not there" 78 "the step has no input 'rmf'" 'steps.profile.how={rmf: left}'
mistake "inputs without names" 78 "the inputs of a join step have names" steps.never.from=rfm
mistake "a fill of another type" 78 "'many' is no value of 'frequency', which is int64" 'steps.profile.fill={frequency: many}'
mistake "a fill of what is always there" 78 "'country' of customers is there in every row" 'steps.profile.fill={country: XX}'
mistake "dedupe by a float" 78 "cannot be a key" steps.latest.from=rfm steps.latest.by=amount_per_day_times_frequency steps.latest.order=frequency
same "nothing is published after a mistake" 0 "$(ls other.h5 2>/dev/null | wc -l)"

[ -n "${FULLBASE_REAL_DATA:-}" ] || { partly "FULLBASE_REAL_DATA is not set"; finish; exit; }
cat >retail.yaml <<'YAML'
version: 1
as_of: 2011-12-10
store: retail
output: {file: retail.h5}
import:
  transactions:
    files: "${FULLBASE_REAL_DATA}/online_retail.csv.gz"
    columns:
      InvoiceNo:   {as: invoice, type: string, required: true}
      StockCode:   {as: item, type: category}
      Quantity:    {as: quantity, type: int64, required: true}
      InvoiceDate: {as: time, type: timestamp, required: true}
      CustomerID:  {as: customer, type: category}
      Country:     {as: country, type: category}
steps:
  clients: {job: dedupe, from: transactions, by: customer, keep: last, order: time, where: quantity > 0}
  invoices: {job: dedupe, from: transactions, by: [invoice, item]}
  joined:
    job: join
    from: {lines: transactions, last: clients}
    by: customer
    columns: {last: [invoice, item, time, quantity]}
    prefix: {last: last_}
YAML
mpi 2 run retail.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the job on Online Retail failed"; }
"$FULLBASE_TEST_PYTHON" - >figures.txt <<'PY'
import os
from tables import connect, equal
c = connect("retail.h5", ["clients", "invoices", "joined"])
c.execute(f"""create table t as select row_number() over () - 1 as row, InvoiceNo as invoice, StockCode as item, Quantity::bigint as quantity, InvoiceDate::timestamp as time,
  nullif(CustomerID, '') as customer, nullif(Country, '') as country from read_csv('{os.environ["FULLBASE_REAL_DATA"]}/online_retail.csv.gz', all_varchar = true, header = true)""")
columns = "invoice, item, quantity, time::timestamp, customer, country"
equal(c, "clients", f"select {columns} from clients order by row",
  f"select {columns} from t where quantity > 0 and customer is not null qualify row_number() over (partition by customer order by time desc, row desc) = 1 order by row")
equal(c, "invoices", f"select {columns} from invoices order by row",
  f"select {columns} from t qualify row_number() over (partition by invoice, item order by row) = 1 order by row")
equal(c, "joined", f"select {columns}, last_invoice, last_item, last_time::timestamp, last_quantity from joined order by row",
  "select t.invoice, t.item, t.quantity, t.time, t.customer, t.country, c.invoice, c.item, c.time::timestamp, c.quantity from t left join clients c using (customer) order by t.row")
PY
for table in clients invoices joined; do same "$table of Online Retail and DuckDB's" "$table equal" "$(grep "^$table " figures.txt || true)"; done
finish
