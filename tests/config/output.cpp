// What is made from a description agrees with what it reads: the echo reads back, schema and reference say the same.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "config/echo.hpp"
#include "config/example.hpp"
#include "config/json_schema.hpp"
#include "config/reference.hpp"

namespace fullbase::config::example {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Options unusual() {
  Options options;
  options.k = {2, 3};
  options.tolerance = 1.0 / 3;
  options.init = Init::random;
  options.memory = 3'000'000;
  options.where = {{"a != \"$${x}\" and b > '\\'\n", {}}};
  options.columns = {{{"yes", {}}, {Log1p{}, Clip{{-1e300, 5e-324}}}}, {{"a: b", {}}, {Impute{0.0}}}, {{"12", {}}, {Impute{}}}};
  return options;
}

TEST(Echo, ADocumentReadsBackAsTheSameOptions) {
  const auto description = describe(Type<Options>{});
  for (const std::string where : {"a != '${x}'", "$", "$$", "$${x}", "a$$$${", "x$"}) {
    Options options = unusual();
    options.where = {{where, {}}};
    const std::string document = to_document(description.show(options));
    EXPECT_EQ(parsed<Options>(document), options) << document;
    EXPECT_EQ(to_document(description.show(parsed<Options>(document))), document);
  }
}

TEST(Echo, JsonReadsBackAsTheSameOptions) {
  const auto description = describe(Type<Options>{});
  Options options = unusual();
  options.where = {{"no dollars", {}}};
  EXPECT_EQ(parsed<Options>(to_json(description.show(options))), options);
  EXPECT_EQ(parsed<Options>(to_json(description.show(options), 0)), options);
}

TEST(Echo, IsCanonical) {
  EXPECT_EQ(to_json(describe(Type<Options>{}).show(parsed<Options>("columns: {b: log1p, a: {clip: [0, 2]}}\nk: 3")), 0),
            R"({"k":[3],"tolerance":0.0001,"init":"k-means++","memory":null,"window":"90d",)"
            R"("search":{"rounds":10,"early_stop":true},"where":null,"since":null,)"
            R"("columns":{"b":["log1p"],"a":[{"clip":[0,2]}]}})");
  EXPECT_EQ(to_json(Node::sequence({Node::scalar("1e5", false), Node::scalar("01", false), Node::scalar("1", true)}), 0),
            R"([1e5,"01","1"])");
  EXPECT_EQ(to_json(Node::mapping({}), 2), "{}");
  EXPECT_EQ(to_json(Node::mapping({{"a", Node::sequence({Node::null()})}})), "{\n  \"a\": [\n    null\n  ]\n}");
}

TEST(Schema, HasTheKeysRangesAndDefaultsOfTheDescription) {
  const Json schema = Json::parse(json_schema(describe(Type<Options>{}), "fullbase"));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["title"], "fullbase");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], Json::array({"columns"}));
  const Json& properties = schema["properties"];
  std::vector<std::string> keys;
  for (const auto& [key, option] : properties.items()) keys.push_back(key);
  EXPECT_EQ(keys, describe(Type<Options>{}).keys());
  EXPECT_EQ(properties["k"]["default"], Json::array({8}));
  EXPECT_EQ(properties["k"]["anyOf"][0]["anyOf"][0], Json({{"type", "integer"}, {"minimum", 1}}));
  EXPECT_EQ(properties["k"]["anyOf"][1]["minItems"], 1);
  EXPECT_EQ(properties["k"]["anyOf"][1]["uniqueItems"], true);
  EXPECT_EQ(properties["tolerance"]["anyOf"][0], Json({{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}}));
  EXPECT_EQ(properties["init"]["anyOf"][0]["enum"], Json::array({"random", "k-means++"}));
  EXPECT_EQ(properties["init"]["default"], "k-means++");
  EXPECT_EQ(properties["memory"]["anyOf"].back(), Json({{"type", "null"}}));
  EXPECT_EQ(properties["search"]["$ref"], "#/$defs/search");
  EXPECT_EQ(properties["search"]["default"], Json({{"rounds", 10}, {"early_stop", true}}));
  EXPECT_EQ(schema["$defs"]["search"]["properties"]["rounds"]["anyOf"][0]["minimum"], 1);
  EXPECT_EQ(schema["$defs"]["transform"]["anyOf"][0]["enum"], Json::array({"log1p", "impute"}));
  EXPECT_EQ(properties["columns"]["minProperties"], 1);
}

