// A Ring without a kernel: descriptors are names, peers are strings, and operations are answered as
// the test says, short, failed, or in any order that the seed brings. What it does is the same in
// every run. One thread.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/ring/ring.h"

namespace test {

class ScriptedRing final : public loop::Ring {
public:
    using Kind = loop::SystemCall::Kind;

    // kShort: pieces of 1 to 16 bytes, sometimes all that is left, as the seed says.
    enum class Sizes { kWhole, kShort };
    // Among operations; the bytes of one stream keep theirs.
    enum class Order { kAsAsked, kShuffled };

    explicit ScriptedRing(
        Sizes sizes = Sizes::kWhole, Order order = Order::kAsAsked, std::uint32_t seed = 1
    )
        : sizes_(sizes), order_(order), random_(seed) {}
    ~ScriptedRing() override;

    // --- The peer ---
    void connect(int listener, int fd);           // what accept will bring
    void arrive(int fd, std::string_view bytes);  // after those that arrived before
    // With descriptors of the peer's, which belong to the first of these bytes.
    void arrive_with(int fd, std::string_view bytes, std::vector<base::Fd> descriptors);
    void arrive_end(int fd) { arrive_error(fd, 0); }
    void arrive_error(int fd, int error);                     // 0 or -errno, after the bytes
    void hold_sends(int fd) { peer(fd).holds_sends = true; }  // a full socket
    void resume_sends(int fd) { peer(fd).holds_sends = false; }
    [[nodiscard]] std::string_view sent(int fd) { return peer(fd).sent; }
    std::string take_sent(int fd) { return std::exchange(peer(fd).sent, {}); }

    // --- The script ---
    // The next operation of this kind on `fd` ends so, whatever its peer has. For sends, a positive
    // result is how many bytes are taken at most. Polls and watches are answered in no other way.
    void answer(Kind kind, int fd, int result) { answers_[{fd, kind}].push_back(result); }

    [[nodiscard]] bool is_asked(Kind kind, int fd) const;
    // For how many bytes the message that is being received there has room.
    [[nodiscard]] std::size_t room(int fd) const;
    [[nodiscard]] std::size_t in_flight() const { return asked_.size(); }
    [[nodiscard]] bool is_forgotten(int fd) { return peer(fd).is_forgotten; }
    // Turns until nothing can be answered any more.
    void run_until_idle();

    // --- Ring ---
    [[nodiscard]] bool is_watching(int) override { return true; }
    void accept(int listener, loop::Operation& operation) override;
    void receive(int socket, loop::Operation& operation) override;
    void receive_once(int socket, loop::Operation& operation) override;
    void receive_message(int socket, msghdr& message, loop::Operation& operation) override;
    void send(int socket, base::Bytes bytes, loop::Operation& operation) override;
    void send_message(int socket, const msghdr& message, loop::Operation& operation) override;
    void send_file(
        int socket, int file, off_t offset, std::size_t count, loop::Operation& operation
    ) override;
    void poll(int fd, short events, loop::Operation& operation) override;
    void watch(int fd, short events, loop::Operation& operation) override;
    void cancel(loop::Operation& operation) override;
    void forget(int fd) override;
    void wait(std::optional<std::chrono::nanoseconds>) override {}
    void deliver() override;
    [[nodiscard]] bool is_ready() override;
    [[nodiscard]] std::string_view name() const override { return "scripted"; }

private:
    struct Peer {
        std::deque<int> connecting;
        std::string arriving;
        std::deque<std::vector<base::Fd>> descriptors;
        std::deque<std::size_t> descriptors_at;  // how many bytes arrive before they do
        std::optional<int> ending;
        std::string sent;
        bool holds_sends = false;
        bool is_forgotten = false;
    };

    void ask(const loop::SystemCall& request, loop::Operation& operation);
    Peer& peer(int fd) { return peers_[fd]; }
    std::size_t some_of(std::size_t size);
    [[nodiscard]] bool can_answer(const loop::SystemCall& request);
    void answer_now(loop::Operation& operation);
    void end(loop::Operation& operation, int result);
    void take_bytes(loop::Operation& operation);
    void give_bytes(loop::Operation& operation);
    void give_message(loop::Operation& operation);

    const Sizes sizes_;
    const Order order_;
    std::mt19937 random_;
    std::map<int, Peer> peers_;
    std::map<std::pair<int, Kind>, std::deque<int>> answers_;
    std::vector<loop::Operation*> asked_;  // in flight, in the order in which they were asked
};

}  // namespace test
