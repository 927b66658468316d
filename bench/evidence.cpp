#include "bench/evidence.h"

#include <filesystem>
#include <system_error>

namespace strata::bench {

results::Profile load_profile(const std::string& file) {
  return results::parse_profile(results::load_toml(file, "profile"));
}

std::vector<results::EvidenceRun> read_evidence(const std::vector<std::string>& files,
                                                const results::Profile& profile) {
  const std::vector<results::ClaimFile> asked{results::claims_of(profile, {})};
  std::vector<results::EvidenceRun> runs;
  for (const auto& word : files) {
    std::error_code ignored;
    std::filesystem::path path(word);
    if (std::filesystem::is_directory(path, ignored)) path /= "result.json";
    runs.push_back({word, results::read_for_claims(path, asked)});
  }
  return runs;
}

}  // namespace strata::bench
