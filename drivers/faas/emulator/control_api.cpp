#include "drivers/faas/emulator/control_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/function_name.h"
#include "drivers/faas/emulator/function_settings.h"

namespace strata::drivers::faas::emulator {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kMostItems = 50;
/// AWS keeps this many for functions without a reservation. An emulator with a small limit could
/// not reserve anything then: it keeps none.
constexpr std::uint32_t kKeptUnreserved = 100;
constexpr std::uint32_t kLimitToKeepSome = 1000;

HttpResponse response_of(const Json& json, unsigned status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

[[noreturn]] void no_such_call() {
  throw ApiError(404, "UnknownOperationException", "There is no such call in this emulator.");
}

std::uint32_t max_items(const std::string& query) {
  const auto text = query_value(query, "MaxItems");
  if (text.empty()) return kMostItems;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    throw ApiError(400, "ValidationException", "MaxItems has to be a number from 1 to 10000.");
  }
  return std::min(number, kMostItems);
}

/// One page of `items`, which are in the order of their keys; a marker is the last key of the page
/// before.
Json page(const std::vector<std::pair<std::string, Json>>& items, const std::string& query,
          const char* name) {
  const auto marker = query_value(query, "Marker");
  const auto limit = max_items(query);
  Json shown_items = Json::array();
  std::string last;
  bool more = false;
  for (const auto& [key, item] : items) {
    if (!marker.empty() && key <= marker) continue;
    more = shown_items.size() == limit;
    if (more) break;
    shown_items.push_back(item);
    last = key;
  }
  Json json{{name, std::move(shown_items)}};
  if (more) json["NextMarker"] = last;
  return json;
}

void require_revision(const Json& body, const std::string& revision) {
  const auto wanted = text_member(body, "RevisionId");
  if (wanted && *wanted != revision) {
    throw ApiError(412, "PreconditionFailedException",
                   "The Revision Id provided does not match the latest Revision Id. Call the "
                   "GetFunction/GetAlias API to retrieve the latest Revision Id");
  }
}

}  // namespace

ControlApi::ControlApi(ControlOptions options, FunctionStore& functions, CodeStore& code,
                       Platform& platform)
    : options_(std::move(options)), functions_(functions), code_(code), platform_(platform) {
  for (const auto& name : functions_.names()) tell_platform(functions_.get(name));
  remove_unused_code();
}

// ---- which call it is

HttpResponse ControlApi::answer(const ControlCall& call) try {
  const auto& path = call.path;
  if (path.size() == 2 && path[1] == "account-settings" && call.method == "GET") {
    return account_settings();
  }
  if (path.size() == 3 && path[0] == "strata" && path[1] == "code") {
    auto bytes = is_function_name(path[2]) ? code_.zip_bytes(path[2]) : std::string();
    if (bytes.empty()) throw not_found("There is no such code.");
    HttpResponse response;
    response.body = std::move(bytes);
    response.content_type = "application/zip";
    return response;
  }
  if (path.size() < 2 || path[1] != "functions") no_such_call();
  if (path.size() == 2) {
    if (call.method == "POST") return create(call);
    if (call.method == "GET") return list(call);
    no_such_call();
  }
  const auto name = parse_function_name(path[2]);
  auto qualifier = query_value(call.query, "Qualifier");
  if (qualifier.empty()) qualifier = name.qualifier;
  return answer_function(call, name.name, qualifier);
} catch (const nlohmann::json::exception& error) {
  throw ApiError(400, "SerializationException", error.what());
}

HttpResponse ControlApi::answer_function(const ControlCall& call, const std::string& name,
                                         const std::string& qualifier) {
  const auto& method = call.method;
  if (call.path.size() == 3) {
    if (method == "GET") return get(call, name, qualifier);
    if (method == "DELETE") return remove(name, qualifier);
    no_such_call();
  }
  const auto& what = call.path[3];
  if (what == "aliases" && call.path.size() <= 5) return aliases(call, name);
  if (call.path.size() > 4) no_such_call();
  if (what == "configuration" && method == "GET") {
    return response_of(shown(*functions_.resolve(name, qualifier).version));
  }
  if (what == "configuration" && method == "PUT") return update_configuration(call, name);
  if (what == "code" && method == "PUT") return update_code(call, name);
  if (what == "versions" && method == "POST") return publish(call, name);
  if (what == "versions" && method == "GET") return list_versions(call, name);
  if (what == "concurrency") return concurrency(call, name);
  if (what == "provisioned-concurrency") return provisioned(call, name, qualifier);
  if (what == "event-invoke-config") return event_config(call, name, qualifier);
  if (what == "url") return url(call, name, qualifier);
  no_such_call();
}

