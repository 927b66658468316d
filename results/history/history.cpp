#include "results/history/history.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "results/history/history_file.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Row = SQLite::Statement;

constexpr auto kRunColumns = "id, run_id, started, place, suite, version, environment, note";
constexpr auto kSeriesColumns =
    "s.id, s.workload, s.target, s.metric, s.unit, s.better, s.baseline, s.kind, e.digest";
constexpr auto kPointColumns =
    "run, place, value, low, high, median, trials, failed, noise, disturbed";
constexpr auto kChangeColumns = "id, series, run, state, factor, evidence, accepted";

HistoryRun run_in(Row& row) {
  return {row.getColumn(0).getInt64(),  row.getColumn(1).getString(), row.getColumn(2).getString(),
          row.getColumn(3).getInt64(),  row.getColumn(4).getString(), row.getColumn(5).getString(),
          row.getColumn(6).getString(), row.getColumn(7).getString()};
}

SeriesInfo series_in(Row& row) {
  SeriesInfo info;
  info.id = row.getColumn(0).getInt64();
  info.workload = row.getColumn(1).getString();
  info.target = row.getColumn(2).getString();
  info.metric = row.getColumn(3).getString();
  info.unit = row.getColumn(4).getString();
  info.better = row.getColumn(5).getInt() == 0 ? Better::kLower : Better::kHigher;
  info.baseline = row.getColumn(6).getString();
  info.kind =
      row.getColumn(7).getInt() == 0 ? SeriesInfo::Kind::kRatio : SeriesInfo::Kind::kAbsolute;
  info.environment = row.getColumn(8).getString();
  return info;
}

std::optional<double> number_in(Row& row, int column) {
  const auto value = row.getColumn(column);
  return value.isNull() ? std::nullopt : std::optional(value.getDouble());
}

SeriesPoint point_in(Row& row) {
  SeriesPoint point;
  point.run = row.getColumn(0).getInt64();
  point.place = row.getColumn(1).getInt64();
  point.value = row.getColumn(2).getDouble();
  const auto low = number_in(row, 3);
  const auto high = number_in(row, 4);
  if (low && high) point.interval = Interval{*low, *high};
  point.median = number_in(row, 5);
  point.trials = row.getColumn(6).getUInt();
  point.failed = row.getColumn(7).getUInt();
  point.noise_floor = number_in(row, 8);
  point.disturbed = row.getColumn(9).getInt() != 0;
  return point;
}

Change change_in(Row& row) {
  return {row.getColumn(0).getInt64(),  row.getColumn(1).getInt64(),
          row.getColumn(2).getInt64(),  static_cast<Change::State>(row.getColumn(3).getInt()),
          row.getColumn(4).getDouble(), row.getColumn(5).getString(),
          row.getColumn(6).getString()};
}

void bind(SQLite::Statement& statement, int place, std::optional<double> value) {
  if (value) {
    statement.bind(place, *value);
  } else {
    statement.bind(place);
  }
}

/// 1 if more is dearer, -1 if more is cheaper.
int cost_sign(const SeriesInfo& info) {
  return info.kind == SeriesInfo::Kind::kAbsolute && info.better == Better::kHigher ? -1 : 1;
}

/// "5.2 %" for 1.052, "3.4x" for what is large.
std::string factor_text(double factor) {
  if (factor > 2 || factor < 0.5) return fmt::format("{:.3g}x", factor);
  return fmt::format("{:+.1f} %", (factor - 1) * 100);
}

}  // namespace

std::string SeriesInfo::name() const {
  if (workload.empty()) return fmt::format("{}@{}", metric, target);
  if (metric == "real_time") return fmt::format("{}@{}", workload, target);
  return fmt::format("{}@{}:{}", workload, target, metric);
}

double Suspicion::factor() const { return std::exp(finding.after - finding.before); }

Estimate cost_of(const SeriesInfo& series, const SeriesPoint& point) {
  const auto sign = cost_sign(series);
  Estimate estimate;
  estimate.value = sign * std::log(point.value);
  estimate.count = point.trials;
  if (point.interval && point.interval->low > 0) {
    const auto low = sign * std::log(point.interval->low);
    const auto high = sign * std::log(point.interval->high);
    estimate.interval = Interval{std::min(low, high), std::max(low, high)};
  }
  return estimate;
}

