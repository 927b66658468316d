#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "results/result.h"
#include "results/run_json.h"
#include "results/summary_json.h"
#include "results/trial_rows.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

/// A file's bytes, a piece at a time, as nlohmann's parser wants them.
class FileBytes {
 public:
  explicit FileBytes(const std::filesystem::path& path)
      : file_(std::fopen(path.c_str(), "rbe"), &std::fclose), buffer_(1UL << 20U) {
    fill();
  }
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Iterator() = default;
    explicit Iterator(FileBytes* bytes) : bytes_(bytes) {}
    reference operator*() const { return bytes_->buffer_[bytes_->at_]; }
    Iterator& operator++() {
      bytes_->next();
      return *this;
    }
    /// Only the end is ever compared with.
    bool operator==(const Iterator& /*end*/) const {
      return bytes_ == nullptr || bytes_->at_ >= bytes_->size_;
    }

   private:
    FileBytes* bytes_ = nullptr;
  };

 private:
  void next() {
    if (++at_ >= size_) fill();
  }
  void fill() {
    at_ = 0;
    size_ = file_ ? std::fread(buffer_.data(), 1, buffer_.size(), file_.get()) : 0;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
};

/// Walks over a result: keeps `strata` apart from its trials, hands each trial out as it comes, and
/// passes over everything else.
class ResultHandler final : public nlohmann::json_sax<Json> {
 public:
  explicit ResultHandler(const TrialVisitor& visit) : visit_(visit) {}

  ResultHead head;
  bool seen_trials = false;
  bool finished = false;  ///< all of `strata` has come; the rest is not ours
  std::string problem;

  bool null() override { return value(Json(nullptr), std::numeric_limits<double>::quiet_NaN()); }
  bool boolean(bool v) override { return value(Json(v), v ? 1 : 0); }
  bool number_integer(number_integer_t v) override {
    return value(Json(v), static_cast<double>(v));
  }
  bool number_unsigned(number_unsigned_t v) override {
    return value(Json(v), static_cast<double>(v));
  }
  bool number_float(number_float_t v, const string_t& /*text*/) override {
    return value(Json(v), v);
  }
  bool string(string_t& v) override {
    if (in_trials_) return refuse("a trial has a text in it");
    return value(Json(std::move(v)), 0);
  }
  bool binary(binary_t& /*v*/) override { return refuse("it has binary data"); }
  bool start_object(std::size_t /*n*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*n*/) override {
    if (in_trials_ && depth_ == kRowDepth) {
      row_.clear();
      ++depth_;
      return true;
    }
    return open(Json::array());
  }
  bool end_object() override { return close(); }
  bool end_array() override {
    if (in_trials_ && depth_ == kRowDepth + 1) {
      --depth_;
      visit_(tables_.trial_of(row_));
      return true;
    }
    return close();
  }
  bool key(string_t& name) override {
    if (depth_ == 1) in_strata_ = name == "strata";
    if (depth_ == 2 && in_strata_) section_ = name;
    if (building()) key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    problem = fmt::format("it is no whole JSON, at byte {}: {}", position, error.what());
    return false;
  }

 private:
  static constexpr int kSectionDepth = 2;  ///< within {"strata": {
  static constexpr int kRowDepth = 3;      ///< within {"strata": {"trials": [

  bool refuse(std::string said) {
    problem = std::move(said);
    return false;
  }
  /// Whether what comes belongs to a section that is kept.
  [[nodiscard]] bool building() const {
    return in_strata_ && depth_ >= kSectionDepth && !in_trials_;
  }

  bool value(Json json, double number) {
    if (in_trials_) {
      if (depth_ != kRowDepth + 1) return refuse("a trial is no list");
      row_.push_back(number);
      return true;
    }
    if (!building()) return true;
    if (depth_ == kSectionDepth) return take_section(std::move(json));
    auto& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(json));
    } else {
      parent[key_] = std::move(json);
    }
    return true;
  }

  bool open(Json json) {
    if (in_trials_) return refuse("a trial is no list of numbers");
    if (depth_ == kSectionDepth && in_strata_) {
      if (section_ == "trials") {
        if (!json.is_array()) return refuse("\"trials\" is no list");
        seen_trials = true;
        in_trials_ = true;
      } else {
        section_json_ = std::move(json);
        stack_ = {&section_json_};
      }
    } else if (building()) {
      auto& parent = *stack_.back();
      Json* child = nullptr;
      if (parent.is_array()) {
        parent.push_back(std::move(json));
        child = &parent.back();
      } else {
        child = &(parent[key_] = std::move(json));
      }
      stack_.push_back(child);
    }
    ++depth_;
    return true;
  }

  bool close() {
    --depth_;
    if (in_trials_) {
      in_trials_ = false;
      return true;
    }
    if (in_strata_ && depth_ == 1) {
      finished = true;
      return false;  // what follows is for other readers
    }
    if (!in_strata_ || depth_ < kSectionDepth) return true;
    stack_.pop_back();
    return depth_ != kSectionDepth || take_section(std::move(section_json_));
  }

  bool take_section(Json json) {
    try {
      if (section_ == "schema" && json != kSchemaVersion) {
        return refuse(fmt::format("its schema version is {}, this Strata reads version {}",
                                  json.dump(), kSchemaVersion));
      }
      if (section_ == "run") head.header = json.get<RunHeader>();
      if (section_ == "ends") head.footers = json.get<std::vector<RunFooter>>();
      if (section_ == "summary") head.summary = json.get<Summary>();
      if (section_ == "tables") tables_.set_tables(json);
    } catch (const Json::exception& error) {
      return refuse(fmt::format("\"{}\" in \"strata\": {}", section_, error.what()));
    }
    return true;
  }

  const TrialVisitor& visit_;
  TrialRows tables_;
  int depth_ = 0;
  bool in_strata_ = false;
  bool in_trials_ = false;
  std::string section_;
  std::string key_;
  Json section_json_;
  std::vector<Json*> stack_;
  std::vector<double> row_;
};

/// A file whose writing or copying was cut short after our part still ends where it should not.
bool ends_with_brace(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) return false;
  for (long back = 1; back < 64 && std::fseek(file.get(), -back, SEEK_END) == 0; ++back) {
    const int c = std::fgetc(file.get());
    if (c == '}') return true;
    if (c != '\n' && c != ' ' && c != '\r' && c != '\t') return false;
  }
  return false;
}

}  // namespace

ResultHead read_result(const std::filesystem::path& result, const TrialVisitor& visit) {
  const auto tried = fmt::format("read result {}", result.string());
  FileBytes bytes(result);
  if (!bytes.is_open()) throw UsageError(tried, "it can't be opened", "check the path");
  const TrialVisitor ignore = [](const Trial&) {};
  ResultHandler handler(visit ? visit : ignore);
  try {
    Json::sax_parse(FileBytes::Iterator(&bytes), FileBytes::Iterator(), &handler);
  } catch (const Error& error) {
    throw UsageError(tried, error.failure().said, "the file was changed or is damaged");
  }
  if (!handler.problem.empty())
    throw UsageError(tried, handler.problem, "make it again from its journal");
  if (!handler.finished || !handler.seen_trials) {
    throw UsageError(tried, "it has no \"strata\" with trials in it",
                     "a file of Google Benchmark's alone is no result of Strata's");
  }
  if (!ends_with_brace(result))
    throw UsageError(tried, "it is cut off", "make it again from its journal");
  return std::move(handler.head);
}

}  // namespace strata::results