// ---- functions

std::string ControlApi::arn_of(const std::string& name) const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", options_.region, options_.account, name);
}

StoredCode ControlApi::store_code(const Json& code) {
  StoredCode stored;
  if (const auto zip = text_member(code, "ZipFile")) {
    const auto bytes = from_base64(*zip);
    if (!bytes) {
      throw ApiError(400, "SerializationException", "ZipFile is not in Base64");
    }
    stored = code_.add_zip(*bytes);
  } else if (const auto path = text_member(code, "StrataPath")) {
    stored = code_.add_path(*path);
  } else {
    throw invalid_parameter(
        "Code has to have ZipFile, or StrataPath: a zip or folder on this host.");
  }
  if (options_.prepare) options_.prepare(stored.digest);
  return stored;
}

HttpResponse ControlApi::create(const ControlCall& call) {
  const auto body = parse_object(call.body);
  const auto name = parse_function_name(text_member(body, "FunctionName").value_or("")).name;
  auto version = std::make_shared<FunctionVersion>();
  version->name = name;
  version->arn = arn_of(name);
  version->role = fmt::format("arn:aws:iam::{}:role/strata", options_.account);
  version->handler = "bootstrap";
  apply_settings(body, *version);
  apply_architecture(body, *version);
  if (const auto all = functions_.names(); std::binary_search(all.begin(), all.end(), name)) {
    throw ApiError(409, "ResourceConflictException",
                   fmt::format("Function already exist: {}", name));
  }
  const auto code = store_code(body.value("Code", Json::object()));
  version->code_digest = code.digest;
  version->code_sha256 = code.sha256;
  version->code_size = code.size;
  version->last_modified = timestamp_text();
  version->revision_id = new_uuid();
  Function function;
  function.latest = version;
  function.tags = body.value("Tags", function.tags);
  std::shared_ptr<const FunctionVersion> answer = version;
  if (body.value("Publish", false)) answer = publish_version(function, "");
  functions_.insert(name, function);
  return response_of(shown(*answer), 201);
}

HttpResponse ControlApi::list(const ControlCall& call) const {
  std::vector<std::pair<std::string, Json>> items;
  const bool all = query_value(call.query, "FunctionVersion") == "ALL";
  for (const auto& name : functions_.names()) {
    const auto function = functions_.get(name);
    items.emplace_back(name, shown(*function.latest));
    if (!all) continue;
    for (const auto& [number, version] : function.versions) {
      items.emplace_back(fmt::format("{}:{:08}", name, number), shown(*version));
    }
  }
  return response_of(page(items, call.query, "Functions"));
}

HttpResponse ControlApi::get(const ControlCall& call, const std::string& name,
                             const std::string& qualifier) const {
  const auto function = functions_.get(name);
  const auto& version = FunctionStore::version_of(function, qualifier);
  Json json{{"Configuration", shown(*version)},
            {"Code",
             {{"RepositoryType", "S3"},
              {"Location",
               fmt::format("http://{}/strata/code/{}", call.authority, version->code_digest)}}},
            {"Tags", function.tags}};
  if (function.reserved_concurrency) {
    json["Concurrency"] = {{"ReservedConcurrentExecutions", *function.reserved_concurrency}};
  }
  return response_of(json);
}

HttpResponse ControlApi::update_code(const ControlCall& call, const std::string& name) {
  const auto body = parse_object(call.body);
  const auto before = functions_.get(name);
  require_revision(body, before.latest->revision_id);
  const auto code = store_code(body);
  std::shared_ptr<const FunctionVersion> answer;
  std::shared_ptr<const FunctionVersion> retired;
  const auto update = [&](Function& function) {
    auto version = std::make_shared<FunctionVersion>(*function.latest);
    apply_architecture(body, *version);
    version->code_digest = code.digest;
    version->code_sha256 = code.sha256;
    version->code_size = code.size;
    version->last_modified = timestamp_text();
    version->revision_id = new_uuid();
    retired = std::exchange(function.latest, version);
    answer = body.value("Publish", false) ? publish_version(function, "") : version;
  };
  if (body.value("DryRun", false)) {
    auto copy = before;
    update(copy);
    remove_unused_code();
    return response_of(shown(*answer));
  }
  functions_.change(name, update);
  platform_.retire(retired);
  remove_unused_code();
  return response_of(shown(*answer));
}

