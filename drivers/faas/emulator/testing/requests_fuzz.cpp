#include "drivers/faas/emulator/testing/requests_fuzz.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/control_api.h"
#include "drivers/faas/emulator/event_queue.h"
#include "drivers/faas/emulator/function_url.h"
#include "drivers/faas/emulator/invoke_api.h"
#include "drivers/faas/emulator/runtime_api.h"
#include "drivers/faas/emulator/zip_archive.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::faas::emulator::testing {
namespace {

namespace fs = std::filesystem;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A request out of a fuzzer's bytes.
class TextRequest final : public HttpRequest {
 public:
  explicit TextRequest(std::string_view text) {
    const auto line = [&] {
      const auto end = text.find('\n');
      const auto one = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      return std::string(one);
    };
    method_ = line();
    target_ = line();
    for (auto header = line(); !header.empty(); header = line()) {
      const auto colon = header.find(':');
      headers_.emplace_back(header.substr(0, colon),
                            colon == std::string::npos ? "" : header.substr(colon + 1));
    }
    body_ = text;
  }
  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view target() const override { return target_; }
  [[nodiscard]] std::string_view header(std::string_view name) const override {
    for (const auto& [its_name, value] : headers_) {
      if (std::equal(name.begin(), name.end(), its_name.begin(), its_name.end(),
                     [](unsigned char a, unsigned char b) {
                       return std::tolower(a) == std::tolower(b);
                     })) {
        return value;
      }
    }
    return {};
  }
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> headers()
      const override {
    return {headers_.begin(), headers_.end()};
  }
  [[nodiscard]] std::string_view remote_address() const override { return "127.0.0.1"; }
  [[nodiscard]] std::string& body() override { return body_; }

 private:
  std::string method_;
  std::string target_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
};

class NoHandle final : public SandboxHandle {
 public:
  void end(Urgency /*urgency*/) override {}
  std::optional<std::uint64_t> peak_memory_bytes() override { return std::nullopt; }
};

class NoSandboxes final : public SandboxStarter {
 public:
  std::shared_ptr<SandboxHandle> start(SandboxId /*id*/, std::shared_ptr<const FunctionVersion>,
                                       bool /*is_provisioned*/) override {
    return std::make_shared<NoHandle>();
  }
};

/// An emulator without sockets and sandboxes.
struct Stage {
  drivers::testing::TemporaryFolder folder;
  ManualClock clock;
  NoSandboxes starter;
  FunctionLog log{{}};
  Platform platform{{.concurrency = 4}, starter, log, clock};
  FunctionStore functions{":memory:"};
  CodeStore code{folder / "code", "/bin/true"};
  EventQueue events{":memory:", functions, [](const InvocationRequest&, const InvocationDone&) {},
                    std::chrono::seconds(1)};
  ControlApi control{{"us-east-1", "000000000000", 4, nullptr}, functions, code, platform};
  InvokeApi api{{functions, platform, events, control},
                [](const std::function<void()>& task) { task(); },
                std::nullopt,
                "us-east-1",
                "000000000000"};
  RuntimeApi runtime{platform, 1, clock};
};

void ask(HttpHandler& handler, std::string_view text, int least) {
  auto answers = std::make_shared<int>(0);
  TextRequest request(text);
  require(handler.body_limit(request) > 0);
  handler.handle(request, [answers](const HttpResponse& response) {
    require(response.status >= 200 && response.status <= 599);
    require(++*answers == 1);
  });
  require(*answers >= least);
}

void unpack(std::string_view bytes) {
  const drivers::testing::TemporaryFolder folder;
  fs::create_directory(folder / "inside");
  try {
    unpack_zip(bytes, folder / "inside", {1U << 20U, 100});
  } catch (const Error&) {
    // refused
  }
  std::size_t beside = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    require(entry.path().filename() == "inside");
    ++beside;
  }
  require(beside == 1);
}

}  // namespace
}  // namespace strata::drivers::faas::emulator::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata::drivers::faas::emulator;
  using namespace strata::drivers::faas::emulator::testing;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (static_cast<Input>(data[0])) {
    case Input::kRequest: {
      Stage stage;
      ask(stage.api, bytes, 0);  // an invocation waits for a sandbox that never comes
      break;
    }
    case Input::kRuntimeRequest: {
      Stage stage;
      ask(stage.runtime, bytes, 1);
      break;
    }
    case Input::kZip:
      unpack(bytes);
      break;
    case Input::kUrlAnswer: {
      InvocationResult result;
      result.payload = bytes;
      const auto response = url_response(result);
      require(response.status >= 200 && response.status <= 599);
      break;
    }
    case Input::kStored:
      try {
        function_from_json(nlohmann::json::parse(bytes, nullptr, false));
      } catch (const strata::Error&) {
        // refused
      }
      break;
  }
  return 0;
}