/// Every "$ref" of a schema.
void collect_references(const Json& json, std::vector<std::string>& references) {
  for (const auto& [key, value] : json.items()) {
    if (key == "$ref") references.push_back(value);
    if (value.is_structured()) collect_references(value, references);
  }
}

struct JobFile {
  std::vector<std::pair<std::string, Node>> steps;
};
struct Common {
  std::string job;
  std::string from;
};

TEST(Schema, StepsAreOneOfTheKinds) {
  const auto common =
      Description<Common>("step").required("job", &Common::job, "The job.").required("from", &Common::from, "Input.");
  const auto kmeans = describe(Type<Options>{});
  const auto search = describe(Type<Search>{});
  const auto file =
      Description<JobFile>("job file")
          .required("steps", &JobFile::steps, "What to do.", kinds("job", common, {&kmeans, &search}), identifier_keys());
  const Json schema = Json::parse(json_schema(file));
  const Json& steps = schema["properties"]["steps"];
  EXPECT_EQ(steps["propertyNames"]["pattern"], "^[a-z][a-z0-9_]*$");
  EXPECT_EQ(steps["additionalProperties"]["oneOf"],
            Json::array({{{"$ref", "#/$defs/job_kmeans"}}, {{"$ref", "#/$defs/job_search"}}}));
  const Json& definition = schema["$defs"]["job_search"];
  EXPECT_EQ(definition["properties"]["job"], Json({{"const", "search"}}));
  EXPECT_EQ(definition["required"], Json::array({"job", "from"}));
  EXPECT_TRUE(definition["properties"].contains("rounds"));
  EXPECT_EQ(definition["additionalProperties"], false);
  std::vector<std::string> references;
  collect_references(schema, references);
  for (const std::string& reference : references)
    EXPECT_TRUE(schema.contains(Json::json_pointer(reference.substr(1)))) << reference;

  const std::string page = reference_markdown(file);
  EXPECT_THAT(page, HasSubstr("### kmeans\n"));
  EXPECT_THAT(page, HasSubstr("### search\n"));
}

struct Other {
  double speed = 1;
};
struct Both {
  Search search;
  Other other;
  Search again;
};

TEST(Schema, DifferentStructsOfOneNameAreToldApart) {
  const auto other = structure(Description<Other>("search").option("speed", &Other::speed, ""));
  const auto both = Description<Both>("both")
                        .option("search", &Both::search, "")
                        .option("other", &Both::other, "", other)
                        .option("again", &Both::again, "");
  const Json schema = Json::parse(json_schema(both));
  EXPECT_EQ(schema["properties"]["search"]["$ref"], "#/$defs/search");
  EXPECT_EQ(schema["properties"]["other"]["$ref"], "#/$defs/search_2");
  EXPECT_EQ(schema["properties"]["again"]["$ref"], "#/$defs/search");
}

TEST(Reference, HasARowAnOption) {
  const std::string page = reference_markdown(describe(Type<Options>{}));
  EXPECT_THAT(page, HasSubstr("## kmeans\n\nPartitions rows into k clusters.\n\n| key | type | default | range | meaning |\n"));
  EXPECT_THAT(page,
              HasSubstr("| `k` | integer, or a list of it | `[8]` | not empty, no value twice; each: at least 1 | Number of "
                        "clusters, or several to choose from. |\n"));
  EXPECT_THAT(page, HasSubstr("| `tolerance` | number | `0.0001` | at least 0, less than 1 |"));
  EXPECT_THAT(page, HasSubstr("| `init` | `random`, `k-means++` | `k-means++` |"));
  EXPECT_THAT(page, HasSubstr("| `memory` | size such as 4GiB | what the machine grants | at least 1MiB |"));
  EXPECT_THAT(page, HasSubstr("| `columns` | mapping of names to: transform, or a list of it | required |"));
  EXPECT_THAT(page, HasSubstr("### search\n"));
  EXPECT_THAT(page, HasSubstr("| `{clip: ...}` with [number, number] |"));
  EXPECT_THAT(page, HasSubstr("| `impute` or `{impute: ...}` with options of impute |"));
}

}  // namespace
}  // namespace fullbase::config::example