HttpResponse ControlApi::update_configuration(const ControlCall& call, const std::string& name) {
  const auto body = parse_object(call.body);
  std::shared_ptr<const FunctionVersion> retired;
  const auto changed = functions_.change(name, [&](Function& function) {
    require_revision(body, function.latest->revision_id);
    auto version = std::make_shared<FunctionVersion>(*function.latest);
    apply_settings(body, *version);
    version->last_modified = timestamp_text();
    version->revision_id = new_uuid();
    retired = std::exchange(function.latest, std::move(version));
  });
  platform_.retire(retired);
  return response_of(shown(*changed.latest));
}

HttpResponse ControlApi::remove(const std::string& name, const std::string& qualifier) {
  if (qualifier.empty()) {
    const auto function = functions_.get(name);
    functions_.erase(name);
    platform_.retire(function.latest);
    for (const auto& [number, version] : function.versions) platform_.retire(version);
    platform_.set_reserved(name, std::nullopt);
    remove_unused_code();
    return no_content();
  }
  if (qualifier == kLatest) {
    throw invalid_parameter("$LATEST version cannot be deleted without deleting the function.");
  }
  std::shared_ptr<const FunctionVersion> version;
  functions_.change(name, [&](Function& function) {
    if (function.aliases.contains(qualifier)) throw not_found("Function not found: " + qualifier);
    version = FunctionStore::version_of(function, qualifier);
    for (const auto& [alias_name, alias] : function.aliases) {
      if (alias.version == qualifier || alias.additional_weights.contains(qualifier)) {
        throw ApiError(409, "ResourceConflictException",
                       fmt::format("Version {} is used by alias {}.", qualifier, alias_name));
      }
    }
    std::erase_if(function.versions, [&](const auto& one) { return one.second == version; });
    function.provisioned.erase(qualifier);
  });
  platform_.retire(version);
  remove_unused_code();
  return no_content();
}

// ---- versions and aliases

std::shared_ptr<const FunctionVersion> ControlApi::publish_version(
    Function& function, const std::string& description) const {
  // What has not changed is not published again.
  if (const auto last = function.versions.find(function.last_version);
      last != function.versions.end()) {
    auto same = *last->second;
    same.version = function.latest->version;
    same.revision_id = function.latest->revision_id;
    same.last_modified = function.latest->last_modified;
    if (description.empty()) same.description = function.latest->description;
    if (same == *function.latest) return last->second;
  }
  auto version = std::make_shared<FunctionVersion>(*function.latest);
  version->version = std::to_string(++function.last_version);
  version->revision_id = new_uuid();
  if (!description.empty()) version->description = description;
  function.versions[function.last_version] = version;
  return version;
}

HttpResponse ControlApi::publish(const ControlCall& call, const std::string& name) {
  const auto body = parse_object(call.body);
  std::shared_ptr<const FunctionVersion> version;
  functions_.change(name, [&](Function& function) {
    require_revision(body, function.latest->revision_id);
    if (const auto sha256 = text_member(body, "CodeSha256");
        sha256 && *sha256 != function.latest->code_sha256) {
      throw invalid_parameter(
          fmt::format("CodeSHA256 ({}) is different from current CodeSHA256 in "
                      "$LATEST ({}). Please try again with the CodeSHA256 in "
                      "$LATEST.",
                      *sha256, function.latest->code_sha256));
    }
    version = publish_version(function, text_member(body, "Description").value_or(""));
  });
  return response_of(shown(*version), 201);
}

HttpResponse ControlApi::list_versions(const ControlCall& call, const std::string& name) const {
  const auto function = functions_.get(name);
  std::vector<std::pair<std::string, Json>> items{{"!", shown(*function.latest)}};
  for (const auto& [number, version] : function.versions) {
    items.emplace_back(fmt::format("{:010}", number), shown(*version));
  }
  return response_of(page(items, call.query, "Versions"));
}

