// The tables of a synthetic customer base, computed where they are read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/synthetic/purchases.hpp"
#include "data/block_source.hpp"
#include "random/generator.hpp"
#include "random/weighted.hpp"

namespace fullbase::synthetic {

/// Transaction lines in time order; the lines of an order follow each other:
///   invoice   int64, the order's number from 1, in time order
///   customer  category, "C0000001"
///   time      timestamp
///   item      category, "P00001"; popularity falls as 1 / (rank + 10)
///   quantity  int64, negative in a return; large for some customers
///   price     decimal(2), of one item
/// The same bits for any ranks, threads and ranges. Cost of read(): about 60 ns a row. Memory beyond Purchases: the dictionaries
/// and 16 bytes an item.
class Transactions final : public data::BlockSource {
 public:
  explicit Transactions(std::shared_ptr<const Purchases> purchases);

  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return purchases_->options().lines; }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;

 private:
  struct Line;
  Line line(std::int64_t order, std::int64_t number) const noexcept;

  std::string name_ = "transactions";
  data::Schema schema_;
  std::shared_ptr<const Purchases> purchases_;
  random::Generator draws_;
  data::DictionaryPointer customers_;
  data::DictionaryPointer items_;
  random::CumulativeWeights popularity_;
  std::vector<std::int32_t> item_of_rank_;
  std::vector<std::int64_t> prices_;
};

/// Customers, each once:
///   customer  string, the key
///   joined    date of the first order
///   country   category
///   channel   category: how the customer was won
class Customers final : public data::BlockSource {
 public:
  explicit Customers(std::shared_ptr<const Purchases> purchases);

  const std::string& name() const noexcept override { return name_; }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return purchases_->options().customers; }
  data::DictionaryPointer dictionary(int column) const override;
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;

 private:
  std::string name_ = "customers";
  data::Schema schema_;
  std::shared_ptr<const Purchases> purchases_;
  random::Generator draws_;
  data::DictionaryPointer countries_;
  data::DictionaryPointer channels_;
};

}  // namespace fullbase::synthetic
