#include "drivers/faas/own_platform.h"

#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "drivers/faas/emulator.h"
#include "drivers/owned_folder.h"

namespace strata::drivers::faas {

struct OwnPlatform::State {
  State(const Target& isolation, const DriverContext& context, std::string data_folder)
      : folder(std::move(data_folder)), emulator([&] {
          EmulatorOptions options;
          options.make_driver = [isolation, &context] { return make_driver(isolation, context); };
          options.agent = context.agent;
          options.data_directory = folder.path();
          return options;
        }()) {}

  OwnedFolder folder;
  Emulator emulator;
  std::thread server{[this] { emulator.run(); }};
};

OwnPlatform::OwnPlatform(const Target& isolation, const DriverContext& context, std::string folder)
    : state_(std::make_unique<State>(isolation, context, std::move(folder))) {}

OwnPlatform::~OwnPlatform() {
  state_->emulator.stop();
  state_->server.join();
}

Platform OwnPlatform::platform() const {
  return {state_->emulator.endpoint(), "us-east-1", std::nullopt,
          [self = shared_from_this()](const std::string& function) {
            return self->state_->emulator.sandboxes_of(function);
          }};
}

std::shared_ptr<OwnPlatform> OwnPlatform::of(const Target& target, const Target& isolation,
                                             const DriverContext& context) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<OwnPlatform>> running;
  const std::lock_guard lock(mutex);
  auto folder = (context.private_directory / ("faas-" + target.name)).string();
  auto& known = running[folder];
  if (auto platform = known.lock()) return platform;
  auto platform = std::make_shared<OwnPlatform>(isolation, context, std::move(folder));
  known = platform;
  return platform;
}

}  // namespace strata::drivers::faas