HttpResponse ControlApi::aliases(const ControlCall& call, const std::string& name) {
  const auto& method = call.method;
  if (call.path.size() == 4 && method == "GET") {
    const auto function = functions_.get(name);
    const auto version = query_value(call.query, "FunctionVersion");
    std::vector<std::pair<std::string, Json>> items;
    for (const auto& [key, alias] : function.aliases) {
      if (version.empty() || alias.version == version) {
        items.emplace_back(key, shown(function, alias));
      }
    }
    return response_of(page(items, call.query, "Aliases"));
  }
  const auto body = parse_object(call.body);
  if (call.path.size() == 4 && method == "POST") {
    Alias alias;
    alias.name = text_member(body, "Name").value_or("");
    const bool is_number = alias.name.find_first_not_of("0123456789") == std::string::npos;
    if (!is_function_name(alias.name) || is_number) {
      throw ApiError(400, "ValidationException",
                     "An alias is named by letters, digits, '-' and '_', and not by digits alone.");
    }
    const auto changed = functions_.change(name, [&](Function& function) {
      if (function.aliases.contains(alias.name)) {
        throw ApiError(
            409, "ResourceConflictException",
            fmt::format("Alias already exists: {}:{}", function.latest->arn, alias.name));
      }
      apply_alias(body, function, alias);
      function.aliases[alias.name] = alias;
    });
    return response_of(shown(changed, alias), 201);
  }
  if (call.path.size() != 5) no_such_call();
  const auto& key = call.path[4];
  const auto missing = [&] {
    return not_found(fmt::format("Cannot find alias arn: {}:{}", arn_of(name), key));
  };
  if (method == "GET") {
    const auto function = functions_.get(name);
    const auto found = function.aliases.find(key);
    if (found == function.aliases.end()) throw missing();
    return response_of(shown(function, found->second));
  }
  if (method == "DELETE") {
    functions_.change(name, [&](Function& function) {
      function.aliases.erase(key);
      if (function.provisioned.contains(key)) {
        throw ApiError(409, "ResourceConflictException",
                       "Delete the alias's provisioned concurrency first.");
      }
    });
    return no_content();
  }
  if (method != "PUT") no_such_call();
  const auto changed = functions_.change(name, [&](Function& function) {
    const auto found = function.aliases.find(key);
    if (found == function.aliases.end()) throw missing();
    require_revision(body, found->second.revision_id);
    apply_alias(body, function, found->second);
  });
  tell_platform(changed);  // provisioned sandboxes go where the alias goes
  return response_of(shown(changed, changed.aliases.at(key)));
}

// ---- limits

HttpResponse ControlApi::concurrency(const ControlCall& call, const std::string& name) {
  if (call.method == "GET") {
    const auto function = functions_.get(name);
    Json json = Json::object();
    if (function.reserved_concurrency) {
      json["ReservedConcurrentExecutions"] = *function.reserved_concurrency;
    }
    return response_of(json);
  }
  if (call.method == "DELETE") {
    functions_.change(name, [](Function& function) { function.reserved_concurrency.reset(); });
    platform_.set_reserved(name, std::nullopt);
    return no_content();
  }
  if (call.method != "PUT") no_such_call();
  const auto body = parse_object(call.body);
  const auto limit = number_member(body, "ReservedConcurrentExecutions", 0, ~0U);
  if (!limit) throw invalid_parameter("ReservedConcurrentExecutions is missing.");
  const auto kept = options_.concurrency >= kLimitToKeepSome ? kKeptUnreserved : 0;
  functions_.change(name, [&](Function& function) {
    const std::uint64_t others =
        platform_.reserved_in_total() - function.reserved_concurrency.value_or(0);
    if (others + *limit + kept > options_.concurrency) {
      throw invalid_parameter(
          fmt::format("Specified ReservedConcurrentExecutions for function decreases account's "
                      "UnreservedConcurrentExecution below its minimum value of [{}].",
                      kept));
    }
    function.reserved_concurrency = limit;
  });
  platform_.set_reserved(name, limit);
  return response_of({{"ReservedConcurrentExecutions", *limit}});
}

