#include "drivers/faas/emulator/signature.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/file_digest.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr unsigned kForbidden = 403;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kMostSkew = std::chrono::minutes(15);

ApiError missing_token() {
  return {kForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"};
}
ApiError invalid_signature(const std::string& why) {
  return {kForbidden, "InvalidSignatureException", why};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha256;
  sha256.add(bytes);
  return sha256.finish();
}

/// The value of `name` in "Credential=…, SignedHeaders=…, Signature=…".
std::string_view part_of(std::string_view header, std::string_view name) {
  const auto at = header.find(fmt::format("{}=", name));
  if (at == std::string_view::npos) return {};
  const auto value = header.substr(at + name.size() + 1);
  return value.substr(0, value.find_first_of(", "));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Without white space at its ends, and each stretch of it inside as one space.
std::string trimmed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (!space) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::string> parts;
  for (const auto one : split(query, '&')) {
    const auto equals = one.find('=');
    std::string name;
    std::string value;
    if (!percent_decode(one.substr(0, equals), name) ||
        (equals != std::string_view::npos && !percent_decode(one.substr(equals + 1), value))) {
      throw invalid_signature("The query can't be decoded.");
    }
    parts.push_back(percent_encode(name, false) + "=" + percent_encode(value, false));
  }
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, "&"));
}

std::string canonical_headers(const HttpRequest& request, std::string_view signed_headers) {
  std::string text;
  for (const auto name : split(signed_headers, ';')) {
    std::string values;
    for (const auto& [its_name, value] : request.headers()) {
      const bool same = its_name.size() == name.size() &&
                        std::equal(name.begin(), name.end(), its_name.begin(), [](char a, char b) {
                          return a == std::tolower(static_cast<unsigned char>(b));
                        });
      if (same) values += (values.empty() ? "" : ",") + trimmed(value);
    }
    text += fmt::format("{}:{}\n", name, values);
  }
  return text;
}

void require_date(std::string_view date, std::chrono::system_clock::time_point now) {
  std::tm time{};
  const std::string text(date);
  const char* const end = ::strptime(text.c_str(), "%Y%m%dT%H%M%SZ", &time);
  if (end == nullptr || *end != '\0') {
    throw invalid_signature("Date must be in ISO-8601 'basic format'.");
  }
  const auto signed_at = std::chrono::system_clock::from_time_t(::timegm(&time));
  if (signed_at < now - kMostSkew) {
    throw invalid_signature(fmt::format("Signature expired: {} is too old", date));
  }
  if (signed_at > now + kMostSkew) {
    throw invalid_signature(fmt::format("Signature not yet current: {} is in the future", date));
  }
}

}  // namespace

void require_signature(HttpRequest& request, const Credentials& credentials,
                       std::string_view region, std::chrono::system_clock::time_point now) {
  const auto authorization = request.header("Authorization");
  if (!authorization.starts_with(kAlgorithm)) throw missing_token();
  const auto scope = split(part_of(authorization, "Credential"), '/');
  const auto signed_headers = part_of(authorization, "SignedHeaders");
  const auto signature = part_of(authorization, "Signature");
  if (scope.size() != 5 || signed_headers.empty() || signature.empty()) throw missing_token();
  if (scope[0] != credentials.access_key_id) {
    throw ApiError(kForbidden, "UnrecognizedClientException",
                   "The security token included in the request is invalid.");
  }
  const auto date = request.header("X-Amz-Date");
  require_date(date, now);
  if (scope[1] != date.substr(0, scope[1].size()) || scope[2] != region || scope[3] != "lambda" ||
      scope[4] != "aws4_request") {
    throw invalid_signature(
        fmt::format("Credential should be scoped to {}/lambda/aws4_request.", region));
  }
  const auto names = split(signed_headers, ';');
  for (const std::string_view needed : {"host", "x-amz-date"}) {
    if (std::find(names.begin(), names.end(), needed) == names.end()) {
      throw invalid_signature(fmt::format("'{}' must be a signed header.", needed));
    }
  }
  const auto payload_hash = sha256_hex(request.body());
  if (const auto said = request.header("X-Amz-Content-Sha256");
      !said.empty() && said != payload_hash) {
    throw invalid_signature("x-amz-content-sha256 is not the hash of the body.");
  }
  auto key = hmac("AWS4" + credentials.secret_access_key, scope[1]);
  for (const auto part : {scope[2], scope[3], scope[4]}) key = hmac(key, part);
  // The path is encoded twice for every service but S3; some clients encode it once.
  const std::string path(request.path());
  for (const auto& canonical_path : {percent_encode(path, true), path}) {
    const auto canonical =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method(), canonical_path,
                    canonical_query(request.query()), canonical_headers(request, signed_headers),
                    signed_headers, payload_hash);
    const auto to_sign = fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, date, scope[1],
                                     scope[2], scope[3], scope[4], sha256_hex(canonical));
    const auto expected = hex(hmac(key, to_sign));
    if (expected.size() == signature.size() &&
        ::CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0) {
      return;
    }
  }
  throw invalid_signature(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace strata::drivers::faas::emulator
