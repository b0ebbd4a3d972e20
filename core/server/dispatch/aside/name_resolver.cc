#include "core/server/dispatch/aside/name_resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "core/base/system/address_list.h"
#include "core/base/system/log.h"

namespace server {
namespace {

constexpr std::size_t kThreadsMax = 4;
constexpr std::size_t kKnownMax = 4096;      // addresses; then all are forgotten
constexpr std::size_t kQuestionsMax = 1000;  // who comes then has no name
constexpr std::chrono::minutes kRememberedFor{5};

base::AddressList addresses_of(const std::string& host, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    return base::AddressList(
        ::getaddrinfo(host.c_str(), nullptr, &hints, &list) == 0 ? list : nullptr
    );
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

std::string NameResolver::name_of(const std::string& address) {
    const base::AddressList given = addresses_of(address, AI_NUMERICHOST);
    std::array<char, NI_MAXHOST> name{};
    if (!given ||
        ::getnameinfo(
            given->ai_addr, given->ai_addrlen, name.data(), name.size(), nullptr, 0, NI_NAMEREQD
        ) != 0) {
        return {};
    }
    const base::AddressList back = addresses_of(name.data(), 0);
    for (const addrinfo* entry = back.get(); entry != nullptr; entry = entry->ai_next) {
        if (is_same(*entry->ai_addr, *given->ai_addr)) {
            return name.data();
        }
    }
    return {};
}

NameResolver::~NameResolver() {
    {
        const Lock lock(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

const NameResolver::Remembered* NameResolver::find(const Lock&, const std::string& address) const {
    const auto found = known_.find(address);
    return found == known_.end() || found->second.until < Clock::now() ? nullptr : &found->second;
}

std::optional<std::string> NameResolver::known(const std::string& address) {
    const Lock lock(mutex_);
    const Remembered* const found = find(lock, address);
    return found == nullptr ? std::nullopt : std::optional(found->name);
}

std::thread NameResolver::start_thread(std::function<void()> body) {
    return std::thread(std::move(body));
}

// Starts one more where that helps. Out of threads is no reason to end: fewer do the work, and
// where there is none at all nobody has a name.
bool NameResolver::has_thread(const Lock&) {
    if (idle_ == 0 && threads_.size() < kThreadsMax) {
        try {
            threads_.push_back(start_([this] { run(); }));
        } catch (const std::system_error& error) {
            base::main_log().error("cannot start a thread that looks names up: {}", error.what());
        }
    }
    return !threads_.empty();
}

void NameResolver::look_up(const std::string& address, Ticket ticket) {
    const Lock lock(mutex_);
    if (questions_.size() >= kQuestionsMax || !has_thread(lock)) {
        answer(lock, {address, ticket}, "");
        return;
    }
    questions_.push_back({address, ticket});
    changed_.notify_one();
}

void NameResolver::answer(const Lock&, const Question& question, const std::string& name) {
    found_.push_back({question.ticket, name});
    has_found_.store(true, std::memory_order_release);
    loop_.wake();
}

void NameResolver::take(std::vector<Found>& taken) {
    if (!has_found_.load(std::memory_order_acquire)) {
        return;
    }
    const Lock lock(mutex_);
    std::swap(taken, found_);
    has_found_.store(false, std::memory_order_relaxed);
}

void NameResolver::run() {
    Lock lock(mutex_);
    for (;;) {
        ++idle_;
        changed_.wait(lock, [this] { return is_ending_ || !questions_.empty(); });
        --idle_;
        if (questions_.empty()) {
            return;
        }
        const Question question = std::move(questions_.front());
        questions_.pop_front();
        if (const Remembered* const found = find(lock, question.address)) {
            answer(lock, question, found->name);
            continue;
        }
        lock.unlock();
        const std::string name = name_of(question.address);
        lock.lock();
        if (known_.size() >= kKnownMax) {
            known_.clear();
        }
        known_.insert_or_assign(question.address, Remembered{name, Clock::now() + kRememberedFor});
        answer(lock, question, name);
    }
}

}  // namespace server
