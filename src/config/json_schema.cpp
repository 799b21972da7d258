#include "config/json_schema.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "config/echo.hpp"

namespace fullbase::config {
namespace {

using Json = nlohmann::ordered_json;

Json number_json(Number value) {
  const auto whole = static_cast<std::int64_t>(value);
  if (value > -9e18L && value < 9e18L && static_cast<Number>(whole) == value) return whole;
  return static_cast<double>(value);
}

Json any_of(std::vector<Json> choices) {
  return choices.size() == 1 ? std::move(choices[0]) : Json{{"anyOf", std::move(choices)}};
}

class SchemaWriter {
 public:
  Json document(const AnyDescription& description, const std::string& title) {
    Json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", title.empty() ? description.name() : title}};
    root.update(object(description));
    definitions_["variable"] = {{"description", "a text in which environment variables are replaced"},
                                {"type", "string"},
                                {"pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}"}};
    root["$defs"] = definitions_;
    return root;
  }

 private:
  /// The mapping that a description reads, and one more description's keys where two read it together.
  Json object(const AnyDescription& description, const AnyDescription* common = nullptr, const std::string& kind_key = {}) {
    Json schema = {{"type", "object"}};
    if (!description.doc().empty()) schema["description"] = description.doc();
    Json properties = Json::object();
    Json required = Json::array();
    if (!kind_key.empty()) {
      properties[kind_key] = {{"const", description.name()}};
      required.push_back(kind_key);
    }
    if (common != nullptr) add_options(*common, properties, required);
    add_options(description, properties, required);
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
  }

  void add_options(const AnyDescription& description, Json& properties, Json& required) {
    for (const OptionEntry& entry : description.entries()) {
      if (properties.contains(entry.key)) continue;  // the key that names the kind
      Json option = value(entry.shape);
      if (!entry.doc.empty()) option["description"] = entry.doc;
      if (!entry.required && !entry.default_value.is_null()) option["default"] = Json::parse(to_json(entry.default_value, 0));
      properties[entry.key] = std::move(option);
      if (entry.required) required.push_back(entry.key);
    }
  }

  Json value(const Shape& shape) {
    std::vector<Json> choices = forms(shape);
    if (shape.nullable) choices.push_back({{"type", "null"}});
    return any_of(std::move(choices));
  }

  /// The ways to write a value, without null.
  std::vector<Json> forms(const Shape& shape) {
    static const Json variable = {{"$ref", "#/$defs/variable"}};
    switch (shape.kind) {
      case Shape::Kind::anything:
        return {Json::object()};
      case Shape::Kind::boolean:
        return {{{"type", "boolean"}}, variable};
      case Shape::Kind::integer:
        return {number("integer", shape.rules), variable};
      case Shape::Kind::number:
        return numbers(shape.rules, variable);
      case Shape::Kind::text:
        return texts(shape, variable);
      case Shape::Kind::choice:
        return {names(shape, true), variable};
      case Shape::Kind::list:
        return lists(shape);
      case Shape::Kind::tuple:
        return {tuple(shape)};
      case Shape::Kind::mapping:
        return {mapping(shape)};
      case Shape::Kind::structure:
        return {reference(shape.structure->name(), object(*shape.structure))};
      case Shape::Kind::tagged:
        return tagged(shape, variable);
      case Shape::Kind::either:
        return either(shape);
      case Shape::Kind::kinds:
        return {kinds(shape)};
    }
    return {Json::object()};
  }

  static Json number(const char* type, const Rules& rules) {
    Json schema = {{"type", type}};
    if (rules.least) schema[rules.least->inclusive ? "minimum" : "exclusiveMinimum"] = number_json(rules.least->value);
    if (rules.most) schema[rules.most->inclusive ? "maximum" : "exclusiveMaximum"] = number_json(rules.most->value);
    for (const Number allowed : rules.numbers) schema["enum"].push_back(number_json(allowed));
    return schema;
  }

  static std::vector<Json> numbers(const Rules& rules, const Json& variable) {
    std::vector<Json> choices = {number("number", rules)};
    Json special = Json::array();
    if (rules.nan_allowed) special.push_back(".nan");
    if (rules.infinity_allowed) special.insert(special.end(), {".inf", "-.inf"});
    if (!special.empty()) choices.push_back({{"enum", special}});
    choices.push_back(variable);
    return choices;
  }