struct History::Store {
  std::filesystem::path file;
  mutable SQLite::Database database;

  /// Runs `work` and turns what SQLite throws into an Error.
  template <typename Work>
  auto guarded(const char* tried, const Work& work) const {
    try {
      return work();
    } catch (const SQLite::Exception& said) {
      rethrow_as_error(file, tried, said);
    }
  }

  template <typename T, typename Read, typename... Values>
  std::vector<T> rows(const std::string& query, const Read& read, const Values&... values) const {
    return guarded("read the history", [&] {
      SQLite::Statement statement(database, query);
      int place = 0;
      (statement.bind(++place, values), ...);
      std::vector<T> result;
      while (statement.executeStep()) result.push_back(read(statement));
      return result;
    });
  }

  std::int64_t environment_id(const std::string& digest,
                              const std::map<std::string, std::string>& facts) const {
    SQLite::Statement insert(database,
                             "INSERT OR IGNORE INTO environments(digest, facts) VALUES(?, ?)");
    insert.bind(1, digest);
    insert.bind(2, nlohmann::json(facts).dump());
    insert.exec();
    SQLite::Statement find(database, "SELECT id FROM environments WHERE digest = ?");
    find.bind(1, digest);
    find.executeStep();
    return find.getColumn(0).getInt64();
  }