HttpResponse ControlApi::provisioned(const ControlCall& call, const std::string& name,
                                     const std::string& qualifier) {
  const auto shown_config = [&](const Function& function, const std::string& key) {
    const auto wanted = function.provisioned.at(key);
    const auto& version = FunctionStore::version_of(function, key);
    const auto ready = std::min(wanted, platform_.ready_sandboxes(*version));
    return Json{{"RequestedProvisionedConcurrentExecutions", wanted},
                {"AvailableProvisionedConcurrentExecutions", ready},
                {"AllocatedProvisionedConcurrentExecutions", ready},
                {"Status", ready == wanted ? "READY" : "IN_PROGRESS"},
                {"LastModified", timestamp_text()}};
  };
  if (call.method == "GET" && query_value(call.query, "List") == "ALL") {
    const auto function = functions_.get(name);
    std::vector<std::pair<std::string, Json>> items;
    for (const auto& [key, wanted] : function.provisioned) {
      auto json = shown_config(function, key);
      json["FunctionArn"] = fmt::format("{}:{}", function.latest->arn, key);
      items.emplace_back(key, std::move(json));
    }
    return response_of(page(items, call.query, "ProvisionedConcurrencyConfigs"));
  }
  if (qualifier.empty() || qualifier == kLatest) {
    throw invalid_parameter(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  if (call.method == "GET") {
    const auto function = functions_.get(name);
    if (!function.provisioned.contains(qualifier)) {
      throw ApiError(404, "ProvisionedConcurrencyConfigNotFoundException",
                     "No Provisioned Concurrency Config found for this function");
    }
    return response_of(shown_config(function, qualifier));
  }
  if (call.method == "DELETE") {
    const auto before = functions_.get(name);
    functions_.change(name, [&](Function& function) { function.provisioned.erase(qualifier); });
    if (before.provisioned.contains(qualifier)) {
      platform_.set_provisioned(FunctionStore::version_of(before, qualifier), 0);
    }
    return no_content();
  }
  if (call.method != "PUT") no_such_call();
  const auto body = parse_object(call.body);
  const auto wanted = number_member(body, "ProvisionedConcurrentExecutions", 1, ~0U);
  if (!wanted) throw invalid_parameter("ProvisionedConcurrentExecutions is missing.");
  const auto changed = functions_.change(name, [&](Function& function) {
    FunctionStore::version_of(function, qualifier);
    const auto limit = function.reserved_concurrency.value_or(options_.concurrency);
    if (*wanted > limit) {
      throw invalid_parameter(
          fmt::format("Requested Provisioned Concurrency should not be greater than the "
                      "reservedConcurrentExecution for function, or the account's limit: {}",
                      limit));
    }
    function.provisioned[qualifier] = *wanted;
  });
  tell_platform(changed);
  return response_of(shown_config(changed, qualifier), 202);
}

/// What the platform has to know of a function: its limits, and what is to be kept warm.
void ControlApi::tell_platform(const Function& function) {
  platform_.set_reserved(function.latest->name, function.reserved_concurrency);
  std::map<std::shared_ptr<const FunctionVersion>, std::uint32_t> wanted;
  for (const auto& [number, version] : function.versions) wanted[version] = 0;
  for (const auto& [qualifier, sandboxes] : function.provisioned) {
    wanted[FunctionStore::version_of(function, qualifier)] += sandboxes;
  }
  for (const auto& [version, sandboxes] : wanted) platform_.set_provisioned(version, sandboxes);
}

void ControlApi::remove_unused_code() {
  std::set<std::string> used;
  for (const auto& name : functions_.names()) {
    const auto function = functions_.get(name);
    used.insert(function.latest->code_digest);
    for (const auto& [number, version] : function.versions) used.insert(version->code_digest);
  }
  code_.remove_unused([&](const std::string& digest) { return used.contains(digest); });
}

HttpResponse ControlApi::account_settings() const {
  const auto reserved = std::min(platform_.reserved_in_total(), options_.concurrency);
  return response_of({{"AccountLimit",
                       {{"ConcurrentExecutions", options_.concurrency},
                        {"UnreservedConcurrentExecutions", options_.concurrency - reserved},
                        {"CodeSizeUnzipped", 262144000},
                        {"CodeSizeZipped", 52428800}}},
                      {"AccountUsage", {{"FunctionCount", functions_.names().size()}}}});
}

// ---- events and URLs

HttpResponse ControlApi::event_config(const ControlCall& call, const std::string& name,
                                      const std::string& qualifier) {
  const auto key = qualifier.empty() ? std::string(kLatest) : qualifier;
  const auto missing = [&] {
    return not_found(
        fmt::format("The function {}:{} doesn't have an EventInvokeConfig", arn_of(name), key));
  };
  if (call.method == "GET") {
    const auto function = functions_.get(name);
    const auto found = function.event_configs.find(key);
    if (found == function.event_configs.end()) throw missing();
    return response_of(shown(function, key, found->second));
  }
  if (call.method == "DELETE") {
    functions_.change(name, [&](Function& function) {
      if (function.event_configs.erase(key) == 0) throw missing();
    });
    return no_content();
  }
  if (call.method != "PUT" && call.method != "POST") no_such_call();
  const auto body = parse_object(call.body);
  const auto changed = functions_.change(name, [&](Function& function) {
    FunctionStore::version_of(function, qualifier);
    auto& config = function.event_configs[key];
    if (call.method == "PUT") config = {};  // PUT replaces, POST changes
    apply_event_config(body, config);
  });
  return response_of(shown(changed, key, changed.event_configs.at(key)));
}

Json ControlApi::shown_url(const Function& function, const std::string& qualifier,
                           const FunctionUrl& url, const std::string& authority) const {
  const auto colon = authority.rfind(':');
  const auto port = colon == std::string::npos ? "" : authority.substr(colon);
  const auto arn = qualifier == kLatest ? function.latest->arn
                                        : fmt::format("{}:{}", function.latest->arn, qualifier);
  return {{"FunctionUrl",
           fmt::format("http://{}.lambda-url.{}.localhost{}/", url.id, options_.region, port)},
          {"FunctionArn", arn},
          {"AuthType", url.auth_type},
          {"InvokeMode", url.invoke_mode},
          {"CreationTime", url.creation_time},
          {"LastModifiedTime", url.creation_time}};
}

HttpResponse ControlApi::url(const ControlCall& call, const std::string& name,
                             const std::string& qualifier) {
  const auto key = qualifier.empty() ? std::string(kLatest) : qualifier;
  const auto missing = [] { return not_found("The resource you requested does not exist."); };
  if (call.method == "GET") {
    const auto function = functions_.get(name);
    const auto found = function.urls.find(key);
    if (found == function.urls.end()) throw missing();
    return response_of(shown_url(function, key, found->second, call.authority));
  }
  if (call.method == "DELETE") {
    functions_.change(name, [&](Function& function) {
      if (function.urls.erase(key) == 0) throw missing();
    });
    return no_content();
  }
  const bool creates = call.method == "POST";
  if (!creates && call.method != "PUT") no_such_call();
  const auto body = parse_object(call.body);
  const auto changed = functions_.change(name, [&](Function& function) {
    FunctionStore::version_of(function, qualifier);
    if (creates && function.urls.contains(key)) {
      throw ApiError(
          409, "ResourceConflictException",
          fmt::format("Failed to create function url config for [functionArn = {}]. "
                      "Error message:  FunctionUrlConfig exists for this Lambda function",
                      function.latest->arn));
    }
    if (!creates && !function.urls.contains(key)) throw missing();
    auto& url = function.urls[key];
    if (creates) {
      url.creation_time = timestamp_text();
      url.id = new_uuid() + new_uuid();
      std::erase(url.id, '-');
      url.id.resize(32);
    }
    const auto choose = [&](const char* member, std::string& value,
                            std::initializer_list<const char*> allowed) {
      const auto chosen = text_member(body, member);
      if (!chosen) return;
      if (std::find(allowed.begin(), allowed.end(), *chosen) == allowed.end()) {
        throw ApiError(400, "ValidationException",
                       fmt::format("{} has to be one of {}", member, fmt::join(allowed, ", ")));
      }
      value = *chosen;
    };
    choose("AuthType", url.auth_type, {"NONE", "AWS_IAM"});
    choose("InvokeMode", url.invoke_mode, {"BUFFERED"});
  });
  return response_of(shown_url(changed, key, changed.urls.at(key), call.authority),
                     creates ? 201 : 200);
}

}  // namespace strata::drivers::faas::emulator