  static std::vector<Json> texts(const Shape& shape, const Json& variable) {
    if (!shape.rules.texts.empty()) return {{{"enum", shape.rules.texts}}, variable};
    if (!shape.pattern.empty()) {
      std::vector<Json> choices = {{{"type", "string"}, {"pattern", shape.pattern}}};
      if (shape.also_number) choices.push_back(number("integer", shape.rules));
      choices.push_back(variable);
      return choices;
    }
    // A text need not be quoted: 2011 and true are texts here.
    Json schema = {{"type", Json::array({"string", "number", "boolean"})}};
    if (shape.rules.not_empty) schema["minLength"] = 1;
    return {std::move(schema)};
  }

  static Json names(const Shape& shape, bool alone) {
    Json schema = {{"enum", Json::array()}};
    for (const Alternative& alternative : shape.alternatives) {
      if (alternative.alone == alone) schema["enum"].push_back(alternative.name);
    }
    return schema;
  }

  std::vector<Json> lists(const Shape& shape) {
    const Json item = value(shape.items[0]);
    Json list = {{"type", "array"}, {"items", item}};
    if (shape.rules.not_empty) list["minItems"] = 1;
    if (shape.rules.distinct) list["uniqueItems"] = true;
    if (!shape.one_or_many) return {std::move(list)};
    return {item, std::move(list)};
  }

  Json tuple(const Shape& shape) {
    Json schema = {{"type", "array"}, {"prefixItems", Json::array()}, {"items", false}};
    for (const Shape& item : shape.items) schema["prefixItems"].push_back(value(item));
    schema["minItems"] = shape.items.size();
    schema["maxItems"] = shape.items.size();
    return schema;
  }

  Json mapping(const Shape& shape) {
    Json schema = {{"type", "object"}, {"additionalProperties", value(shape.items[0])}};
    if (shape.rules.identifier_keys) schema["propertyNames"] = {{"pattern", "^[a-z][a-z0-9_]*$"}};
    if (shape.rules.not_empty) schema["minProperties"] = 1;
    return schema;
  }

  std::vector<Json> either(const Shape& shape) {
    std::vector<Json> choices;
    for (const Shape& item : shape.items) {
      for (Json& way : forms(item)) choices.push_back(std::move(way));
    }
    return choices;
  }

  std::vector<Json> tagged(const Shape& shape, const Json& variable) {
    std::vector<Json> choices;
    if (Json alone = names(shape, true); !alone["enum"].empty()) {
      choices.push_back(std::move(alone));
      choices.push_back(variable);
    }
    for (const Alternative& alternative : shape.alternatives) {
      if (alternative.argument.empty()) continue;
      Json argument = value(alternative.argument[0]);
      if (!alternative.doc.empty()) argument["description"] = alternative.doc;
      Json schema = {{"type", "object"}};
      schema["properties"][alternative.name] = std::move(argument);
      schema["required"] = Json::array({alternative.name});
      schema["additionalProperties"] = false;
      choices.push_back(std::move(schema));
    }
    return {reference(shape.name, any_of(std::move(choices)))};
  }

  Json kinds(const Shape& shape) {
    Json schema = {{"oneOf", Json::array()}};
    for (std::size_t i = 1; i < shape.kinds.size(); ++i) {
      const AnyDescription& kind = *shape.kinds[i];
      schema["oneOf"].push_back(reference(shape.kind_key + "_" + kind.name(), object(kind, shape.kinds[0], shape.kind_key)));
    }
    if (shape.like_key.empty()) return schema;
    // What the other mapping states is not at hand here, so only the keys of every kind are looked at.
    Json like = object(*shape.kinds[0]);
    like["required"] = Json::array({shape.like_key});
    like.erase("additionalProperties");
    Json given = {{"required", Json::array({shape.like_key})}};
    given["properties"][shape.like_key] = {{"not", {{"type", "null"}}}};
    return {{"if", std::move(given)},
            {"then", reference(shape.kinds[0]->name() + "_" + shape.like_key, std::move(like))},
            {"else", std::move(schema)}};
  }

  /// A definition under its name, or under a numbered one where another definition has taken it.
  Json reference(std::string name, Json definition) {
    // A $ref is a URI reference, in which not every character may stand.
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    std::replace_if(
        name.begin(), name.end(), [&](char c) { return !plain(c); }, '_');
    std::string free = name;
    for (int number = 2; definitions_.contains(free) && definitions_[free] != definition; ++number) {
      free = name + "_" + std::to_string(number);
    }
    definitions_[free] = std::move(definition);
    return {{"$ref", "#/$defs/" + free}};
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string json_schema(const AnyDescription& description, const std::string& title) {
  return SchemaWriter().document(description, title).dump(2) + "\n";
}

}  // namespace fullbase::config
