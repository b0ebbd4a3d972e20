// ImportRecord: what is loaded before the first request in embedded mode, and how often it has
// ended the server process that loaded it. Twice running is enough: its application group is left
// to its first request then, so that the others get a process that lives. What a script has left
// behind may end the process a little later; where several have ended so soon after their start,
// all is left to the first request. Supervisor only.
#pragma once

#include <string>
#include <vector>

#include "core/config/model/config.h"
#include "core/server/process/reach.h"
#include "ipc/request_table.h"

namespace server {

class ImportRecord {
public:
    static constexpr int kMost = 2;
    static constexpr int kShortLivesMost = 4;

    // The configuration outlives it.
    explicit ImportRecord(const config::Config& config);

    // A server process has ended, and the server goes on. One that had served for long has
    // loaded all that it did not die of: what ended others gets another chance.
    void on_died(const ipc::RequestTable& table, bool has_served_for_long);
    // The application groups for which the next one loads nothing.
    [[nodiscard]] std::vector<std::string> left_out() const;

private:
    struct Import {
        Reach::Preload script;
        std::string text;  // as ipc::RequestTable::Running::request has it
        int deaths = 0;
    };
    void blame(Import& import) const;

    const int thread_;     // that imports
    int short_lives_ = 0;  // in a row
    std::vector<Import> imports_;
};

}  // namespace server
