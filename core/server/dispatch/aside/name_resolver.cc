#include "core/server/dispatch/aside/name_resolver.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/base/foreign/lanes.h"
#include "core/base/system/address_list.h"
#include "core/server/dispatch/aside/name_queue.h"

namespace server {
namespace {

constexpr std::size_t kKnownMax = 4096;      // addresses; then all are forgotten
constexpr std::size_t kAddressesMax = 4096;  // addresses; who comes then is not asked about
constexpr std::chrono::minutes kRememberedFor{5};
// Of one that could not be found out: a name server that is restarted is no matter of minutes.
constexpr std::chrono::seconds kFailureRememberedFor{5};

// The library's word (0, EAI_NONAME); `list` where that is 0.
int addresses_of(const std::string& host, int flags, base::AddressList& list) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int word = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    list.reset(word == 0 ? found : nullptr);
    return word;
}

// Whoever knows has said that there is none. All else (a name server is silent or broken, memory or
// descriptors are short) says nothing about the client.
bool has_answered(int word) {
    return word == EAI_NONAME || word == EAI_NODATA || word == EAI_ADDRFAMILY;
}

bool is_same(const sockaddr& a, const sockaddr& b) {
    if (a.sa_family != b.sa_family) {
        return false;
    }
    if (a.sa_family == AF_INET) {
        return reinterpret_cast<const sockaddr_in&>(a).sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in&>(b).sin_addr.s_addr;
    }
    return a.sa_family == AF_INET6 && std::memcmp(
                                          &reinterpret_cast<const sockaddr_in6&>(a).sin6_addr,
                                          &reinterpret_cast<const sockaddr_in6&>(b).sin6_addr,
                                          sizeof(in6_addr)
                                      ) == 0;
}

}  // namespace

ClientName NameResolver::name_of(const std::string& address) {
    base::AddressList given;
    if (addresses_of(address, AI_NUMERICHOST, given) != 0) {
        return "";
    }
    std::array<char, NI_MAXHOST> name{};
    const int word = ::getnameinfo(
        given->ai_addr, given->ai_addrlen, name.data(), name.size(), nullptr, 0, NI_NAMEREQD
    );
    if (word != 0) {
        return has_answered(word) ? ClientName("") : std::nullopt;
    }
    base::AddressList back;
    if (const int back_word = addresses_of(name.data(), 0, back); back_word != 0) {
        return has_answered(back_word) ? ClientName("") : std::nullopt;
    }
    for (const addrinfo* entry = back.get(); entry != nullptr; entry = entry->ai_next) {
        if (is_same(*entry->ai_addr, *given->ai_addr)) {
            return name.data();
        }
    }
    return "";
}

// --- What has been found out for a loop

void FoundNames::push(std::shared_ptr<NameQuestion> question) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) {
        return;  // nobody would take it, and it holds us
    }
    filled_.push_back(std::move(question));
    is_filled_.store(true, std::memory_order_release);
    loop_->wake();
}

void FoundNames::take(Questions& taken) {
    if (!is_filled_.load(std::memory_order_acquire)) {
        return;
    }
    const std::lock_guard lock(mutex_);
    std::swap(taken, filled_);
    is_filled_.store(false, std::memory_order_relaxed);
}

void FoundNames::close() {
    Questions left;  // they hold us
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
    left.swap(filled_);
}

// --- What the threads and the resolver share

class NameResolver::State : public std::enable_shared_from_this<State> {
public:
    State(Ask ask, Start start)
        : ask_(std::move(ask)),
          lanes_(
              {.threads = 64,
               .threads_per_lane = 4,  // a host whose clients' name servers are silent takes them
               .waiting_per_lane = kAddressesMax,
               .waiting = kAddressesMax},
              // Each has a share in all this, and may outlive whoever has started it.
              [this, start = std::move(start)](const base::Lanes::Work& body) {
                  start([state = shared_from_this(), body] { body(); });
                  return std::thread();
              }
          ) {}

    void end() { lanes_.end(); }

    std::optional<ClientName> known(const std::string& address) {
        const Lock lock(mutex_);
        const Remembered* const found = find(lock, address);
        if (found == nullptr) {
            return std::nullopt;
        }
        return std::optional<ClientName>(std::in_place, found->name);
    }

    bool look_up(std::shared_ptr<NameQuestion> question) {
        const Lock lock(mutex_);
        if (const Remembered* const found = find(lock, question->address)) {
            answer(std::move(question), found->name);
            return true;
        }
        const auto lookup = lookups_.try_emplace(question->address).first;
        if (!has_turn(lock, lookup->second, *question)) {
            forget_if_idle(lock, lookup);
            return false;
        }
        auto& askers = lookup->second.askers;
        // Clients that come and go at once do not gather here.
        if (askers.size() == askers.capacity()) {
            std::erase_if(askers, [](const auto& asker) { return asker->is_dropped.load(); });
        }
        askers.push_back(std::move(question));
        return true;
    }

