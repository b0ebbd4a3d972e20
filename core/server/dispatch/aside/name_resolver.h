// The names of clients' addresses, for access rules such as "Require host example.org". Whoever
// asks is told later, because a name server may take seconds. A name counts when it leads back to
// the address: anybody can give his address any name. Answers are kept for some minutes. The loop's
// thread, but for what says otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/answer/ticket.h"

namespace server {

class NameResolver {
public:
    // What has been found out for whoever asked with `ticket`.
    struct Found {
        Ticket ticket;
        std::string name;  // "": it has none
    };
    // Starts a thread; throws std::system_error where the system has none.
    using Start = std::function<std::thread(std::function<void()>)>;

    static std::thread start_thread(std::function<void()> body);

    explicit NameResolver(loop::Loop& loop, Start start = &NameResolver::start_thread)
        : loop_(loop), start_(std::move(start)) {}
    ~NameResolver();  // waits for look-ups that run
    NameResolver(const NameResolver&) = delete;
    NameResolver& operator=(const NameResolver&) = delete;

    // The name of `address`, "" where it has none; nothing where it has to be looked up.
    [[nodiscard]] std::optional<std::string> known(const std::string& address);
    // Wakes the loop once take() has the answer. Threads are started when there is work for them;
    // where there is none to be had, the address has no name.
    void look_up(const std::string& address, Ticket ticket);
    // Swaps the answers into `taken`, which is empty and keeps its memory.
    void take(std::vector<Found>& taken);

    // Asks the system, and waits. Any thread.
    static std::string name_of(const std::string& address);

private:
    using Clock = std::chrono::steady_clock;
    struct Remembered {
        std::string name;
        Clock::time_point until;
    };
    struct Question {
        std::string address;
        Ticket ticket;
    };
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] bool has_thread(const Lock& lock);
    void run();
    [[nodiscard]] const Remembered* find(const Lock& lock, const std::string& address) const;
    void answer(const Lock& lock, const Question& question, const std::string& name);

    loop::Loop& loop_;
    const Start start_;
    std::atomic<bool> has_found_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::unordered_map<std::string, Remembered> known_;
    std::deque<Question> questions_;
    std::vector<Found> found_;
    std::vector<std::thread> threads_;
    int idle_ = 0;
    bool is_ending_ = false;
};

}  // namespace server
