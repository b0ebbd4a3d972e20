// The scripts that are loaded before the first request of their application group, where requests
// of others do not wait for that: embedded mode. Group by group: whoever comes first loads all of a
// group's, a thread that does nothing else or one with a request, and requests of the group wait.
//
//     waiting ─ begin() ─→ begun ─ ~Turn ─→ done
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "interp/wsgi/settings.h"

namespace interp {

class EarlyImports {
public:
    using Clock = std::chrono::steady_clock;

private:
    enum class State { kWaiting, kBegun, kDone };
    struct Group {
        std::vector<EarlyImport> scripts;  // constant
        State state = State::kWaiting;     // guarded by mutex_, as what follows
        Clock::time_point until{};         // somebody waits, once it is begun
    };

public:
    // `patience`: for so long after they were begun, requests wait for the scripts of a group.
    EarlyImports(const std::vector<EarlyImport>& scripts, std::chrono::milliseconds patience);

    // A thread that loads the scripts of a group, or need not: there are none, or somebody else
    // has begun.
    class Turn {
    public:
        Turn(EarlyImports& imports, const std::string& application_group);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        // In the order of the configuration; empty where there is nothing to do.
        [[nodiscard]] const std::vector<EarlyImport>& scripts() const;

    private:
        EarlyImports& imports_;
        Group* const group_;  // null: nothing to do
    };

    // Any thread, without the GIL: waits until the scripts of the group have been loaded. False:
    // they have been begun so long ago that nobody waits any more.
    [[nodiscard]] bool wait(const std::string& application_group);

private:
    Group* begin(const std::string& application_group);

    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::map<std::string, Group> groups_;  // none comes or goes later
};

}  // namespace interp
