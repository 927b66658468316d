#include "results/toml_document.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

struct Document {
  fs::path origin;
  std::string what;
  toml::table root;

  [[noreturn]] void fail(const toml::source_position& at, const std::string& said,
                         const std::string& do_next) const {
    throw UsageError(fmt::format("read {} {}:{}:{}", what, origin.string(), at.line, at.column),
                     said, do_next);
  }
};

}  // namespace

struct TomlTable::Content {
  std::shared_ptr<const Document> document;
  const toml::table* table;

  [[nodiscard]] const toml::node* find(std::string_view key) const { return table->get(key); }
  [[noreturn]] void fail(const toml::node& node, const std::string& said,
                         const std::string& do_next = {}) const {
    document->fail(node.source().begin, said, do_next);
  }
  [[nodiscard]] std::string text_of(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_string()) return value->get();
    fail(node, fmt::format("\"{}\" must be a text in quotes", key));
  }
  [[nodiscard]] std::int64_t whole_number_of(const toml::node& node, std::string_view key,
                                             std::int64_t least, std::int64_t most) const {
    const auto* const value = node.as_integer();
    if (value == nullptr || value->get() < least || value->get() > most) {
      fail(node, fmt::format("\"{}\" must be a whole number from {} to {}", key, least, most));
    }
    return value->get();
  }
  [[nodiscard]] std::string scalar_of(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_string()) return value->get();
    if (const auto* const value = node.as_integer()) return fmt::format("{}", value->get());
    if (const auto* const value = node.as_boolean()) return value->get() ? "true" : "false";
    if (const auto* const value = node.as_floating_point()) {
      return fmt::format("{}", value->get());
    }
    fail(node, fmt::format("\"{}\" must be a text, a number or true/false", key));
  }
  [[nodiscard]] TomlTable table_of(const toml::node& node, std::string_view key) const {
    if (const auto* const value = node.as_table()) {
      return TomlTable(std::make_shared<const Content>(Content{document, value}));
    }
    fail(node, fmt::format("\"{}\" must be a table", key));
  }
};

TomlTable TomlTable::parse(std::string_view text, const fs::path& origin, std::string_view what) {
  auto document = std::make_shared<Document>();
  document->origin = origin;
  document->what = what;
  try {
    document->root = toml::parse(text, origin.string());
  } catch (const toml::parse_error& error) {
    document->fail(error.source().begin, std::string(error.description()),
                   "the file is not valid TOML");
  }
  const auto* const root = &document->root;
  return TomlTable(std::make_shared<const Content>(Content{std::move(document), root}));
}

const fs::path& TomlTable::origin() const { return content_->document->origin; }

bool TomlTable::has(std::string_view key) const { return content_->find(key) != nullptr; }

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, node] : *content_->table) result.emplace_back(key.str());
  return result;
}

std::string TomlTable::place_of(std::string_view key) const {
  const auto* const node = content_->find(key);
  const auto& source = node == nullptr ? content_->table->source() : node->source();
  return fmt::format("{}:{}: {}", origin().string(), source.begin.line, key);
}

void TomlTable::fail(const std::string& said, const std::string& do_next) const {
  content_->fail(*content_->table, said, do_next);
}

void TomlTable::fail_at(std::string_view key, const std::string& said,
                        const std::string& do_next) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) fail(said, do_next);
  content_->fail(*node, said, do_next);
}

void TomlTable::only_keys(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, node] : *content_->table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    // toml++ 3.3 keeps a key's own place; for an inline value that is the better one to show.
    content_->document->fail(key.source().begin, fmt::format("unknown key \"{}\"", key.str()),
                             suggest(key.str(), names));
  }
}

std::optional<std::string> TomlTable::text(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  return content_->text_of(*node, key);
}

std::string TomlTable::needed_text(std::string_view key) const {
  auto value = text(key).value_or("");
  if (value.empty()) fail_at(key, fmt::format("there is no \"{}\"", key));
  return value;
}