  /// The series' id, and whether it was made.
  std::pair<std::int64_t, bool> series_id(const SeriesInfo& info, std::int64_t environment) const {
    const auto bind_key = [&](SQLite::Statement& statement) {
      statement.bind(1, info.workload);
      statement.bind(2, info.target);
      statement.bind(3, info.metric);
      statement.bind(4, info.unit);
      statement.bind(5, info.better == Better::kLower ? 0 : 1);
      statement.bind(6, info.baseline);
      statement.bind(7, environment);
      statement.bind(8, info.kind == SeriesInfo::Kind::kRatio ? 0 : 1);
    };
    SQLite::Statement find(
        database,
        "SELECT id FROM series WHERE workload = ? AND target = ? AND metric = ? AND unit = ? AND "
        "better = ? AND baseline = ? AND environment = ? AND kind = ?");
    bind_key(find);
    if (find.executeStep()) return {find.getColumn(0).getInt64(), false};
    SQLite::Statement insert(database,
                             "INSERT INTO series(workload, target, metric, unit, better, baseline, "
                             "environment, kind) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    bind_key(insert);
    insert.exec();
    return {database.getLastInsertRowid(), true};
  }

  static void insert_point(SQLite::Statement& insert, std::int64_t series, std::int64_t run,
                           std::int64_t place, const SeriesPoint& point) {
    insert.bind(1, series);
    insert.bind(2, place);
    insert.bind(3, run);
    insert.bind(4, point.value);
    bind(insert, 5, point.interval ? std::optional(point.interval->low) : std::nullopt);
    bind(insert, 6, point.interval ? std::optional(point.interval->high) : std::nullopt);
    bind(insert, 7, point.median);
    insert.bind(8, point.trials);
    insert.bind(9, point.failed);
    bind(insert, 10, point.noise_floor);
    insert.bind(11, point.disturbed ? 1 : 0);
    insert.exec();
    insert.reset();
  }

  /// Where the run stands among the others; says so if its clock can't be believed.
  std::int64_t place_for(HistoryRun& run, bool is_newest,
                         std::vector<std::string>& warnings) const {
    auto place = run.place;
    const auto newest = database.execAndGet("SELECT coalesce(max(place), -1) FROM runs").getInt64();
    if (is_newest && newest >= place) {
      const auto text = fmt::format(
          "the clock went backwards: this night says {}, but a run of {} s later is there already; "
          "it is put after that",
          run.started_utc, newest - place);
      warnings.push_back(text);
      run.note += (run.note.empty() ? "" : "; ") + text;
      place = newest + 1;
    }
    SQLite::Statement taken(database, "SELECT count(*) FROM runs WHERE place = ?");
    for (;; ++place) {
      taken.bind(1, place);
      taken.executeStep();
      const auto count = taken.getColumn(0).getInt();
      taken.reset();
      if (count == 0) return place;
    }
  }
};

History::History(std::unique_ptr<Store> store) : store_(std::move(store)) {}
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

History History::open(const std::filesystem::path& file, Access access) {
  return History(std::make_unique<Store>(Store{file, open_history_file(file, access)}));
}

std::vector<HistoryRun> History::runs() const {
  return store_->rows<HistoryRun>(fmt::format("SELECT {} FROM runs ORDER BY place", kRunColumns),
                                  run_in);
}

std::optional<HistoryRun> History::newest_run() const {
  const auto found = store_->rows<HistoryRun>(
      fmt::format("SELECT {} FROM runs ORDER BY place DESC LIMIT 1", kRunColumns), run_in);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<SeriesInfo> History::series_list() const {
  return store_->rows<SeriesInfo>(
      fmt::format("SELECT {}, (SELECT count(*) FROM points WHERE series = s.id) FROM series s JOIN "
                  "environments e ON e.id = s.environment ORDER BY s.workload, s.target, s.metric, "
                  "s.id",
                  kSeriesColumns),
      [](Row& row) {
        auto info = series_in(row);
        info.points = static_cast<std::size_t>(row.getColumn(9).getInt64());
        return info;
      });
}

std::vector<SeriesInfo> History::find_series(const std::string& name_or_glob) const {
  auto list = series_list();
  std::erase_if(list, [&](const SeriesInfo& info) {
    const auto name = info.name();
    const auto without_metric = name.substr(0, name.rfind(':'));
    return name != name_or_glob && without_metric != name_or_glob &&
           ::fnmatch(name_or_glob.c_str(), name.c_str(), 0) != 0;
  });
  return list;
}

Series History::series(std::int64_t id) const {
  auto infos = store_->rows<SeriesInfo>(
      fmt::format(
          "SELECT {} FROM series s JOIN environments e ON e.id = s.environment WHERE s.id = ?",
          kSeriesColumns),
      series_in, id);
  if (infos.empty()) {
    throw UsageError(fmt::format("read the history {}", store_->file.string()),
                     fmt::format("there is no series {}", id));
  }
  Series series;
  series.info = std::move(infos.front());
  series.points = store_->rows<SeriesPoint>(
      fmt::format("SELECT {} FROM points WHERE series = ? ORDER BY place", kPointColumns), point_in,
      id);
  series.info.points = series.points.size();
  std::vector<double> logs;
  for (const auto& point : series.points) logs.push_back(std::log(point.value));
  series.change_points = find_change_points(logs);
  for (auto& point : series.change_points) {
    point.before = std::exp(point.before);
    point.after = std::exp(point.after);
  }
  series.changes = store_->rows<Change>(
      fmt::format("SELECT {} FROM changes WHERE series = ? ORDER BY place", kChangeColumns),
      change_in, id);
  series.annotations = store_->rows<Annotation>(
      "SELECT series, run, text FROM annotations WHERE series = ? OR series IS NULL ORDER BY id",
      [](Row& row) {
        const auto its_series = row.getColumn(0);
        return Annotation{its_series.isNull() ? std::nullopt : std::optional(its_series.getInt64()),
                          row.getColumn(1).getInt64(), row.getColumn(2).getString()};
      },
      id);
  return series;
}

std::vector<Change> History::changes(Change::State state) const {
  return store_->rows<Change>(
      fmt::format("SELECT {} FROM changes WHERE state = ? ORDER BY place, id", kChangeColumns),
      change_in, static_cast<int>(state));
}

std::map<std::string, std::string> History::environment_facts(
    const std::string& environment) const {
  const auto texts = store_->rows<std::string>(
      "SELECT facts FROM environments WHERE digest = ?",
      [](Row& row) { return row.getColumn(0).getString(); }, environment);
  if (texts.empty()) return {};
  const auto json = nlohmann::json::parse(texts.front(), nullptr, false);
  if (!json.is_object()) return {};
  std::map<std::string, std::string> facts;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) facts[name] = value.get<std::string>();
  }
  return facts;
}

