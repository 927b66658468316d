#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/faas/emulator/function.h"

namespace SQLite {
class Database;
}

namespace strata::drivers::faas::emulator {

/// A version that a name and a qualifier lead to.
struct Resolved {
  std::shared_ptr<const FunctionVersion> version;
  std::string invoked_arn;
};

/// All functions: in memory for those who invoke, and in an SQLite file, which is written before a
/// change is seen. Thread-safe; changes wait for the disk.
class FunctionStore {
 public:
  /// Opens the file, or makes it. Throws Error.
  explicit FunctionStore(const std::filesystem::path& file);
  ~FunctionStore();
  FunctionStore(const FunctionStore&) = delete;
  FunctionStore& operator=(const FunctionStore&) = delete;

  /// The version for an invocation; an alias with weights chooses by chance. An empty qualifier is
  /// $LATEST. Throws ApiError: not found.
  [[nodiscard]] Resolved resolve(const std::string& name, const std::string& qualifier) const;
  /// A copy. Throws ApiError: not found.
  [[nodiscard]] Function get(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  /// The function and qualifier whose URL has this id. False: there is none.
  bool find_url(std::string_view id, std::string& name, std::string& qualifier,
                FunctionUrl& url) const;

  /// Throws ApiError if there is one of that name already.
  void insert(const std::string& name, const Function& function);
  /// Lets `change` work on a copy, which then takes the function's place. What it throws leaves all
  /// as it was. Returns what the function is now. Throws ApiError: not found.
  Function change(const std::string& name, const std::function<void(Function&)>& change);
  void erase(const std::string& name);

  /// Throws ApiError: not found. `qualifier` is a version, an alias, or empty.
  static const std::shared_ptr<const FunctionVersion>& version_of(const Function& function,
                                                                  const std::string& qualifier);

 private:
  void write(const std::string& name, const Function& function);

  mutable std::shared_mutex mutex_;
  std::map<std::string, Function> functions_;
  std::unique_ptr<SQLite::Database> database_;
};

}  // namespace strata::drivers::faas::emulator
