// Columns with pseudonyms: what becomes of their texts, on any ranks and threads, and that nothing of them is left in the store's
// folder or in messages.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "error_text.hpp"
#include "sample_table.hpp"
#include "tests/store/csv_file.hpp"
#include "tests/store/imported.hpp"

namespace fullbase::store {
namespace {

using data::Type;
using fullbase::testing::digest_of;
using fullbase::testing::gzip;
using fullbase::testing::import_files;
using fullbase::testing::rejects_of;
using fullbase::testing::rows_of;
using fullbase::testing::ScratchFile;
using testing::error_text;
using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<const base::PseudonymKey> key_of(int first) {
  auto key = std::make_shared<base::PseudonymKey>(32);
  for (auto& byte : key->bytes()) byte = static_cast<std::byte>(first++);
  return key;
}

CsvOptions options_with(std::shared_ptr<const base::PseudonymKey> key) {
  CsvOptions options;
  options.columns = {{.source = "customer", .type = Type::category, .pseudonym = true},
                     {.source = "mail", .type = Type::string, .pseudonym = true},
                     {.source = "amount", .type = Type::int64}};
  options.pseudonyms = std::move(key);
  return options;
}

/// All bytes of all files of the folder.
std::string everything_in(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

constexpr const char* lines =
    "customer,mail,amount\n"
    "PLANTED1,PLANTED2@x.org,5\n"
    "PLANTED3,,7\n"
    ",PLANTED2@x.org,8\n"
    "\"PLANTED1\",\"PLANTED4\"\"quoted\",9\n";

TEST(Pseudonyms, StandForTextsAndNullsStayNull) {
  const auto key = key_of(1);
  const ScratchFile plain(lines);
  const ScratchFile compressed(gzip(lines), "file.csv.gz");
  std::string digest;
  for (const std::string& path : {plain.path(), compressed.path()}) {
    for (const auto& settings : std::vector<testing::ImportSettings>{
             {}, {.ranks = 3, .sizes = {.piece_bytes = 7}}, {.threads = 3, .sizes = {.piece_bytes = 5}}, {.memory = 0}}) {
      const sample::Folder folder;
      import_files(folder.path(), {path}, options_with(key), settings);
      const data::Batch rows = rows_of(folder.path());
      EXPECT_EQ(rows[0].text(0), key->pseudonym("PLANTED1"));
      EXPECT_EQ(rows[0].text(1), key->pseudonym("PLANTED3"));
      EXPECT_TRUE(rows[0].is_missing(2));
      EXPECT_EQ(rows[0].text(3), key->pseudonym("PLANTED1"));
      EXPECT_EQ(rows[1].text(0), key->pseudonym("PLANTED2@x.org"));
      EXPECT_TRUE(rows[1].is_missing(1));
      EXPECT_EQ(rows[1].text(3), key->pseudonym("PLANTED4\"quoted"));
      EXPECT_THAT(everything_in(folder.path()), Not(HasSubstr("PLANTED")));
      if (digest.empty()) digest = digest_of(folder.path());
      EXPECT_EQ(digest_of(folder.path()), digest);
    }
  }
}

TEST(Pseudonyms, RejectsAndMessagesShowNoTexts) {
  const sample::Folder folder;
  const ScratchFile file(std::string(lines) +
                         "PLANTED5,x,many\n"
                         "PLANTED6,x\n"
                         "x,y,\"5,PLANTED7\"\n"
                         "\"PLANTED8\"z,x,5\n"
                         "PLANTED\xff,x,5\n");
  auto options = options_with(key_of(1));
  const auto text = error_text([&] { import_files(folder.path(), {file.path()}, options); });
  EXPECT_THAT(text, HasSubstr("file.csv:6: column 'amount': not a number;"));
  EXPECT_THAT(text, Not(HasSubstr("PLANTED")));
  options.max_rejects = RejectLimit::parse("100%");
  for (const int ranks : {1, 3}) {
    EXPECT_EQ(import_files(folder.path(), {file.path()}, options, {.ranks = ranks, .again = true}).rejected, 5);
    const data::Batch rejects = rejects_of(folder.path());
    for (std::int64_t row = 0; row < 5; ++row) {
      EXPECT_EQ(rejects[1].int64s()[static_cast<std::size_t>(row)], 6 + row);
      EXPECT_EQ(rejects[4].text(row), "");
    }
    EXPECT_THAT(everything_in(folder.path()), Not(HasSubstr("PLANTED")));
  }
  // Of the part at hand, too.
  options.max_rejects = RejectLimit::parse("0");
  EXPECT_THAT(error_text([&] { import_files(folder.path(), {file.path()}, options); }), Not(HasSubstr("PLANTED")));
}

TEST(Pseudonyms, ARowThatIsTakenForTheHeaderIsNotShown) {
  const sample::Folder folder;
  const ScratchFile file("PLANTED1,PLANTED2,5\n");
  const auto text = error_text([&] { import_files(folder.path(), {file.path()}, options_with(key_of(1))); });
  EXPECT_THAT(text, HasSubstr("the header has no column 'customer'; it has 3, not shown"));
  EXPECT_THAT(text, Not(HasSubstr("PLANTED")));
}

TEST(Pseudonyms, OfOneStoreHaveOneKey) {
  const sample::Folder folder;
  const ScratchFile file(lines);
  import_files(folder.path(), {file.path()}, options_with(key_of(1)));
  const auto digest = digest_of(folder.path());
  const auto text =
      error_text([&] { import_files(folder.path(), {file.path()}, options_with(key_of(2))); }, base::ErrorKind::job_file);
  EXPECT_THAT(text, HasSubstr("the pseudonyms' key is not the one of store"));
  EXPECT_EQ(digest_of(folder.path()), digest);
  EXPECT_FALSE(import_files(folder.path(), {file.path()}, options_with(key_of(1))).changed);
  const auto none =
      error_text([&] { import_files(folder.path(), {file.path()}, options_with(nullptr)); }, base::ErrorKind::job_file);
  EXPECT_THAT(none, HasSubstr("there is no key"));
}

TEST(Pseudonyms, TheContentsDigestIsSealed) {
  // Whoever knows a file but for one number could try numbers out on its SHA-256.
  const ScratchFile file(lines);
  std::vector<std::string> digests;
  for (const int first : {1, 2}) {
    const sample::Folder folder;
    import_files(folder.path(), {file.path()}, options_with(key_of(first)));
    digests.push_back(Store::open(folder.path()).at("t").parts.front().source.sha256);
    EXPECT_THAT(everything_in(folder.path()), Not(HasSubstr(base::hex(base::sha256(std::string_view(lines))))));
  }
  EXPECT_NE(digests[0], digests[1]);
}

TEST(Pseudonyms, AColumnMadeOneIsImportedAgain) {
  const sample::Folder folder;
  const ScratchFile file(lines);
  auto options = options_with(key_of(1));
  for (auto& column : options.columns) column.pseudonym = false;
  import_files(folder.path(), {file.path()}, options);
  EXPECT_THAT(everything_in(folder.path()), HasSubstr("PLANTED"));
  EXPECT_TRUE(import_files(folder.path(), {file.path()}, options_with(key_of(1))).changed);
  EXPECT_THAT(everything_in(folder.path()), Not(HasSubstr("PLANTED")));
}

TEST(Pseudonyms, AreForTextsOfFilesOnly) {
  const sample::Folder folder;
  auto options = options_with(key_of(1));
  options.columns[2].pseudonym = true;
  EXPECT_THAT(error_text([&] { check(options); }, base::ErrorKind::job_file), HasSubstr("import it as category or string"));
  options.columns[2].pseudonym = false;
  const std::string place = folder / "in/customer=PLANTED1";
  std::filesystem::create_directories(place);
  std::ofstream(place + "/rows.csv") << "mail,amount\nx,1\n";
  const auto text =
      error_text([&] { import_files(folder / "store", {place + "/rows.csv"}, options); }, base::ErrorKind::job_file);
  EXPECT_THAT(text, HasSubstr("its values stand in the files' paths"));
  EXPECT_THAT(text, Not(HasSubstr("PLANTED")));
}

}  // namespace
}  // namespace fullbase::store