std::vector<std::string> TomlTable::texts(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return {};
  if (node->is_string()) return {content_->text_of(*node, key)};
  const auto* const list = node->as_array();
  if (list == nullptr) content_->fail(*node, fmt::format("\"{}\" must be a list of texts", key));
  std::vector<std::string> result;
  for (const auto& one : *list) result.push_back(content_->text_of(one, key));
  return result;
}

std::optional<bool> TomlTable::truth(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  const auto* const value = node->as_boolean();
  if (value == nullptr) content_->fail(*node, fmt::format("\"{}\" must be true or false", key));
  return value->get();
}

std::optional<std::int64_t> TomlTable::whole_number(std::string_view key, std::int64_t least,
                                                    std::int64_t most) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  return content_->whole_number_of(*node, key, least, most);
}

std::vector<std::int64_t> TomlTable::whole_numbers(std::string_view key, std::int64_t least,
                                                   std::int64_t most) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return {};
  const auto* const list = node->as_array();
  if (list == nullptr) content_->fail(*node, fmt::format("\"{}\" must be a list of numbers", key));
  std::vector<std::int64_t> result;
  for (const auto& one : *list) {
    result.push_back(content_->whole_number_of(one, key, least, most));
  }
  return result;
}

std::optional<double> TomlTable::number(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !std::isfinite(*value)) {
    content_->fail(*node, fmt::format("\"{}\" must be a number", key));
  }
  return value;
}

std::optional<double> TomlTable::number(std::string_view key, double least, double most) const {
  const auto value = number(key);
  if (value && !(*value >= least && *value <= most)) {
    fail_at(key, fmt::format("\"{}\" must be from {} to {}", key, least, most));
  }
  return value;
}

std::optional<std::string> TomlTable::scalar_as_text(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  return content_->scalar_of(*node, key);
}

std::vector<std::string> TomlTable::scalars_as_text(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return {};
  const auto* const list = node->as_array();
  if (list == nullptr) return {content_->scalar_of(*node, key)};
  std::vector<std::string> result;
  for (const auto& one : *list) result.push_back(content_->scalar_of(one, key));
  return result;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return std::nullopt;
  return content_->table_of(*node, key);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  const auto* const node = content_->find(key);
  if (node == nullptr) return {};
  const auto* const list = node->as_array();
  if (list == nullptr) {
    content_->fail(*node, fmt::format("\"{}\" must be a list of tables", key),
                   fmt::format("write [[{}]]", key));
  }
  std::vector<TomlTable> result;
  for (const auto& one : *list) result.push_back(content_->table_of(one, key));
  return result;
}

void TomlTable::refuse_word(std::string_view key, std::string_view word,
                            std::span<const std::string> names) const {
  fail_at(key, fmt::format("\"{}\" can't be \"{}\"", key, word), suggest(word, names));
}

TomlTable load_toml(const std::string& name_or_file, std::string_view what,
                    std::span<const BuiltInToml> built_in) {
  std::vector<std::string> names;
  for (const auto& one : built_in) {
    if (one.name == name_or_file) {
      return TomlTable::parse(one.toml, fmt::format("{}.toml", one.name), what);
    }
    names.emplace_back(one.name);
  }
  std::error_code ignored;
  if (!fs::is_regular_file(name_or_file, ignored)) {
    throw UsageError(
        fmt::format("load {} \"{}\"", what, name_or_file),
        names.empty() ? "no such file"
                      : fmt::format("no built-in {} has that name and no file is there", what),
        names.empty() ? "give the path of a .toml file"
                      : suggest(name_or_file, names) + "; or give the path of a .toml file");
  }
  std::ifstream file(name_or_file, std::ios::binary);
  std::ostringstream content;
  // A file without a byte makes << fail, and is an empty document.
  if (file && file.peek() != std::ifstream::traits_type::eof()) content << file.rdbuf();
  if (!file.is_open() || file.bad() || !content) {
    throw UsageError(fmt::format("read {} {}", what, name_or_file), "the file can't be read",
                     "check its permissions");
  }
  return TomlTable::parse(content.str(), name_or_file, what);
}

}  // namespace strata::results
