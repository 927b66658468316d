#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::results {

/// A table of a TOML file that somebody wrote by hand: a suite, claims, a nightly's configuration.
/// Whatever is wrong in it is a UsageError that says "read WHAT FILE:LINE:COLUMN", what is wrong
/// and what would be right. A value; it keeps the file's content alive.
class TomlTable {
 public:
  /// Parses a file's text. `what` names the kind of file in errors: "suite", "claims". `origin` is
  /// its path. Throws UsageError for what is not TOML.
  static TomlTable parse(std::string_view text, const std::filesystem::path& origin,
                         std::string_view what);

  /// The path of the file it stands in.
  [[nodiscard]] const std::filesystem::path& origin() const;
  [[nodiscard]] bool has(std::string_view key) const;
  /// In alphabetical order.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// "FILE:LINE: KEY", for errors of who reads a value further.
  [[nodiscard]] std::string place_of(std::string_view key) const;

  /// Throws a UsageError at the table.
  [[noreturn]] void fail(const std::string& said, const std::string& do_next = {}) const;
  /// At the value of `key`, or at the table if it has it not.
  [[noreturn]] void fail_at(std::string_view key, const std::string& said,
                            const std::string& do_next = {}) const;
  /// Refuses any key that is not one of these, with the nearest that is.
  void only_keys(std::initializer_list<std::string_view> known) const;

  // Each of these throws UsageError for a value of another type or out of range, and gives nothing
  // (an empty list) for a key that is not there.

  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  /// A text that must be there and must not be empty.
  [[nodiscard]] std::string needed_text(std::string_view key) const;
  /// A list of texts, or a single one.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] std::optional<bool> truth(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view key, std::int64_t least,
                                                         std::int64_t most) const;
  [[nodiscard]] std::vector<std::int64_t> whole_numbers(std::string_view key, std::int64_t least,
                                                        std::int64_t most) const;
  /// A finite number, whole or not.
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key, double least, double most) const;
  /// A text, number or truth, as text.
  [[nodiscard]] std::optional<std::string> scalar_as_text(std::string_view key) const;
  /// A list of such, or a single one.
  [[nodiscard]] std::vector<std::string> scalars_as_text(std::string_view key) const;
  [[nodiscard]] std::optional<TomlTable> table(std::string_view key) const;
  /// The tables of [[key]].
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;

  /// What a word stands for; throws UsageError at `key` with the nearest word for any other.
  template <typename T>
  [[nodiscard]] T meaning(std::string_view key, std::string_view word,
                          std::initializer_list<std::pair<std::string_view, T>> words) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
      if (name == word) return value;
      names.emplace_back(name);
    }
    refuse_word(key, word, names);
  }

 private:
  struct Content;
  explicit TomlTable(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  [[noreturn]] void refuse_word(std::string_view key, std::string_view word,
                                std::span<const std::string> names) const;

  std::shared_ptr<const Content> content_;
};

/// A file that is compiled in, found by its name.
struct BuiltInToml {
  std::string_view name;
  std::string_view toml;
};

/// The table by the word a user gave: the name of a built-in file, or a file's path. Throws
/// UsageError if it is neither (near match), can't be read or is not TOML.
TomlTable load_toml(const std::string& name_or_file, std::string_view what,
                    std::span<const BuiltInToml> built_in = {});

}  // namespace strata::results
