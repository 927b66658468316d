#include "drivers/kvm/kernel_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

bool stays_inside(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string_view::npos &&
         path.find('\0') == std::string_view::npos;
}

/// Takes the next word, up to a blank, off the front of `text`.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlank = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const auto word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

class Order {
 public:
  explicit Order(const ModuleDependencies& dependencies) : dependencies_(dependencies) {}

  void add(const std::string& path) {
    if (done_.contains(path)) return;
    const auto tried = fmt::format("put kernel module {} in order", path);
    const auto found = dependencies_.find(path);
    if (found == dependencies_.end()) throw Error(tried, "modules.dep doesn't have it");
    if (!under_way_.insert(path).second) throw Error(tried, "modules.dep has it need itself");
    // What depmod(8) lists is complete, but in an order of its own.
    for (const auto& needed : found->second) add(needed);
    under_way_.erase(path);
    done_.insert(path);
    order_.push_back(path);
  }
  std::vector<std::string> take() { return std::move(order_); }

 private:
  const ModuleDependencies& dependencies_;
  std::vector<std::string> order_;
  std::set<std::string> done_;
  std::set<std::string> under_way_;
};

}  // namespace

ModuleDependencies parse_module_dependencies(std::string_view text) {
  ModuleDependencies dependencies;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto path = line.substr(0, colon);
    if (!stays_inside(path) || path.find(' ') != std::string_view::npos) continue;
    line.remove_prefix(colon + 1);
    auto& needed = dependencies[std::string(path)];
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      if (stays_inside(word)) needed.emplace_back(word);
    }
  }
  return dependencies;
}

std::string module_name(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.find('.'));
  std::string result(name);
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

std::vector<std::string> in_loading_order(const ModuleDependencies& dependencies,
                                          const std::vector<std::string>& names) {
  std::map<std::string, std::string> paths;
  for (const auto& [path, needed] : dependencies) paths.emplace(module_name(path), path);
  Order order(dependencies);
  for (const auto& name : names) {
    if (const auto found = paths.find(name); found != paths.end()) order.add(found->second);
  }
  return order.take();
}

}  // namespace strata::drivers
