#include "store/catalog_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "store/sealed_text.hpp"
#include "store/whole_number.hpp"

namespace fullbase::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* catalog_format = "fullbase store 2";
// Version 1, which is still read, had neither seals of parts nor a checksum of its own.
constexpr const char* first_version = "fullbase_store";
constexpr const char* advice_on_damage = "restore it, or import the data again into another folder";

Json schema_json(const data::Schema& schema) {
  Json columns = Json::array();
  for (const auto& field : schema.fields) {
    Json column = {{"name", field.name}, {"type", data::type_name(field.type)}, {"nullable", field.nullable}};
    if (field.type == data::Type::decimal) column["scale"] = field.scale;
    if (!field.unit.empty()) column["unit"] = field.unit;
    columns.push_back(std::move(column));
  }
  return {{"key", schema.key}, {"columns", std::move(columns)}};
}

data::Schema schema_of(const Json& json, const std::string& where) {
  data::Schema schema;
  schema.key = json.at("key").get<std::string>();
  for (const auto& column : json.at("columns")) {
    data::Field field;
    field.name = column.at("name").get<std::string>();
    const auto type = data::type_from_name(column.at("type").get<std::string>());
    if (!type) throw base::input_error(fmt::format("names the unknown type '{}'", column.at("type").get<std::string>()), where);
    field.type = *type;
    field.nullable = column.at("nullable").get<bool>();
    if (column.contains("scale")) field.scale = whole_number<int>(column["scale"]);
    if (field.scale < 0 || field.scale > base::max_decimal_scale)
      throw base::input_error(fmt::format("is damaged: column '{}' has {} decimals", field.name, field.scale), where,
                              advice_on_damage);
    field.unit = column.value("unit", std::string());
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

Json part_json(const Part& part) {
  Json json = {{"file", part.file},
               {"group", part.group},
               {"rows", part.rows},
               {"checksum", part.checksum},
               {"source",
                {{"path", part.source.path},
                 {"bytes", part.source.bytes},
                 {"modified_ns", part.source.modified_ns},
                 {"sha256", part.source.sha256},
                 {"options_sha256", part.source.options_sha256}}},
               {"counts", part.counts}};
  if (!part.seal.hash.empty()) json["seal"] = seal_json(part.seal);
  return json;
}

Part part_of(const Json& json, const std::string& where) {
  Part part;
  part.file = json.at("file").get<std::string>();
  part.group = json.at("group").get<std::string>();
  part.rows = whole_number(json.at("rows"));
  part.checksum = json.at("checksum").get<std::string>();
  // A part stands in the store's own folder.
  if (part.file.empty() || part.file.find('/') != std::string::npos) {
    throw base::input_error(fmt::format("names the part '{}' outside of the store", part.file), where);
  }
  const auto& source = json.at("source");
  part.source.path = source.at("path").get<std::string>();
  part.source.bytes = whole_number(source.at("bytes"));
  part.source.modified_ns = whole_number(source.at("modified_ns"));
  part.source.sha256 = source.at("sha256").get<std::string>();
  part.source.options_sha256 = source.at("options_sha256").get<std::string>();
  for (const auto& [name, count] : json.at("counts").get_ref<const Json::object_t&>()) part.counts[name] = whole_number(count);
  if (json.contains("seal")) part.seal = seal_of_json(json["seal"]);
  return part;
}

/// What the text says, without its checksum; of any version that is read.
Json content_of(const std::string& text, const std::string& where) {
  if (auto sealed = unsealed(catalog_format, text)) return std::move(*sealed);
  auto json = Json::parse(text);
  const auto format = json.value("format", std::string());
  if (format == catalog_format) throw base::input_error("is damaged: it does not match its checksum", where, advice_on_damage);
  if (json.contains("format") || json.at(first_version) != 1)
    throw base::input_error(fmt::format("has the format '{}', this program reads '{}'", format, catalog_format), where,
                            "import the data again, or use the program that wrote the store");
  return json;
}

}  // namespace

std::string write_catalog(const Catalog& catalog) {
  Json tables = Json::object();
  for (const auto& [name, table] : catalog.tables) {
    Json parts = Json::array();
    for (const auto& part : table.parts) parts.push_back(part_json(part));
    tables[name] = {{"schema", schema_json(table.schema)}, {"parts", std::move(parts)}};
  }
  Json json = {{"tables", std::move(tables)}};
  if (!catalog.pseudonym_key.empty()) json["pseudonym_key"] = catalog.pseudonym_key;
  return sealed_text(catalog_format, json);
}

Catalog read_catalog(const std::string& text, const std::string& where) {
  try {
    const auto json = content_of(text, where);
    Catalog catalog;
    catalog.pseudonym_key = json.value("pseudonym_key", std::string());
    for (const auto& [name, table] : json.at("tables").items()) {
      StoreTable entry;
      entry.schema = schema_of(table.at("schema"), where);
      for (const auto& part : table.at("parts")) entry.parts.push_back(part_of(part, where));
      catalog.tables.emplace(name, std::move(entry));
    }
    return catalog;
  } catch (const Json::exception& error) {
    throw base::input_error(fmt::format("is damaged ({})", error.what()), where, advice_on_damage);
  }
}

}  // namespace fullbase::store
