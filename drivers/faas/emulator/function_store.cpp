#include "drivers/faas/emulator/function_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <charconv>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "drivers/faas/emulator/api_error.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr int kBusyMilliseconds = 5000;

[[noreturn]] void not_found_function(const std::string& name, const std::string& qualifier) {
  throw not_found(
      fmt::format("Function not found: {}{}{}", name, qualifier.empty() ? "" : ":", qualifier));
}

std::uint32_t version_number(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// Uniform in [0, 1).
double chance() {
  thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

FunctionStore::FunctionStore(const std::filesystem::path& file) try
    : database_(std::make_unique<SQLite::Database>(
          file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds)) {
  database_->exec("PRAGMA journal_mode=WAL");
  database_->exec(
      "CREATE TABLE IF NOT EXISTS functions(name TEXT PRIMARY KEY, document TEXT NOT NULL)");
  SQLite::Statement rows(*database_, "SELECT name, document FROM functions");
  while (rows.executeStep()) {
    const auto json = nlohmann::json::parse(rows.getColumn(1).getString(), nullptr, false);
    functions_[rows.getColumn(0).getString()] = function_from_json(json);
  }
} catch (const SQLite::Exception& error) {
  throw Error(fmt::format("read the functions in {}", file.string()), error.what(),
              "use another data directory");
}

FunctionStore::~FunctionStore() = default;

const std::shared_ptr<const FunctionVersion>& FunctionStore::version_of(
    const Function& function, const std::string& qualifier) {
  if (qualifier.empty() || qualifier == kLatest) return function.latest;
  const auto alias = function.aliases.find(qualifier);
  const auto& version = alias == function.aliases.end() ? qualifier : alias->second.version;
  if (version == kLatest) return function.latest;
  const auto found = function.versions.find(version_number(version));
  if (found == function.versions.end()) not_found_function(function.latest->arn, qualifier);
  return found->second;
}

Resolved FunctionStore::resolve(const std::string& name, const std::string& qualifier) const {
  const std::shared_lock lock(mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) not_found_function(name, qualifier);
  const auto& function = found->second;
  if (qualifier.empty()) return {function.latest, function.latest->arn};
  auto arn = fmt::format("{}:{}", function.latest->arn, qualifier);
  if (const auto alias = function.aliases.find(qualifier); alias != function.aliases.end()) {
    for (const auto& [version, weight] : alias->second.additional_weights) {
      if (chance() < weight) return {version_of(function, version), std::move(arn)};
    }
  }
  return {version_of(function, qualifier), std::move(arn)};
}

Function FunctionStore::get(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) not_found_function(name, {});
  return found->second;
}

std::vector<std::string> FunctionStore::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  names.reserve(functions_.size());
  for (const auto& [name, function] : functions_) names.push_back(name);
  return names;
}

bool FunctionStore::find_url(std::string_view id, std::string& name, std::string& qualifier,
                             FunctionUrl& url) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [function_name, function] : functions_) {
    for (const auto& [its_qualifier, its_url] : function.urls) {
      if (its_url.id != id) continue;
      name = function_name;
      qualifier = its_qualifier == kLatest ? "" : its_qualifier;
      url = its_url;
      return true;
    }
  }
  return false;
}

void FunctionStore::insert(const std::string& name, const Function& function) {
  const std::unique_lock lock(mutex_);
  if (functions_.contains(name)) {
    throw ApiError(409, "ResourceConflictException",
                   fmt::format("Function already exist: {}", name));
  }
  write(name, function);
  functions_[name] = function;
}

Function FunctionStore::change(const std::string& name,
                               const std::function<void(Function&)>& change) {
  const std::unique_lock lock(mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) not_found_function(name, {});
  auto changed = found->second;
  change(changed);
  write(name, changed);
  found->second = changed;
  return changed;
}

void FunctionStore::erase(const std::string& name) {
  const std::unique_lock lock(mutex_);
  if (!functions_.contains(name)) not_found_function(name, {});
  try {
    SQLite::Statement statement(*database_, "DELETE FROM functions WHERE name = ?");
    statement.bind(1, name);
    statement.exec();
  } catch (const SQLite::Exception& error) {
    throw Error(fmt::format("delete function {}", name), error.what(), "is the disk full?");
  }
  functions_.erase(name);
}

void FunctionStore::write(const std::string& name, const Function& function) try {
  SQLite::Statement statement(*database_,
                              "INSERT INTO functions(name, document) VALUES(?, ?) "
                              "ON CONFLICT(name) DO UPDATE SET document = excluded.document");
  statement.bind(1, name);
  statement.bind(2, to_json(function).dump());
  statement.exec();
} catch (const SQLite::Exception& error) {
  throw Error(fmt::format("store function {}", name), error.what(), "is the disk full?");
}

}  // namespace strata::drivers::faas::emulator
