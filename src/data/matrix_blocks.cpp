#include "data/matrix_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::data {

namespace {

/// A segment of a streamed loop: long enough for a disk to run at full speed.
constexpr std::int64_t segment_bytes = std::int64_t{8} << 20;

}  // namespace

template <class T>
BasicMatrixBlocks<T>::BasicMatrixBlocks(std::int64_t rows, int columns, base::BlockRange local, Budget& budget, Spill& spill)
    : rows_(rows), columns_(columns), stride_(stride_of(columns)), local_(local) {
  FULLBASE_EXPECTS(rows >= 0 && columns > 0, "a matrix has rows and at least one column");
  FULLBASE_EXPECTS(0 <= local.first && local.first <= local.last && local.last <= base::block_count(rows),
                   "a rank's blocks are blocks of the matrix");
  if (auto whole = budget.try_reserve(local.size() * block_bytes())) {
    reservation_ = std::move(*whole);
    resident_ = local.size();
  } else {
    // Two buffers come first: without them the spilled blocks could not be passed over.
    const auto most = std::clamp<std::int64_t>(segment_bytes / block_bytes(), 1, local.size());
    segment_ = std::clamp<std::int64_t>(budget.available() / (4 * block_bytes()), 1, most);
    reservation_ = budget.require(2 * segment_ * block_bytes(), "two blocks of the matrix that is streamed");
    for_resident_ = budget.reserve_up_to((local.size() - 1) * block_bytes(), block_bytes());
    resident_ = for_resident_.bytes() / block_bytes();
    spilled_ = spill.open("matrix");
  }
  memory_.resize(static_cast<std::size_t>(resident_ * block_values()));
}

template <class T>
void BasicMatrixBlocks<T>::write(std::int64_t block, base::matrix_view<const T> values) {
  FULLBASE_EXPECTS(local_.contains(block), "a rank writes its own blocks");
  FULLBASE_EXPECTS(values.rows() == base::rows_of_block(block, rows_).size() && values.columns() == columns_,
                   "a block is written whole");
  const auto index = block - local_.first;
  std::vector<T> buffer;
  T* target = nullptr;
  if (index < resident_) {
    target = memory_.data() + index * block_values();
    std::fill(target, target + block_values(), T(0));
  } else {
    buffer.resize(static_cast<std::size_t>(block_values()));
    target = buffer.data();
  }
  for (std::int64_t i = 0; i < values.rows(); ++i)
    std::memcpy(target + i * stride_, values.row(i).data(), static_cast<std::size_t>(columns_) * sizeof(T));
  if (index >= resident_) spilled_->write((index - resident_) * block_bytes(), std::as_bytes(std::span(buffer)));
}

template <class T>
base::matrix_view<const T> BasicMatrixBlocks<T>::resident(std::int64_t block) const {
  const auto index = block - local_.first;
  FULLBASE_EXPECTS(0 <= index && index < resident_, "the block is in memory");
  return {memory_.data() + index * block_values(), base::block_rows, columns_, stride_};
}

template <class T>
void BasicMatrixBlocks<T>::read(base::BlockRange blocks, T* buffer) const {
  FULLBASE_EXPECTS(local_.first <= blocks.first && blocks.first <= blocks.last && blocks.last <= local_.last,
                   "a rank reads its own blocks");
  const auto first = blocks.first - local_.first;
  const auto last = blocks.last - local_.first;
  const auto in_memory = std::clamp(resident_ - first, std::int64_t{0}, last - first);
  if (in_memory > 0)
    std::memcpy(buffer, memory_.data() + first * block_values(), static_cast<std::size_t>(in_memory * block_bytes()));
  if (const auto from = first + in_memory; from < last) {
    const std::span rest(buffer + in_memory * block_values(), static_cast<std::size_t>((last - from) * block_values()));
    spilled_->read((from - resident_) * block_bytes(), std::as_writable_bytes(rest));
  }
}

template class BasicMatrixBlocks<float>;
template class BasicMatrixBlocks<std::uint8_t>;

}  // namespace fullbase::data
