// What each process group has at once in a server process: requests and the bytes that they hold.
// A group that does not answer may use up its share of connections and memory, and no more: whoever
// comes then gets 503, and the other groups go on. In a group (in embedded mode: of a virtual host
// there) a sender, as network_of() tells them apart, has at most half of what the others leave.
// Shared by all event loops; any thread, without a lock: senders are told apart by a hash, so that
// two of them may, once in some ten thousand times, be one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace server {

class GroupLoads {
    // One line of the cache each: loops count at the same time.
    struct alignas(64) Load {
        std::atomic<std::uint32_t> requests{0};
        std::atomic<std::uint64_t> bytes{0};
        std::atomic<std::uint64_t> answers{0};  // bytes that clients have not taken yet
        std::atomic<std::uint32_t> held_back{0};
    };
    // What one sender has in one group.
    struct Sender {
        std::atomic<std::uint32_t> requests{0};
        std::atomic<std::uint64_t> answers{0};
    };

public:
    // A request's share of its group, given back at its end.
    class Hold {
    public:
        Hold() = default;
        Hold(Hold&& other) noexcept
            : load_(std::exchange(other.load_, nullptr)),
              host_(other.host_),
              sender_(other.sender_),
              bytes_(other.bytes_),
              answer_(other.answer_),
              has_ended_(other.has_ended_) {}
        Hold& operator=(Hold&& other) noexcept;
        ~Hold() { release(); }

        [[nodiscard]] explicit operator bool() const { return load_ != nullptr; }
        void release();
        // Its application has said all: it counts no more, but for what the client has not taken.
        void end_request();
        // So much of its answer waits for the client. Small ones are not counted.
        void hold_answer(std::uint64_t bytes);

    private:
        friend class GroupLoads;
        Hold(Load& load, Sender& sender, std::uint64_t bytes)
            : load_(&load), sender_(&sender), bytes_(bytes) {}
        Load* load_ = nullptr;
        Load* host_ = nullptr;      // in embedded mode, where virtual hosts share it
        Sender* sender_ = nullptr;  // null with load_
        std::uint64_t bytes_ = 0;
        std::uint64_t answer_ = 0;
        bool has_ended_ = false;
    };

    // One of the requests that a group may have at a time while their clients hold the bodies back.
    class Held {
    public:
        Held() = default;
        Held(Held&& other) noexcept : load_(std::exchange(other.load_, nullptr)) {}
        Held& operator=(Held&& other) noexcept {
            release();
            load_ = std::exchange(other.load_, nullptr);
            return *this;
        }
        ~Held() { release(); }

        [[nodiscard]] explicit operator bool() const { return load_ != nullptr; }
        void release() {
            if (Load* const load = std::exchange(load_, nullptr)) {
                load->held_back.fetch_sub(1, std::memory_order_relaxed);
            }
        }

    private:
        friend class GroupLoads;
        explicit Held(Load* load) : load_(load) {}
        Load* load_ = nullptr;
    };

    // `groups` and one more, embedded mode, which is number `groups`. They share what is left of
    // `connections`, the most that the process can have. So many virtual hosts share embedded mode.
    GroupLoads(std::uint32_t groups, std::uint32_t connections, std::uint32_t hosts = 1);

    // Empty: the group, or the sender in it, has its share already. `network`: the sender's.
    [[nodiscard]] Hold admit(std::uint32_t group, std::uint64_t network, std::uint64_t bytes);
    // The same of embedded mode, where no virtual host has more than half of what the others leave.
    [[nodiscard]] Hold admit_embedded(
        std::uint32_t host, std::uint64_t network, std::uint64_t bytes
    );
    // Empty: it has `most` already.
    [[nodiscard]] Held hold_back(std::uint32_t group, std::uint32_t most);
    [[nodiscard]] std::uint32_t embedded() const { return groups_; }
    [[nodiscard]] std::uint32_t requests_max() const { return requests_max_; }

private:
    [[nodiscard]] Hold enter(Load& load, Sender& sender, std::uint64_t bytes);
    [[nodiscard]] Sender& sender_of(std::uint32_t group, std::uint64_t network);

    const std::uint32_t groups_;
    const std::uint32_t requests_max_;
    const std::uint64_t salt_;
    const std::unique_ptr<Sender[]> senders_;
    const std::unique_ptr<Load[]> loads_;
    const std::unique_ptr<Load[]> hosts_;  // their requests in embedded mode; null: there is one
};

}  // namespace server
