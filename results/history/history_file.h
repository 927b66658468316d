#pragma once

#include <SQLiteCpp/Database.h>

#include <exception>
#include <filesystem>
#include <string>

#include "results/history/history.h"

namespace strata::results {

/// Opens the file as History::open() promises: checks whose it is and of which version, makes or
/// migrates it when it is to be written. Throws Error.
SQLite::Database open_history_file(const std::filesystem::path& file, History::Access access);

/// Throws the Error that stands for what SQLite said of `file`: damage, a lock, a full disk. For
/// use in a catch block.
[[noreturn]] void rethrow_as_error(const std::filesystem::path& file, const std::string& tried,
                                   const std::exception& said);

}  // namespace strata::results
