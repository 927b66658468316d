#include "plots/site/atom_feed.h"

#include <fmt/format.h>

#include <map>

#include "plots/html.h"
#include "plots/texts.h"

namespace strata::plots {

std::string change_text(const results::Change& change) {
  return change.factor >= 1 ? percent_text(change.factor - 1) + " dearer"
                            : percent_text(1 - change.factor) + " cheaper";
}

std::string atom_feed(const SiteData& data, const SiteOptions& options) {
  std::map<std::int64_t, const results::HistoryRun*> runs;
  for (const auto& run : data.runs) runs[run.id] = &run;
  const auto newest =
      data.runs.empty() ? std::string("1970-01-01T00:00:00Z") : data.runs.back().started_utc;
  std::string entries;
  for (const auto& [place, change] : data.changes) {
    const auto found = runs.find(change.run);
    if (found == runs.end()) continue;
    const auto& cell = data.cells[place];
    entries += fmt::format(
        "  <entry>\n    <title>{}: {}</title>\n    <id>urn:strata:change:{}:{}</id>\n"
        "    <updated>{}</updated>\n    <link href=\"{}trends/{}.html#{}\"/>\n    "
        "<summary>{}{}</summary>\n  </entry>\n",
        escaped(cell.name), change_text(change), escaped(found->second->run_id), cell.file,
        escaped(found->second->started_utc), escaped(options.base_url), id_of(cell.group),
        cell.file, escaped(change.evidence),
        change.accepted.empty() ? std::string() : " Accepted: " + escaped(change.accepted));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
      "  <title>{}: confirmed changes</title>\n  <id>urn:strata:feed:{}</id>\n  "
      "<updated>{}</updated>\n"
      "  <link rel=\"self\" href=\"{}feed.xml\"/>\n  <link href=\"{}index.html\"/>\n"
      "  <author><name>Strata</name></author>\n{}</feed>\n",
      escaped(options.title), id_of(options.title), escaped(newest), escaped(options.base_url),
      escaped(options.base_url), entries);
}

}  // namespace strata::plots
