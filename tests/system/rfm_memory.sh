#!/usr/bin/env bash
# RFM takes what it uses from the budget: on top of what a run on 1,000 customers has, the memory of a run on 300,000 grows at most by 1.3
# times what the budget's peak says and 8 MiB (what the allocator keeps, and the pages of a larger table). Categories and texts as keys, one
# pass and several.
source "$(dirname "$0")/harness.sh"

cat >job.yaml <<'YAML'
version: 1
as_of: 2026-01-01
store: few
output: {file: result.h5}
resources: {threads: 1, memory_per_rank: 1GiB}
steps:
  texts: {job: select, from: transactions, derive: {who: "coalesce(customer, '')"}, columns: [who, invoice, time, quantity, price], publish: false}
  rfm: {job: rfm, from: texts, customer: who, amount: quantity * price, orders: quantity > 0}
YAML
"$FULLBASE" generate --store few --customers 1000 --lines 100000 --seed 7 --quiet >generate.log 2>&1 || { cat generate.log; breach "generate failed"; }
"$FULLBASE" generate --store many --customers 300000 --lines 900000 --seed 7 --quiet >generate.log 2>&1 || { cat generate.log; breach "generate failed"; }

# figures: peak of memory and of the budget in the step rfm (the greatest of any rank), and its passes
figures() { awk -F'[:, ]+' -v want="$1" '/"step": "rfm"/ { rfm = 1 } rfm && !seen && $0 ~ "\"" want "\"" { print $3; seen = 1 }' result.h5.run.json; }
measure() { mpi "$@" --quiet >run.log 2>&1 || { cat run.log; breach "the run failed"; }; peak=$(figures peak_memory_bytes) budget=$(figures budget_peak_bytes) passes=$(figures passes); }

for case in "1 category 1GiB" "1 text 1GiB" "3 category 1GiB" "3 text 1GiB" "3 category 40MiB"; do
  read -r ranks keys limit <<<"$case"
  from=(--set steps.rfm.from=texts --set steps.rfm.customer=who)
  if [ "$keys" = category ]; then from=(--set steps.rfm.from=transactions --set steps.rfm.customer=customer); fi
  measure "$ranks" run job.yaml "${from[@]}"
  least=$peak
  measure "$ranks" run job.yaml "${from[@]}" --set store=many --set "resources.memory_per_rank=$limit"
  allowed=$((budget * 13 / 10 + (8 << 20)))
  echo "$case: $((least >> 20)) MiB + $(((peak - least) >> 20)) MiB, the budget says $((budget >> 20)) MiB in $passes passes"
  same "$case: the peak is what the budget says" 1 "$((peak - least <= allowed))"
  same "$case: the budget says what $limit allows" 1 "$((budget <= $(numfmt --from=iec-i "${limit%B}")))"
  # 117 bytes a customer and its text at least.
  same "$case: the customers are in the budget" 1 "$((budget > 300000 * 100 / ranks))"
  same "$case: several passes" "$([ $limit = 40MiB ] && echo 1 || echo 0)" "$((passes > 1))"
done
contains "the manifest says why there were several passes" passes_because result.h5.run.json
finish
