#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/json_stream.h"
#include "results/result.h"
#include "results/run_json.h"
#include "results/summary_json.h"
#include "results/trial_rows.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

constexpr auto kMakeAgain = "make it again from its journal";

/// Reads a result: "strata" is ours, everything beside it is for others and passed over.
class ResultReader {
 public:
  ResultReader(const std::filesystem::path& path, const TrialVisitor& visit)
      : path_(path), stream_(path), visit_(visit) {}

  ResultHead read() {
    bool is_ours = false;
    stream_.begin_object();
    for (std::string name; stream_.next_key(name);) {
      if (name == "strata" && !std::exchange(is_ours, true)) {
        read_strata();
      } else {
        stream_.skip_value();
      }
    }
    stream_.expect_end();
    if (!is_ours) {
      refuse("it has no \"strata\"", "a file of Google Benchmark's alone is no result of Strata's");
    }
    return std::move(head_);
  }

 private:
  [[noreturn]] void refuse(std::string said, std::string do_next = kMakeAgain) const {
    throw UsageError(fmt::format("read {}", path_.string()), std::move(said), std::move(do_next));
  }

  /// Its sections come in this order: schema before all, tables before the trials.
  void read_strata() {
    stream_.begin_object();
    for (std::string name; stream_.next_key(name);) {
      if (name == "schema") {
        check_schema();
      } else if (!seen_.contains("schema")) {
        refuse("\"strata\" does not begin with \"schema\"");
      } else if (name == "trials") {
        read_trials();
      } else {
        read_section(name);
      }
      seen_.insert(std::move(name));
    }
    for (const char* const needed : {"schema", "run", "ends", "summary", "tables", "trials"}) {
      if (!seen_.contains(needed)) refuse(fmt::format("\"strata\" has no \"{}\"", needed));
    }
  }

  void check_schema() {
    const auto text = stream_.take_value();
    if (text == std::to_string(kSchemaVersion)) return;
    constexpr std::size_t kShown = 40;
    refuse(fmt::format("its schema version is {}, this Strata reads version {}",
                       text.substr(0, kShown), kSchemaVersion),
           "read it with the Strata that wrote it");
  }

  void read_section(const std::string& name) try {
    const auto value = [&] { return Json::parse(stream_.take_value()); };
    if (name == "run") {
      head_.header = value().get<RunHeader>();
    } else if (name == "ends") {
      head_.footers = value().get<std::vector<RunFooter>>();
    } else if (name == "summary") {
      head_.summary = value().get<Summary>();
    } else if (name == "tables") {
      rows_ = TrialRowReader(value());
    } else {
      stream_.skip_value();  // of a later Strata with the same schema
    }
  } catch (const Json::exception& error) {
    refuse(fmt::format("\"{}\" in \"strata\": {}", name, error.what()));
  }

  void read_trials() {
    if (!seen_.contains("tables")) refuse("\"trials\" in \"strata\" come before \"tables\"");
    stream_.begin_array();
    for (std::size_t number = 1; stream_.next_element(); ++number) {
      const auto& trial = read_trial(number);
      if (visit_) visit_(trial);
    }
  }

  const Trial& read_trial(std::size_t number) try {
    return rows_.read(stream_.take_value());
  } catch (const UsageError&) {
    throw;  // the file's, not the row's
  } catch (const Error& error) {
    refuse(fmt::format("trial {} in \"strata\": {}", number, error.failure().said));
  }

  const std::filesystem::path& path_;
  JsonStream stream_;
  const TrialVisitor& visit_;
  TrialRowReader rows_;
  ResultHead head_;
  std::set<std::string> seen_;
};

}  // namespace

ResultHead read_result(const std::filesystem::path& result, const TrialVisitor& visit) {
  return ResultReader(result, visit).read();
}

}  // namespace strata::results
