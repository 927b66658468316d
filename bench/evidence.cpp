#include "bench/evidence.h"

#include "results/result_file.h"

namespace strata::bench {

results::Profile load_profile(const std::string& file) {
  return results::parse_profile(results::load_toml(file, "profile"));
}

std::vector<results::EvidenceRun> read_evidence(const std::vector<std::string>& files,
                                                const results::Profile& profile) {
  const std::vector<results::ClaimFile> asked{results::claims_of(profile, {})};
  std::vector<results::EvidenceRun> runs;
  for (const auto& word : files) {
    runs.push_back({word, results::read_for_claims(results::result_file(word), asked)});
  }
  return runs;
}

}  // namespace strata::bench
