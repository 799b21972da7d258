// Texts of variable length as HDF5 has written them, in files of every make, and from files with altered bytes.
#include "store/heap_texts.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "sample_table.hpp"

namespace fullbase::store::hdf5 {
namespace {

constexpr const char* dataset_name = "texts";

struct Made {
  hsize_t user_block = 0;
  std::size_t address_bytes = 8;
  hsize_t chunk = 0;  ///< 0: in one piece
  bool is_old = true;
};

/// Texts of many lengths; long ones have collections of their own.
std::vector<std::string> sample_texts() {
  std::vector<std::string> texts;
  for (int i = 0; i < 3'000; ++i) texts.push_back(std::string(static_cast<std::size_t>(i % 40), static_cast<char>('a' + i % 26)));
  texts[7] = std::string(100'000, 'x');
  texts[2'999] = std::string(5'000, 'y');
  return texts;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

void write(const std::string& path, const std::vector<std::string>& texts, const Made& made) {
  const Session session;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_userblock(creation.get(), made.user_block);
  H5Pset_sizes(creation.get(), made.address_bytes, made.address_bytes);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (!made.is_old) H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  const hsize_t count = texts.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (made.chunk > 0) {
    H5Pset_chunk(properties.get(), 1, &made.chunk);
    H5Pset_shuffle(properties.get());
    H5Pset_deflate(properties.get(), 4);
  }
  const Handle type = text_type();
  const Handle dataset(H5Dcreate2(file.get(), dataset_name, type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                       H5Dclose);
  const auto pointers = pointers_to(texts);
  ASSERT_GE(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), 0);
  write_attribute(file.get(), "names", std::vector<std::string>{"a", "", "ccc"}, path);
  // Nothing was ever written to this one.
  const Handle empty(H5Dcreate2(file.get(), "empty", type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                     H5Dclose);
}

std::vector<std::string> read(const std::string& path, const char* name = dataset_name) {
  const Session session;
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const Handle dataset = own(H5Dopen2(file.get(), name, H5P_DEFAULT), H5Dclose, "open", path);
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get()));
  return heap_texts(dataset.get(), count, path, [&](hid_t memory, void* buffer) {
    return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(HeapTexts, AreThoseThatWereWrittenInFilesOfEveryMake) {
  const sample::Folder folder;
  const auto texts = sample_texts();
  for (const Made& made : {Made{}, Made{.user_block = 1'024}, Made{.address_bytes = 4}, Made{.chunk = 256}, Made{.is_old = false},
                           Made{.user_block = 512, .address_bytes = 4, .chunk = 1'000, .is_old = false}}) {
    SCOPED_TRACE(made.user_block);
    write(folder / "texts.h5", texts, made);
    EXPECT_EQ(read(folder / "texts.h5"), texts);
    EXPECT_EQ(read(folder / "texts.h5", "empty"), std::vector<std::string>(texts.size()));
    const Session session;
    const auto file = open_file(folder / "texts.h5");
    EXPECT_THAT(texts_attribute(file.get(), "names", {}), ::testing::Optional(::testing::ElementsAre("a", "", "ccc")));
  }
}

TEST(HeapTexts, OfAFileThatIsBeingWritten) {
  const sample::Folder folder;
  const Session session;
  const auto file = create_file(folder / "new.h5", 0600);
  write_attribute(file.get(), "names", std::vector<std::string>{"one", "two"}, {});
  EXPECT_THAT(texts_attribute(file.get(), "names", {}), ::testing::Optional(::testing::ElementsAre("one", "two")));
}

TEST(HeapTexts, EndBeforeTheirFirstZero) {
  const sample::Folder folder;
  write(folder / "texts.h5", {"before and behind"}, {});
  auto content = content_of(folder / "texts.h5");
  content[content.find("before and") + 6] = '\0';
  std::ofstream(folder / "texts.h5", std::ios::binary) << content;
  EXPECT_THAT(read(folder / "texts.h5"), ::testing::ElementsAre("before"));
}

// Every byte of the references and of the heap, one after the other, in every way that a random change is likely to be. Whatever
// is read is in the file; what else, HDF5 would have looked for in its memory. (With AddressSanitizer a look outside would be
// told.)
TEST(HeapTexts, AlteredBytesGiveTextsOfTheFileOrAnError) {
  const sample::Folder folder;
  const std::vector<std::string> texts = {"first", "", "the second", "third of all"};
  write(folder / "whole.h5", texts, {});
  const auto whole = content_of(folder / "whole.h5");
  const auto heap = whole.find("GCOL");
  ASSERT_NE(heap, std::string::npos);
  // The address of the heap, as the references have it.
  const auto number = static_cast<std::uint64_t>(heap);
  std::string address(8, '\0');
  std::memcpy(address.data(), &number, 8);
  const auto first = whole.find(address) - 4;
  std::vector<std::size_t> places(4 * 16);
  std::iota(places.begin(), places.end(), first);
  for (std::size_t at = heap; at < heap + 300; ++at) places.push_back(at);
  int refused = 0;
  int other = 0;
  for (const auto at : places) {
    for (const int value : {0, 1, 127, 128, 255, whole[at] ^ 1, whole[at] ^ 16}) {
      auto content = whole;
      content[at] = static_cast<char>(value);
      std::ofstream(folder / "altered.h5", std::ios::binary) << content;
      try {
        const auto got = read(folder / "altered.h5");
        ASSERT_EQ(got.size(), texts.size());
        for (const auto& text : got) ASSERT_NE(content.find(text), std::string::npos) << at << " is " << value;
        other += got == texts ? 0 : 1;
      } catch (const base::Error& error) {
        ASSERT_EQ(error.kind(), base::ErrorKind::input_data) << error.what();
        ASSERT_THAT(error.what(), ::testing::HasSubstr("refers to a text that is not in the file")) << at << " is " << value;
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(other, 10);
}

}  // namespace
}  // namespace fullbase::store::hdf5
