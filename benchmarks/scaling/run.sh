#!/usr/bin/env bash
# On 1, 2, ... ranks of one thread each: seconds (the least of 3), efficiency, bytes sent and what the docstrings' formulas predict.
# kmeans: 2,000,000 x 32 rows, k = 64, 10 iterations; bytes of rank 0, predicted to the byte. forest: 900,000 x 28 rows, 50 trees of
# at most 12 splits in a row, 5 columns a node; bytes of all ranks, by stage. itemsets: 2,000,000 sparse baskets and 100,000 dense ones
# of peers/baskets.py, from lines in memory to sets in memory; bytes of all ranks, by stage.
# factorise, neighbours, recommend: the 19.1 million pairs of 200,000 customers and 20,000 items of peers/ratings.py; 3 iterations of 64
# implicit factors by Cholesky, 20 neighbours of items by cosine, 10 items for everybody from such factors; bytes of all ranks.
# usage: benchmarks/scaling/run.sh [kmeans|forest|itemsets|factorise|neighbours|recommend] [RANKS...]   (default: all; 1 2)
set -euo pipefail
cd "$(dirname "$0")/../.."
kinds=(kmeans forest itemsets factorise neighbours recommend)
case ${1:-} in kmeans | forest | itemsets | factorise | neighbours | recommend) kinds=("$1"); shift ;; esac
ranks=("${@:-1}")
[ $# -gt 0 ] || ranks=(1 2)
build=${FULLBASE_BENCH_BUILD:-build-bench}
[ -f "$build/build.ninja" ] || cmake --preset bench -B "$build" >/dev/null
cmake --build "$build" --target "${kinds[@]/#/peer_}" >/dev/null
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# efficiency RANKS SECONDS: beside the first call's
efficiency() {
  [ -n "$first" ] || { first=$2; first_ranks=$1; }
  awk -v n="$1" -v s="$2" -v f="$first" -v fr="$first_ranks" 'BEGIN { printf "%.2f", f * fr / (s * n) }'
}

scale_kmeans() {
  local n seconds sent predicted first="" first_ranks
  python3 - "$folder" <<'PYTHON'
import array, random, sys
rows, columns, clusters = 2_000_000, 32, 64
random.seed(1)
pool = array.array("f", (random.gauss(0, 1) for _ in range(1 << 20)))
with open(sys.argv[1] + "/rows.f32", "wb") as file:
    for _ in range(rows * columns >> 15):
        start = random.randrange(len(pool) - (1 << 15))
        pool[start:start + (1 << 15)].tofile(file)
    pool[:rows * columns & ((1 << 15) - 1)].tofile(file)
pool[:clusters * columns].tofile(open(sys.argv[1] + "/start.f32", "wb"))
PYTHON
  # By the docstrings of column_statistics() and kmeans(): ten iterations and the labelling after; 69 limbs an exact sum.
  predicted=$(((8 * 32 * (3 * 69 + 2) + 24) + 8 + 11 * 8 * (64 * 33 + 2) + (8 + 8 * 69)))
  printf '%6s %9s %11s %12s %16s\n' ranks seconds efficiency "bytes sent" "bytes predicted"
  for n in "${ranks[@]}"; do
    mpirun --oversubscribe -n "$n" "$build/bin/peer_kmeans" "$folder/rows.f32" 32 "$folder/start.f32" 64 10 3 1 >"$folder/out"
    seconds=$(sed -E 's/.*"seconds": ([0-9.]+).*/\1/' "$folder/out" | sort -g | head -1)
    sent=$(sed -E 's/.*"bytes_sent": ([0-9]+).*/\1/' "$folder/out" | tail -1)
    efficiency "$n" "$seconds" >"$folder/efficiency"
    printf '%6d %9.3f %11s %12d %16d\n' "$n" "$seconds" "$(cat "$folder/efficiency")" "$sent" "$predicted"
    [ "$sent" -eq "$predicted" ] || { echo "the docstrings' formula is wrong" >&2; exit 1; }
  done
}

# What all ranks send while the forest grows, by the docstrings of LevelHistograms, Frontier and grow_small_nodes(), packed counts of two
# classes. rows: where rows lie has nothing to do with their values, so that a node's owner lacks (ranks - 1) / ranks of its rows,
# columns + 8 bytes each, of which a tree draws 1 - 1 / e; but for few that are in leaves before. subtrees: 56 + 2 * 8 bytes a node. histograms: 2,048 bytes for each column of a node that ranks look at together
# and each other rank, so that their bytes tell how many nodes those are. splits: 72 bytes for each of these and rank that has a share.
scale_forest() {
  local n repeat seconds first="" first_ranks columns=28 per_node=5
  python3 - "$folder" $columns <<'PYTHON'
import array, random, sys
rows, columns = 900_000, int(sys.argv[2])
random.seed(2)
# Columns are one pool of numbers, shifted; most of them tell something, so that no node is left large.
pool = array.array("f", (random.gauss(0, 1) for _ in range(rows)))
made = []
for c in range(columns):
    start = random.randrange(rows)
    made.append(pool[start:] + pool[:start])
label = bytes(sum(values) + 2 * values[0] * values[1] > 0 for values in zip(*made[:20]))
with open(sys.argv[1] + "/train.f32", "wb") as file:
    for column in made:
        column.tofile(file)
open(sys.argv[1] + "/labels.u8", "wb").write(label)
made[0][:1024 * columns].tofile(open(sys.argv[1] + "/test.f32", "wb"))
PYTHON
  printf '%6s %9s %11s' ranks seconds efficiency
  printf ' %25s' "histograms (nodes)" "splits / least" "rows / predicted" "subtrees / predicted"
  printf '\n'
  for n in "${ranks[@]}"; do
    for repeat in 1 2 3; do
      mpirun --oversubscribe -n "$n" "$build/bin/peer_forest" "$folder/train.f32" "$folder/labels.u8" "$folder/test.f32" $columns \
        50 12 $per_node 1 1 "$folder/scores.f64"
    done >"$folder/out"
    seconds=$(sed -E 's/.*"seconds": ([0-9.]+).*/\1/' "$folder/out" | sort -g | head -1)
    efficiency "$n" "$seconds" >"$folder/efficiency"
    python3 - "$folder" "$n" "$seconds" $columns $per_node <<'PYTHON'
import json, math, sys
folder, n, seconds, columns, per_node = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
sent = json.loads(open(folder + "/out").read().splitlines()[-1])
row = f"{n:6d} {seconds:9.3f} {open(folder + '/efficiency').read():>11}"
if n == 1:
    good = sent["histograms"] == sent["rows"] == sent["subtrees"] == 0
    print(row + " nothing to send")
else:
    nodes, rest = divmod(sent["histograms"], 2048 * per_node * (n - 1))
    splits = 72 * nodes
    rows = round(sent["drawn"] * (1 - math.exp(-1)) * (n - 1) / n * (columns + 8))
    subtrees = 72 * sent["nodes"]
    print(row, "".join(f" {text:>25}" for text in (f"{sent['histograms']} ({nodes})", f"{sent['splits']} / {splits}",
                                                   f"{sent['rows']} / {rows}", f"{sent['subtrees']} / {subtrees}")), sep="")
    good = rest == 0 and splits <= sent["splits"] <= n * splits and 0.9 < sent["rows"] / rows < 1.01
    good = good and abs(sent["subtrees"] / subtrees - 1) < 0.02
sys.exit(0 if good else "the docstrings' formulas are wrong")
PYTHON
  done
}

# What all ranks send, by docstrings. items: 8 bytes for each rank and item are the counts; with more than one rank where lines and
# items lie is told besides. pairs: count_pairs() sums a triangle, 8 bytes a counter and rank. occurrences: gather_occurrences() sends
# what a class's owner lacks, (ranks - 1) / ranks of a bit a basket and item, or of lists; of sparse baskets less, since rows with
# fewer than two items of the class are not sent.
scale_itemsets() {
  local n repeat base least seconds first first_ranks
  for base in sparse dense; do
    first=""
    python3 benchmarks/peers/baskets.py $base "$folder/$base.dat"
    case $base in sparse) least=2000 ;; dense) least=12000 ;; esac
    printf '%-6s %6s %9s %11s' $base ranks seconds efficiency
    printf ' %27s' "counts / at least" "pairs / predicted" "occurrences / at most"
    printf '\n'
    for n in "${ranks[@]}"; do
      for repeat in 1 2 3; do
        mpirun --oversubscribe -n "$n" "$build/bin/peer_itemsets" "$folder/$base.dat" blanks $least 1 "$folder/sets"
      done >"$folder/out"
      seconds=$(sed -E 's/.*"mining": ([0-9.]+).*/\1/' "$folder/out" | sort -g | head -1)
      efficiency "$n" "$seconds" >"$folder/efficiency"
      python3 - "$folder" "$n" "$seconds" <<'PYTHON'
