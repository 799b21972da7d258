// A model comes back as it was written, or says what is wrong with it.
#include "algorithms/learning/model_words.hpp"

#include <gmock/gmock.h>

#include "algorithms/learning/scorer.hpp"
#include "comm/launch.hpp"
#include "data/memory_table.hpp"
#include "error_text.hpp"

namespace fullbase::learning {
namespace {

using fullbase::testing::error_text;
using ::testing::HasSubstr;

ModelWriter written() {
  ModelWriter writer("test");
  const std::vector<double> numbers = {1.5, -0.0, std::numeric_limits<double>::infinity()};
  const std::vector<std::string> texts = {"", "Zoë", std::string("a\0b", 3)};
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4, 5};
  writer.number("one", 0.1).integer("two", -7).text("three", "drei").numbers("numbers", numbers).texts("texts", texts);
  writer.bytes("bytes", std::as_bytes(std::span(bytes))).integers("none", {});
  return writer;
}

std::vector<std::int64_t> words_of(const ModelWriter& writer) {
  const auto table = writer.table(told(data::Type::boolean, false));
  const auto words = table[0].int64s();
  return {words.begin(), words.end()};
}

std::string error_of(std::vector<std::int64_t> words) {
  return error_text([&] { ModelReader(std::move(words), "out.h5:/churn/model"); });
}

TEST(ModelWords, ComeBackAsTheyWereWritten) {
  const ModelReader reader(words_of(written()), "here");
  EXPECT_EQ(reader.kind(), "test");
  EXPECT_EQ(reader.number("one"), 0.1);
  EXPECT_EQ(reader.integer("two"), -7);
  EXPECT_EQ(reader.text("three"), "drei");
  EXPECT_EQ(reader.numbers("numbers"), (std::vector<double>{1.5, -0.0, std::numeric_limits<double>::infinity()}));
  EXPECT_TRUE(std::signbit(reader.numbers("numbers")[1]));
  EXPECT_EQ(reader.texts("texts"), (std::vector<std::string>{"", "Zoë", std::string("a\0b", 3)}));
  EXPECT_EQ(reader.plain<std::uint8_t>("bytes"), (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(reader.integers("none").empty());
}

TEST(ModelWords, SayWhatIsWrongWithThem) {
  const auto whole = words_of(written());
  EXPECT_THAT(error_of({}), HasSubstr("this is no model"));
  EXPECT_THAT(error_of({1, 2, 3, 4, 5}), HasSubstr("this is no model"));
  for (std::size_t length = 4; length < whole.size(); ++length)
    EXPECT_THAT(error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}), HasSubstr("it was cut short"));
  for (std::size_t word = 3; word < whole.size(); ++word) {
    auto damaged = whole;
    damaged[word] ^= 1 << 5;
    EXPECT_THAT(error_of(damaged), HasSubstr("damaged")) << word;
  }
  auto later = whole;
  later[1] = 2;
  EXPECT_THAT(error_of(later), HasSubstr("out.h5:/churn/model: the model is of version 2"));
  const ModelReader reader(whole, "here");
  EXPECT_THAT(error_text([&] { reader.number("two"); }), HasSubstr("no part 'two' of type 'd'"));
  EXPECT_THAT(error_text([&] { reader.text("texts"); }), HasSubstr("no single text"));
  EXPECT_THAT(error_text([&] { reader.plain<double>("bytes"); }), HasSubstr("no whole number of values"));
}

TEST(ModelWords, TheirTableSaysWhatTheyTell) {
  for (const auto type : {data::Type::boolean, data::Type::int64, data::Type::category})
    EXPECT_EQ(told_by(model_schema(told(type, false))), told(type, false));
  EXPECT_EQ(told_by(model_schema(told(data::Type::float64, true))), told(data::Type::float64, true));
  EXPECT_EQ(told(data::Type::string, false).type, data::Type::category);
  data::Schema other;
  other.fields = {{.name = "word", .type = data::Type::int64, .unit = "day"}};
  EXPECT_FALSE(told_by(other));
}

TEST(ModelWords, AreReadByEveryRankAlike) {
  const auto table = data::MemoryTable("model", written().table(told(data::Type::boolean, false)));
  comm::run_threads(
      3, [&](comm::Communicator& communicator) { EXPECT_EQ(ModelReader::read(communicator, table).text("three"), "drei"); });
}

TEST(ModelHead, ComesBackAsItWasWritten) {
  ModelHead head;
  head.features = {{"age", false, {}}, {"country", true, {"DE", "UK"}}, {"empty", true, {}}};
  head.task = Task::multiclass;
  head.label = "grade";
  head.label_type = data::Type::category;
  head.classes = {"a", "b", "c"};
  ModelWriter writer("test");
  write_head(writer, head);
  const auto back = read_head(ModelReader(words_of(writer), "here"));
  EXPECT_EQ(back.features, head.features);
  EXPECT_EQ(back.classes, head.classes);
  EXPECT_EQ(back.task, head.task);
  EXPECT_EQ(back.label, head.label);
  EXPECT_EQ(back.label_type, head.label_type);
  head.task = Task::binary;
  ModelWriter wrong("test");
  write_head(wrong, head);
  EXPECT_THAT(error_text([&] { read_head(ModelReader(words_of(wrong), "here")); }), HasSubstr("classes do not fit its task"));
}

}  // namespace
}  // namespace fullbase::learning
