#include "core/server/served/group_loads.h"

#include <algorithm>
#include <random>

namespace server {
namespace {

constexpr std::uint64_t kHeldBytesMax = 64 * 1024 * 1024;  // of one group
constexpr std::uint64_t kAnswersMax = 256 * 1024 * 1024;   // likewise
constexpr std::uint64_t kSmallAnswer = 16 * 1024;
constexpr std::uint32_t kRequestsMax = 8192;  // likewise, where descriptors abound
constexpr std::uint32_t kRequestsMin = 16;
constexpr std::uint32_t kSharesMax = 8;
constexpr unsigned kSendersBits = 14;

// Nobody is to choose who counts as one with whom.
std::uint64_t new_salt() {
    std::random_device random;
    return std::uint64_t{random()} << 32U | random();
}

}  // namespace

GroupLoads::Hold& GroupLoads::Hold::operator=(Hold&& other) noexcept {
    release();
    load_ = std::exchange(other.load_, nullptr);
    host_ = other.host_;
    sender_ = other.sender_;
    bytes_ = other.bytes_;
    answer_ = other.answer_;
    has_ended_ = other.has_ended_;
    return *this;
}

void GroupLoads::Hold::hold_answer(std::uint64_t bytes) {
    const std::uint64_t counted = bytes > kSmallAnswer ? bytes : 0;
    if (load_ != nullptr && counted != answer_) {
        load_->answers.fetch_add(counted - answer_, std::memory_order_relaxed);
        sender_->answers.fetch_add(counted - answer_, std::memory_order_relaxed);
        answer_ = counted;
    }
}

void GroupLoads::Hold::end_request() {
    if (load_ == nullptr || std::exchange(has_ended_, true)) {
        return;
    }
    load_->requests.fetch_sub(1, std::memory_order_relaxed);
    sender_->requests.fetch_sub(1, std::memory_order_relaxed);
    if (host_ != nullptr) {
        host_->requests.fetch_sub(1, std::memory_order_relaxed);
    }
}

void GroupLoads::Hold::release() {
    hold_answer(0);
    end_request();
    if (Load* const load = std::exchange(load_, nullptr)) {
        load->bytes.fetch_sub(bytes_, std::memory_order_relaxed);
    }
}

// Every group can have its share while one connection in so many is left for everybody else; with
// many groups that is a bound for the few that hang at once.
GroupLoads::GroupLoads(std::uint32_t groups, std::uint32_t connections, std::uint32_t hosts)
    : groups_(groups),
      requests_max_(std::clamp(
          connections / std::clamp(groups + 1, 2U, kSharesMax), kRequestsMin, kRequestsMax
      )),
      salt_(new_salt()),
      senders_(std::make_unique<Sender[]>(std::size_t{1} << kSendersBits)),
      loads_(std::make_unique<Load[]>(groups + 1)),
      hosts_(hosts < 2 ? nullptr : std::make_unique<Load[]>(hosts)) {}

GroupLoads::Sender& GroupLoads::sender_of(std::uint32_t group, std::uint64_t network) {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15U;  // spreads over the upper bits
    std::uint64_t mixed = (network ^ salt_) * kMultiplier + group;
    mixed = (mixed ^ mixed >> 32U) * kMultiplier;
    return senders_[mixed >> (64U - kSendersBits)];
}

// Without a look at who has how much.
GroupLoads::Hold GroupLoads::enter(Load& load, Sender& sender, std::uint64_t bytes) {
    Hold hold(load, sender, bytes);
    const std::uint32_t others = load.requests.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t theirs = load.bytes.fetch_add(bytes, std::memory_order_relaxed);
    sender.requests.fetch_add(1, std::memory_order_relaxed);
    const bool has_room = others < requests_max_ && theirs + bytes <= kHeldBytesMax &&
                          load.answers.load(std::memory_order_relaxed) <= kAnswersMax;
    return has_room ? std::move(hold) : Hold();
}

// Other loops may count in between: a bound, and no account. So what is not the sender's may seem
// to be more than there is, or less than nothing.
GroupLoads::Hold GroupLoads::admit(
    std::uint32_t group, std::uint64_t network, std::uint64_t bytes
) {
    Load& load = loads_[group];
    Sender& sender = sender_of(group, network);
    Hold hold = enter(load, sender, bytes);
    const std::uint64_t its = sender.requests.load(std::memory_order_relaxed);
    const std::uint64_t all = load.requests.load(std::memory_order_relaxed);
    const std::uint64_t its_answers = sender.answers.load(std::memory_order_relaxed);
    const std::uint64_t all_answers = load.answers.load(std::memory_order_relaxed);
    const bool has_its_share = its + std::max(all, its) > std::uint64_t{requests_max_} + 1 ||
                               its_answers + std::max(all_answers, its_answers) > kAnswersMax;
    return has_its_share ? Hold() : std::move(hold);
}

GroupLoads::Hold GroupLoads::admit_embedded(
    std::uint32_t host, std::uint64_t network, std::uint64_t bytes
) {
    if (hosts_ == nullptr) {
        return admit(embedded(), network, bytes);
    }
    Load& load = loads_[groups_];
    Sender& sender = sender_of(groups_ + host, network);
    Hold hold = enter(load, sender, bytes);
    if (!hold) {
        return hold;
    }
    hold.host_ = &hosts_[host];
    const std::uint64_t its = hold.host_->requests.fetch_add(1, std::memory_order_relaxed) + 1;
    const std::uint64_t of_sender = sender.requests.load(std::memory_order_relaxed);
    const std::uint64_t all = load.requests.load(std::memory_order_relaxed);
    // Its host has half of what the others leave; of that, it has half of what its others leave.
    const std::uint64_t others = std::max(all, its) - its;
    const std::uint64_t others_of_host = std::max(its, of_sender) - of_sender;
    const std::uint64_t of_host_most =
        (requests_max_ + 1 - std::min<std::uint64_t>(others, requests_max_)) / 2;
    const bool has_its_share =
        its > of_host_most || 2 * of_sender + others_of_host > of_host_most + 1;
    return has_its_share ? Hold() : std::move(hold);
}

GroupLoads::Held GroupLoads::hold_back(std::uint32_t group, std::uint32_t most) {
    Held held(&loads_[group]);
    const std::uint32_t others = loads_[group].held_back.fetch_add(1, std::memory_order_relaxed);
    return others < most ? std::move(held) : Held();
}

}  // namespace server
