#include "results/history/history_file.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <string_view>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;

/// "Stra" in ASCII, so that another program's database is not taken for a history.
constexpr int kApplicationId = 0x53747261;

/// What brings a file from version i to version i + 1.
constexpr std::array<std::string_view, History::kSchemaVersion> kMigrations{R"sql(
CREATE TABLE environments(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL);
CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  started TEXT NOT NULL,
  place INTEGER NOT NULL UNIQUE,
  suite TEXT NOT NULL,
  version TEXT NOT NULL,
  environment TEXT NOT NULL,
  note TEXT NOT NULL);
CREATE TABLE series(
  id INTEGER PRIMARY KEY,
  workload TEXT NOT NULL,
  target TEXT NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  better INTEGER NOT NULL,
  baseline TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environments,
  kind INTEGER NOT NULL,
  UNIQUE(workload, target, metric, unit, better, baseline, environment, kind));
CREATE TABLE points(
  series INTEGER NOT NULL REFERENCES series,
  place INTEGER NOT NULL,
  run INTEGER NOT NULL,
  value REAL NOT NULL,
  low REAL,
  high REAL,
  median REAL,
  trials INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  noise REAL,
  disturbed INTEGER NOT NULL,
  PRIMARY KEY(series, place)) WITHOUT ROWID;
CREATE TABLE changes(
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  state INTEGER NOT NULL,
  factor REAL NOT NULL,
  evidence TEXT NOT NULL,
  accepted TEXT NOT NULL,
  UNIQUE(series, run));
CREATE TABLE annotations(
  id INTEGER PRIMARY KEY,
  series INTEGER REFERENCES series,
  run INTEGER NOT NULL,
  text TEXT NOT NULL);
)sql"};

int pragma(SQLite::Database& database, const std::string& name) {
  return database.execAndGet("PRAGMA " + name).getInt();
}

void check_owner(SQLite::Database& database, const fs::path& file) {
  const auto version = pragma(database, "user_version");
  if (pragma(database, "application_id") != kApplicationId) {
    throw UsageError(fmt::format("open the history {}", file.string()),
                     "it is a database of another program", "name another file");
  }
  if (version > History::kSchemaVersion) {
    throw UsageError(
        fmt::format("open the history {}", file.string()),
        fmt::format("its version is {}, this Strata knows versions up to {}: nothing was changed",
                    version, History::kSchemaVersion),
        "use the Strata that wrote it, or a newer one");
  }
}

/// A copy of the file as it is, before it is changed for good.
void keep_copy(SQLite::Database& database, const fs::path& file, int version) {
  const auto copy = fmt::format("{}.version-{}", file.string(), version);
  SQLite::Database to(copy, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  SQLite::Backup(to, database).executeStep();
}

void bring_up_to_date(SQLite::Database& database, const fs::path& file) {
  const auto version = pragma(database, "user_version");
  if (version == History::kSchemaVersion) return;
  if (version > 0) keep_copy(database, file, version);
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  for (auto step = pragma(database, "user_version"); step < History::kSchemaVersion; ++step) {
    database.exec(std::string(kMigrations.at(static_cast<std::size_t>(step))));
  }
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", History::kSchemaVersion));
  transaction.commit();
}

SQLite::Database open_for_writing(const fs::path& file) {
  std::error_code ignored;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                            History::kLockWaitMilliseconds);
  // Nothing in it: it is new, or whoever made it was killed before anything was in it.
  if (database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 &&
      pragma(database, "application_id") == 0) {
    database.exec("PRAGMA journal_mode = WAL");
  } else {
    check_owner(database, file);
  }
  // A night is on the disk once it is added, also if the power fails then.
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  bring_up_to_date(database, file);
  return database;
}

}  // namespace

void rethrow_as_error(const fs::path& file, const std::string& tried, const std::exception& said) {
  const auto what = fmt::format("{} {}", tried, file.string());
  const auto* const error = dynamic_cast<const SQLite::Exception*>(&said);
  const auto code = error == nullptr ? SQLITE_ERROR : error->getErrorCode();
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(what, "another process is writing it", "try again once that is done");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(
          what, fmt::format("the file is damaged ({}); nothing was written to it", said.what()),
          fmt::format("put the newest sound copy in its place ({}.backup, if nights are run "
                      "with `strata nightly`), or save what is readable with sqlite3's "
                      ".recover",
                      file.string()));
    case SQLITE_FULL:
      throw Error(what, "the disk is full; nothing was added", "free some space");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      throw Error(what, said.what(), "check that file and folder are there and may be written");
    default:
      throw Error(what, said.what());
  }
}

SQLite::Database open_history_file(const fs::path& file, History::Access access) try {
  std::error_code error;
  const auto exists = fs::exists(file, error);
  // SQLite takes a file of no bytes for a new database: a history that was cut off would go on as
  // an empty one.
  if (exists && fs::is_regular_file(file, error) && fs::file_size(file, error) == 0) {
    throw Error(fmt::format("open the history {}", file.string()), "the file is empty",
                "put its newest copy in its place, or remove it to begin a new history");
  }
  if (access == History::Access::kWrite) return open_for_writing(file);
  if (!exists) {
    throw UsageError(fmt::format("open the history {}", file.string()), "there is none",
                     "`strata history add RESULT.json` begins one; --history names another file");
  }
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY, History::kLockWaitMilliseconds);
  check_owner(database, file);
  if (const auto version = pragma(database, "user_version"); version < History::kSchemaVersion) {
    throw UsageError(fmt::format("open the history {}", file.string()),
                     fmt::format("its version is {}, and it is only read here", version),
                     "`strata history add` brings it up to date");
  }
  return database;
} catch (const SQLite::Exception& said) {
  rethrow_as_error(file, "open the history", said);
}

}  // namespace strata::results
