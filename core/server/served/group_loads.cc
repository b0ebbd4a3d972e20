#include "core/server/served/group_loads.h"

#include <algorithm>

namespace server {
namespace {

constexpr std::uint64_t kHeldBytesMax = 64 * 1024 * 1024;  // of one group
constexpr std::uint64_t kAnswersMax = 256 * 1024 * 1024;   // likewise
constexpr std::uint64_t kSmallAnswer = 16 * 1024;
constexpr std::uint32_t kRequestsMax = 8192;  // likewise, where descriptors abound
constexpr std::uint32_t kRequestsMin = 16;
constexpr std::uint32_t kSharesMax = 8;

}  // namespace

GroupLoads::Hold& GroupLoads::Hold::operator=(Hold&& other) noexcept {
    release();
    load_ = std::exchange(other.load_, nullptr);
    host_ = other.host_;
    bytes_ = other.bytes_;
    answer_ = other.answer_;
    return *this;
}

void GroupLoads::Hold::hold_answer(std::uint64_t bytes) {
    const std::uint64_t counted = bytes > kSmallAnswer ? bytes : 0;
    if (load_ != nullptr && counted != answer_) {
        load_->answers.fetch_add(counted - answer_, std::memory_order_relaxed);
        answer_ = counted;
    }
}

void GroupLoads::Hold::release() {
    hold_answer(0);
    if (Load* const load = std::exchange(load_, nullptr)) {
        load->requests.fetch_sub(1, std::memory_order_relaxed);
        load->bytes.fetch_sub(bytes_, std::memory_order_relaxed);
        if (host_ != nullptr) {
            host_->requests.fetch_sub(1, std::memory_order_relaxed);
        }
    }
}

// Every group can have its share while one connection in so many is left for everybody else; with
// many groups that is a bound for the few that hang at once.
GroupLoads::GroupLoads(std::uint32_t groups, std::uint32_t connections, std::uint32_t hosts)
    : groups_(groups),
      requests_max_(std::clamp(
          connections / std::clamp(groups + 1, 2U, kSharesMax), kRequestsMin, kRequestsMax
      )),
      loads_(std::make_unique<Load[]>(groups + 1)),
      hosts_(hosts < 2 ? nullptr : std::make_unique<Load[]>(hosts)) {}

GroupLoads::Hold GroupLoads::admit(std::uint32_t group, std::uint64_t bytes) {
    Load& load = loads_[group];
    Hold hold(load, bytes);
    const std::uint32_t others = load.requests.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t theirs = load.bytes.fetch_add(bytes, std::memory_order_relaxed);
    const bool has_room = others < requests_max_ && theirs + bytes <= kHeldBytesMax &&
                          load.answers.load(std::memory_order_relaxed) <= kAnswersMax;
    return has_room ? std::move(hold) : Hold();
}

GroupLoads::Hold GroupLoads::admit_embedded(std::uint32_t host, std::uint64_t bytes) {
    Hold hold = admit(embedded(), bytes);
    if (!hold || hosts_ == nullptr) {
        return hold;
    }
    hold.host_ = &hosts_[host];
    const std::uint32_t its = hold.host_->requests.fetch_add(1, std::memory_order_relaxed) + 1;
    const std::uint32_t all = loads_[groups_].requests.load(std::memory_order_relaxed);
    // Other loops may count in between: a bound, and no account.
    const std::uint32_t others = std::min(all - std::min(its, all), requests_max_);
    return its <= (requests_max_ - others + 1) / 2 ? std::move(hold) : Hold();
}

GroupLoads::Held GroupLoads::hold_back(std::uint32_t group, std::uint32_t most) {
    Held held(&loads_[group]);
    const std::uint32_t others = loads_[group].held_back.fetch_add(1, std::memory_order_relaxed);
    return others < most ? std::move(held) : Held();
}

}  // namespace server
