#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

namespace strata::drivers {

/// Where distributions keep the filter of system calls that engines give their containers.
inline constexpr auto kFilterFile = "/usr/share/containers/seccomp.json";

/// Turns such a file, which has conditions ("only with CAP_SYS_ADMIN", "not on arm"), into what an
/// OCI runtime takes for `seccomp`, for a container with these capabilities on this machine. Throws
/// Error if the text is no such file; `origin` names it.
nlohmann::json system_call_filter(std::string_view text,
                                  const std::vector<std::string>& capabilities,
                                  std::string_view origin = kFilterFile);

}  // namespace strata::drivers
