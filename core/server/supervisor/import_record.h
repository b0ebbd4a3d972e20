// ImportRecord: what is loaded before the first request in embedded mode, and how often it has
// ended the server process that loaded it. Twice running is enough: its application group is left
// to its first request then, so that the others get a process that lives. What a script has left
// behind may end the process a little later; where several have ended so soon after their start,
// all is left to the first request. Where it takes longer, the log names what it may have been.
// Supervisor only.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/config/model/config.h"
#include "core/server/process/reach.h"
#include "ipc/request_table.h"

namespace server {

class ImportRecord {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr int kMost = 2;
    static constexpr int kShortLivesMost = 4;
    // So many that were serving nothing, within that time, are no accident.
    static constexpr std::size_t kDeathsMost = 5;
    static constexpr std::chrono::minutes kDeathsTime{1};

    // The configuration outlives it.
    explicit ImportRecord(const config::Config& config);

    // A server process has ended, and the server goes on. One that had served for long has
    // loaded all that it did not die of: what ended others gets another chance.
    void on_died(const ipc::RequestTable& table, bool has_served_for_long, Clock::time_point now);
    // The application groups for which the next one loads nothing.
    [[nodiscard]] std::vector<std::string> left_out() const;

private:
    struct Import {
        Reach::Preload script;
        std::string text;  // as ipc::RequestTable::Running::request has it
        int deaths = 0;
    };
    void blame(Import& import) const;
    void note_death(bool was_idle, Clock::time_point now);
    // Those that the next process would import, for the log.
    [[nodiscard]] std::string names() const;

    const int thread_;                       // that imports
    int short_lives_ = 0;                    // in a row
    std::vector<Clock::time_point> deaths_;  // the last ones, of those that served nothing
    std::vector<Import> imports_;
};

}  // namespace server