import json, sys
folder, n, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
run = json.loads(open(folder + "/out").read().splitlines()[-1])
sent, expected = run["sent"], run["expected"]
print(f"{n:13d} {seconds:9.3f} {open(folder + '/efficiency').read():>11}",
      "".join(f" {text:>27}" for text in (f"{sent[stage]} / {expected[stage]}" for stage in ("items", "pairs", "eclat"))), sep="")
agreements = 4096 * n  # a few words of status each, and what is told of each class
good = sent["items"] >= expected["items"] and 0 <= sent["pairs"] - expected["pairs"] <= agreements
good = good and sent["eclat"] <= 1.01 * expected["eclat"] + agreements + 16 * run["frequent_items"] * n
sys.exit(0 if good else "the docstrings' formulas are wrong")
PYTHON
    done
  done
}

# What all ranks send, at most, by docstrings. factorise: gramian()'s 69 limbs of each of 64 x 65 / 2 sums before the first iteration and
# twice in each, from every rank; 4 bytes a factor of every row that another rank has, if all are needed; 4 bytes to ask for it.
# neighbours: what each rank tells of both sides, 8 and 4 bytes a row; to each other rank the entries that it lacks, 8 bytes, and rows, 4,
# asked for by 4, of both sides; lists that go home. recommend: 192 (64 + 1) bytes for each 48 items, from the rank that has them.
most_sent() {
  python3 - "$@" <<'PYTHON'
import sys
kind, n = sys.argv[1], int(sys.argv[2])
customers, items, pairs, factors, iterations, listed = 200_000, 20_000, 19_105_600, 64, 3, 20
if kind == "factorise":
    rows = (n - 1) * (customers + items)
    most = n * (2 * iterations + 1) * 8 * 69 * factors * (factors + 1) // 2 + rows * 4 * (factors * iterations + 1)
elif kind == "neighbours":
    most = n * (8 * items + 4 * customers) + (n - 1) * (8 * pairs + 8 * customers)
    if n > 1:  # rows that another rank works on than has them
        most += 8 * pairs + 8 * items + items * (4 + 12 * listed)
else:
    most = 192 * (factors + 1) * (items // 48 + n) if n > 1 else 0
print(most)
PYTHON
}

# Where peers/factorise.py and its like keep the matrix. ratings.py needs numpy, which their environments have.
ratings=build-bench-data/ratings-200000-20000
make_ratings() {
  [ -f "$ratings/values.f32" ] || { local python=.venv-bench-factorise/bin/python; [ -x $python ] || python=python3; $python benchmarks/peers/ratings.py "$ratings"; }
}

# scale_rated KIND ARGUMENTS...: of peer_KIND, after the matrix's folder and before THREADS.
scale_rated() {
  local kind=$1 n repeat seconds sent most first="" first_ranks
  shift
  make_ratings
  printf '%6s %9s %11s %12s %12s\n' ranks seconds efficiency "bytes sent" "at most"
  for n in "${ranks[@]}"; do
    for repeat in 1 2 3; do
      mpirun --oversubscribe -n "$n" "$build/bin/peer_$kind" "$ratings" "$@" 1 "$folder/out.$kind"
    done >"$folder/out"
    # The last of the seconds: of a fit, those to the end of its last iteration.
    seconds=$(sed -E 's/.*"seconds": \[?([0-9., ]+).*/\1/; s/[, ]+$//; s/.*, //' "$folder/out" | sort -g | head -1)
    sent=$(sed -E 's/.*"bytes_sent": ([0-9]+).*/\1/' "$folder/out" | tail -1)
    most=$(most_sent "$kind" "$n")
    efficiency "$n" "$seconds" >"$folder/efficiency"
    printf '%6d %9.3f %11s %12d %12d\n' "$n" "$seconds" "$(cat "$folder/efficiency")" "$sent" "$most"
    [ "$sent" -le $((most + 4096 * n)) ] || { echo "the docstrings' formula is wrong" >&2; exit 1; }
  done
}
scale_factorise() { scale_rated factorise implicit 64 0.01 1 3; }
scale_neighbours() { scale_rated neighbours 20; }
scale_recommend() {
  make_ratings
  mpirun --oversubscribe -n 1 "$build/bin/peer_factorise" "$ratings" implicit 64 0.01 1 2 "$(nproc)" "$folder/factors" >/dev/null
  scale_rated recommend "$folder/factors" 64 10
}

for kind in "${kinds[@]}"; do
  echo "$kind"
  "scale_$kind"
done