std::vector<Suspicion> History::suspicions(const NightOptions& options) const {
  // Enough for the level, the spread and a change point some weeks back.
  constexpr int kPoints = 120;
  constexpr std::size_t kStanding = 5;
  const auto newest = newest_run();
  if (!newest) return {};
  const auto infos = store_->rows<SeriesInfo>(
      fmt::format(
          "SELECT {} FROM series s JOIN environments e ON e.id = s.environment WHERE EXISTS "
          "(SELECT 1 FROM points WHERE series = s.id AND place = ?) ORDER BY s.id",
          kSeriesColumns),
      series_in, newest->place);
  std::vector<Suspicion> found;
  for (const auto& info : infos) {
    auto points = store_->rows<SeriesPoint>(
        fmt::format("SELECT {} FROM points WHERE series = ? AND place >= (SELECT "
                    "coalesce(max(place), -9e18) FROM changes WHERE series = ? AND state = {}) "
                    "ORDER BY place DESC LIMIT {}",
                    kPointColumns, static_cast<int>(Change::State::kConfirmed), kPoints),
        point_in, info.id, info.id);
    std::reverse(points.begin(), points.end());
    std::vector<double> logs;
    for (const auto& point : points) logs.push_back(cost_of(info, point).value);
    const auto finding = strongest_finding(logs, options);
    if (!finding.suspicious) continue;
    const auto& first = points[points.size() - finding.nights];
    const auto refuted = store_->rows<int>(
        fmt::format("SELECT 1 FROM changes WHERE series = ? AND run = ? AND state = {}",
                    static_cast<int>(Change::State::kRefuted)),
        [](Row&) { return 1; }, info.id, first.run);
    // Running it again has shown that night to be odd; more nights since say something new.
    if (!refuted.empty() && finding.nights > kStanding) continue;
    Suspicion suspicion{info, first.run, finding, {}};
    suspicion.evidence = fmt::format(
        "{} against the {} nights before, {:.1f} standard deviations of {:.2g} %, for {} night{}",
        factor_text(suspicion.factor()), finding.compared, finding.deviations, finding.spread * 100,
        finding.nights, finding.nights == 1 ? "" : "s");
    found.push_back(std::move(suspicion));
  }
  std::stable_sort(found.begin(), found.end(), [](const Suspicion& a, const Suspicion& b) {
    return a.finding.deviations > b.finding.deviations;
  });
  return found;
}

void History::verify() const {
  const auto said = store_->rows<std::string>(
      "PRAGMA quick_check(1)", [](Row& row) { return row.getColumn(0).getString(); });
  if (said == std::vector<std::string>{"ok"}) return;
  rethrow_as_error(store_->file, "check the history",
                   SQLite::Exception(said.empty() ? "no answer" : said.front(), SQLITE_CORRUPT));
}

void History::wait_for_lock(std::chrono::milliseconds limit) {
  store_->database.setBusyTimeout(static_cast<int>(limit.count()));
}