    std::size_t waiting() {
        const Lock lock(mutex_);
        return queue_.size();
    }

private:
    using Clock = std::chrono::steady_clock;
    using Lock = std::unique_lock<std::mutex>;
    struct Remembered {
        ClientName name;
        Clock::time_point until;
    };
    // Of an address, which may have a turn in each of several hosts; the first that comes serves
    // all.
    struct Lookup {
        FoundNames::Questions askers;
        std::vector<std::uint32_t> hosts;  // in which it waits for its turn
        bool is_running = false;
    };
    using Lookups = std::unordered_map<std::string, Lookup>;

    static void answer(std::shared_ptr<NameQuestion> question, const ClientName& name) {
        if (!question->is_dropped) {
            question->name = name;
            FoundNames& found = *question->found;
            found.push(std::move(question));
        }
    }

    [[nodiscard]] const Remembered* find(const Lock&, const std::string& address) const {
        const auto found = known_.find(address);
        return found == known_.end() || found->second.until < Clock::now() ? nullptr
                                                                           : &found->second;
    }

    bool has_turn(const Lock& lock, Lookup& lookup, const NameQuestion& question) {
        if (lookup.is_running ||
            std::ranges::find(lookup.hosts, question.host) != lookup.hosts.end()) {
            return true;
        }
        const auto added = queue_.add(question.host, question.address);
        if (added == NameQueue::Added::kTurn && !begin_turn(lock, question.host)) {
            queue_.take_back(question.host);
            return false;
        }
        if (added != NameQueue::Added::kRefused) {
            lookup.hosts.push_back(question.host);
        }
        return added != NameQueue::Added::kRefused;
    }

    bool begin_turn(const Lock&, std::uint32_t host) {
        return lanes_.submit(fmt::format("{}", host), [this, host] { take_turn(host); });
    }

    void forget_if_idle(const Lock&, Lookups::iterator lookup) {
        if (!lookup->second.is_running && lookup->second.hosts.empty()) {
            lookups_.erase(lookup);
        }
    }

    void take_turn(std::uint32_t host) {
        Lock lock(mutex_);
        const NameQueue::Turn turn = queue_.take(host);
        // Another host's turn may have served it.
        if (const auto lookup = lookups_.find(turn.address); lookup != lookups_.end()) {
            std::erase(lookup->second.hosts, host);
            run(lock, lookup);
        }
        // False only at the end, when nobody waits any more.
        [[maybe_unused]] const bool has_begun = queue_.end(turn) && begin_turn(lock, host);
    }

    // Nobody asks for those whose clients have all gone.
    void run(Lock& lock, Lookups::iterator lookup) {
        const auto is_gone = [](const auto& asker) { return asker->is_dropped.load(); };
        std::erase_if(lookup->second.askers, is_gone);
        if (lookup->second.is_running || lookup->second.askers.empty()) {
            forget_if_idle(lock, lookup);
            return;
        }
        const std::string address = lookup->first;
        Lookup& its = lookup->second;  // stays where it is while it runs
        its.is_running = true;
        lock.unlock();
        const ClientName name = ask_(address);
        lock.lock();
        remember(lock, address, name);
        const auto askers = std::move(its.askers);
        lookups_.erase(address);  // where it has a turn, nobody is found to be asked about
        for (const auto& asker : askers) {
            answer(asker, name);
        }
    }

    void remember(const Lock&, const std::string& address, const ClientName& name) {
        if (known_.size() >= kKnownMax) {
            known_.clear();
        }
        const Clock::duration kept =
            name ? Clock::duration(kRememberedFor) : Clock::duration(kFailureRememberedFor);
        known_.insert_or_assign(address, Remembered{name, Clock::now() + kept});
    }

    const Ask ask_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<std::string, Remembered> known_;
    Lookups lookups_;
    NameQueue queue_{kAddressesMax};
    // Its mutex is taken under ours.
    base::Lanes lanes_;
};

// --- The resolver

void NameResolver::start_thread(std::function<void()> body) {
    std::thread(std::move(body)).detach();
}

NameResolver::NameResolver(Ask ask, Start start)
    : state_(std::make_shared<State>(std::move(ask), std::move(start))) {}

NameResolver::~NameResolver() { state_->end(); }

std::optional<ClientName> NameResolver::known(const std::string& address) {
    return state_->known(address);
}

bool NameResolver::look_up(std::shared_ptr<NameQuestion> question) {
    return state_->look_up(std::move(question));
}

std::size_t NameResolver::waiting() const { return state_->waiting(); }

}  // namespace server
