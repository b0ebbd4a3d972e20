// The names of clients' addresses, for access rules such as "Require host example.org". Whoever
// asks is told later, because a name server may take seconds. A name counts when it leads back to
// the address: anybody can give his address any name. Answers are kept for some minutes. The loop's
// thread, but for what says otherwise.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/server/dispatch/inbox.h"

namespace server {

class NameResolver {
public:
    explicit NameResolver(Inbox& inbox) : inbox_(inbox) {}
    ~NameResolver();  // waits for look-ups that run
    NameResolver(const NameResolver&) = delete;
    NameResolver& operator=(const NameResolver&) = delete;

    // The name of `address`, "" where it has none; nothing where it has to be looked up.
    [[nodiscard]] std::optional<std::string> known(const std::string& address);
    // Puts the name of `address` into exchange.remote_host and the exchange into the inbox, now or
    // later. Threads are started when there is work for them.
    void look_up(const std::string& address, Exchange& exchange);

    // Asks the system, and waits. Any thread.
    static std::string name_of(const std::string& address);

private:
    using Clock = std::chrono::steady_clock;
    struct Known {
        std::string name;
        Clock::time_point until;
    };
    struct Question {
        std::string address;
        Exchange* exchange;
    };
    using Lock = std::unique_lock<std::mutex>;

    void run();
    [[nodiscard]] const Known* find(const Lock& lock, const std::string& address) const;
    void answer(const Lock& lock, const Question& question, const std::string& name);

    Inbox& inbox_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::unordered_map<std::string, Known> known_;
    std::deque<Question> questions_;
    std::vector<std::thread> threads_;
    int idle_ = 0;
    bool is_ending_ = false;
};

}  // namespace server