History::Addition History::add(const Night& night, bool is_newest) {
  return store_->guarded("add to the history", [&] {
    Addition addition;
    addition.warnings = night.warnings;
    auto& database = store_->database;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement there(database, "SELECT count(*) FROM runs WHERE run_id = ?");
    there.bind(1, night.run.run_id);
    there.executeStep();
    if (there.getColumn(0).getInt() > 0) {
      throw UsageError(
          fmt::format("add run {} to the history {}", night.run.run_id, store_->file.string()),
          "it is there already");
    }
    there.reset();
    auto run = night.run;
    run.place = store_->place_for(run, is_newest, addition.warnings);
    SQLite::Statement insert(database,
                             "INSERT INTO runs(run_id, started, place, suite, version, "
                             "environment, note) VALUES(?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, run.run_id);
    insert.bind(2, run.started_utc);
    insert.bind(3, run.place);
    insert.bind(4, run.suite);
    insert.bind(5, run.strata_version);
    insert.bind(6, run.environment);
    insert.bind(7, run.note);
    insert.exec();
    addition.run = database.getLastInsertRowid();
    SQLite::Statement points(database,
                             "INSERT INTO points(series, place, run, value, low, high, median, "
                             "trials, failed, noise, disturbed) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    std::map<std::string, std::int64_t> environments;
    for (const auto& [digest, facts] : night.environments) {
      environments[digest] = store_->environment_id(digest, facts);
    }
    for (const auto& [info, point] : night.points) {
      const auto [series, is_new] = store_->series_id(info, environments.at(info.environment));
      if (is_new) ++addition.new_series;
      Store::insert_point(points, series, addition.run, run.place, point);
    }
    transaction.commit();
    return addition;
  });
}

std::int64_t History::record(const Change& change) {
  return store_->guarded("write the history", [&] {
    auto& database = store_->database;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement insert(
        database,
        "INSERT INTO changes(series, run, place, state, factor, evidence, accepted) SELECT ?1, id, "
        "place, ?3, ?4, ?5, ?6 FROM runs WHERE id = ?2 ON CONFLICT(series, run) DO UPDATE SET "
        "state = excluded.state, factor = excluded.factor, evidence = excluded.evidence, accepted "
        "= excluded.accepted");
    insert.bind(1, change.series);
    insert.bind(2, change.run);
    insert.bind(3, static_cast<int>(change.state));
    insert.bind(4, change.factor);
    insert.bind(5, change.evidence);
    insert.bind(6, change.accepted);
    if (insert.exec() == 0) {
      throw Error(fmt::format("write the history {}", store_->file.string()),
                  fmt::format("there is no run {}", change.run));
    }
    SQLite::Statement find(database, "SELECT id FROM changes WHERE series = ? AND run = ?");
    find.bind(1, change.series);
    find.bind(2, change.run);
    find.executeStep();
    const auto id = find.getColumn(0).getInt64();
    find.reset();
    transaction.commit();
    return id;
  });
}

Change History::accept(std::int64_t series, const std::string& reason) {
  auto open = store_->rows<Change>(
      fmt::format("SELECT {} FROM changes WHERE series = ? AND accepted = '' AND state <> {} ORDER "
                  "BY place DESC LIMIT 1",
                  kChangeColumns, static_cast<int>(Change::State::kRefuted)),
      change_in, series);
  if (open.empty()) {
    throw UsageError("accept a change", "the series has none that is open",
                     "`strata history show` lists what it has");
  }
  auto change = std::move(open.front());
  change.accepted = reason;
  // What somebody accepts is so, whether it was run again or not.
  change.state = Change::State::kConfirmed;
  record(change);
  annotate({series, change.run, "accepted: " + reason});
  return change;
}

void History::annotate(const Annotation& annotation) {
  store_->guarded("write the history", [&] {
    SQLite::Statement insert(store_->database,
                             "INSERT INTO annotations(series, run, text) VALUES(?, ?, ?)");
    if (annotation.series) {
      insert.bind(1, *annotation.series);
    } else {
      insert.bind(1);
    }
    insert.bind(2, annotation.run);
    insert.bind(3, annotation.text);
    return insert.exec();
  });
}

std::size_t History::forget_before(std::int64_t place) {
  return store_->guarded("write the history", [&] {
    auto& database = store_->database;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement points(database, "DELETE FROM points WHERE place < ?");
    points.bind(1, place);
    points.exec();
    database.exec(
        "DELETE FROM changes WHERE series NOT IN (SELECT series FROM points);"
        "DELETE FROM annotations WHERE series IS NOT NULL AND series NOT IN (SELECT series FROM "
        "points);"
        "DELETE FROM series WHERE id NOT IN (SELECT series FROM points);");
    SQLite::Statement runs(database, "DELETE FROM runs WHERE place < ?");
    runs.bind(1, place);
    const auto count = static_cast<std::size_t>(runs.exec());
    transaction.commit();
    return count;
  });
}

void History::back_up(const std::filesystem::path& copy) const {
  store_->guarded("copy the history", [&] {
    const auto next = copy.string() + ".part";
    std::error_code ignored;
    std::filesystem::remove(next, ignored);
    {
      SQLite::Database to(next, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      SQLite::Backup(to, store_->database).executeStep();
    }
    std::filesystem::rename(next, copy);
    return true;
  });
}

}  // namespace strata::results
