// The names of clients' addresses, for access rules such as "Require host example.org". Whoever
// asks is told later, because a name server may take seconds, or never answer: whoever has an
// address has the zone in which its name stands. So virtual hosts take turns, and in each of them
// senders (NameQueue); an address is looked up once for all who wait for it. A name counts when it
// leads back to the address: anybody can give his address any name. Answers are kept for some
// minutes. One per server process; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/answer/ticket.h"

namespace server {

// What a client is called: "" where it has no name, nothing where that could not be found out.
using ClientName = std::optional<std::string>;

// One request that waits for a name.
struct NameQuestion {
    // Not changed once it has been asked.
    std::string address;
    std::uint32_t host = 0;  // the virtual host whose rule asks
    Ticket ticket;
    std::shared_ptr<class FoundNames> found;  // who is told
    // Any thread: nobody waits for it any more, or it has been taken.
    std::atomic<bool> is_dropped{false};
    ClientName name;  // the resolver's until it is in FoundNames
};

// What has been found out for one loop. push() from any thread, the rest in the loop's.
class FoundNames {
public:
    using Questions = std::vector<std::shared_ptr<NameQuestion>>;

    explicit FoundNames(loop::Loop& loop) : loop_(&loop) {}

    void push(std::shared_ptr<NameQuestion> question);
    // Swaps them into `taken`, which is empty.
    void take(Questions& taken);
    // The loop ends: nobody is told any more.
    void close();

private:
    std::atomic<bool> is_filled_{false};
    std::mutex mutex_;
    // Guarded by mutex_.
    loop::Loop* loop_;
    Questions filled_;
};

class NameResolver {
public:
    // Asks, and waits.
    using Ask = std::function<ClientName(const std::string& address)>;
    // Starts a thread that nobody waits for; throws std::system_error where the system has none.
    using Start = std::function<void(std::function<void()>)>;

    static void start_thread(std::function<void()> body);

    explicit NameResolver(
        Ask ask = &NameResolver::name_of, Start start = &NameResolver::start_thread
    );
    // Waits for nobody: look-ups that run are left behind, and end with the process or by
    // themselves.
    ~NameResolver();
    NameResolver(const NameResolver&) = delete;
    NameResolver& operator=(const NameResolver&) = delete;

    // Nothing: it has to be looked up.
    [[nodiscard]] std::optional<ClientName> known(const std::string& address);
    // False: too many wait, or there is no thread to be had.
    [[nodiscard]] bool look_up(std::shared_ptr<NameQuestion> question);
    // Addresses that wait for their turn or are being looked up.
    [[nodiscard]] std::size_t waiting() const;

    // Asks the system, and waits.
    static ClientName name_of(const std::string& address);

private:
    class State;
    const std::shared_ptr<State> state_;  // its threads have it, too
};

}  // namespace server
