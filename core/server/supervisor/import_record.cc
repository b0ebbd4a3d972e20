#include "core/server/supervisor/import_record.h"

#include <algorithm>

#include "core/base/system/log.h"

namespace server {

ImportRecord::ImportRecord(const config::Config& config)
    : thread_(ipc::RequestTable::import_thread(config.embedded_threads)) {
    for (Reach::Preload& script : Reach(config).preloads_of("")) {
        std::string text =
            ipc::RequestTable::text_of(ipc::RequestTable::kImport, script.script_filename);
        imports_.push_back({std::move(script), std::move(text)});
    }
}

void ImportRecord::on_died(
    const ipc::RequestTable& table, bool has_served_for_long, Clock::time_point now
) {
    const auto running = table.running();
    note_death(running.empty(), now);
    short_lives_ = has_served_for_long ? 0 : short_lives_ + 1;
    if (short_lives_ == kShortLivesMost && !imports_.empty()) {
        base::main_log().error(
            "{} server processes have ended soon after their start; the next one imports nothing "
            "before the first request that wants it, which is {}",
            short_lives_,
            names()
        );
    }
    for (Import& import : imports_) {
        const bool was_running = std::ranges::any_of(running, [&](const auto& entry) {
            return entry.thread == thread_ && entry.request == import.text;
        });
        if (was_running) {
            blame(import);
        } else if (has_served_for_long) {
            import.deaths = 0;
        }
    }
}

// A thread that an import has left behind is in no table.
void ImportRecord::note_death(bool was_idle, Clock::time_point now) {
    if (!was_idle || imports_.empty() || short_lives_ >= kShortLivesMost) {
        return;  // it was a request, or nothing is imported
    }
    std::erase_if(deaths_, [now](Clock::time_point at) { return now - at >= kDeathsTime; });
    deaths_.push_back(now);
    if (deaths_.size() >= kDeathsMost) {
        base::main_log().error(
            "{} server processes have ended within a minute while they served nothing; what they "
            "have imported before the first request may end them: {}",
            deaths_.size(),
            names()
        );
        deaths_.clear();
    }
}

std::string ImportRecord::names() const {
    constexpr std::size_t kNamesMost = 10;
    std::string names;
    std::size_t count = 0;
    for (const Import& import : imports_) {
        if (import.deaths < kMost && ++count <= kNamesMost) {
            names += (count == 1 ? "" : ", ") + import.script.script_filename + " (" +
                     import.script.place.text() + ")";
        }
    }
    return count <= kNamesMost ? names
                               : names + " and " + std::to_string(count - kNamesMost) + " more";
}

void ImportRecord::blame(Import& import) const {
    if (++import.deaths == kMost) {
        base::main_log().error(
            "{}: the import of {} has ended {} server processes; it is left to the first request "
            "of application group '{}'",
            import.script.place.text(),
            import.script.script_filename,
            kMost,
            import.script.application_group
        );
    }
}

std::vector<std::string> ImportRecord::left_out() const {
    std::vector<std::string> groups;
    for (const Import& import : imports_) {
        if (import.deaths >= kMost || short_lives_ >= kShortLivesMost) {
            groups.push_back(import.script.application_group);
        }
    }
    return groups;
}

}  // namespace server
