// DaemonGroups and all below it without a loop thread, a process or a socket: the ring is scripted,
// the test is the daemon processes, and clients are values that keep what they get.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/answer/exchange.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/links/daemon_stream.h"
#include "core/server/served/served.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "tests/support/deadline.h"
#include "tests/support/unit/scripted_ring.h"
#include "tests/unit/server/served_text.h"

namespace test {

// Takes what there is at once.
class EagerClient final : public server::Asker {
public:
    explicit EagerClient(server::Exchange& exchange) : exchange_(exchange) {}

    void pump() override {
        if (!reads || exchange_.responder == nullptr) {
            return;
        }
        has_continued = has_continued || exchange_.responder->take_continue_wish();
        server::Answer& taken = exchange_.reply.answer;
        exchange_.responder->take(taken);
        status = taken.head != nullptr ? taken.head->status : status;
        bytes += taken.body;
        files += taken.file.is_open() ? 1 : 0;
        is_complete = taken.ending == server::Answer::Ending::kComplete;
        is_broken = taken.ending == server::Answer::Ending::kBroken;
        failure = taken.failure;
    }
    void answer_with_page(server::Page) override { ADD_FAILURE() << "nobody asks for a page"; }
    void answer_with_file(const site::Outcome&) override { ADD_FAILURE() << "nor for a file"; }
    void answer_failure(int its_status) override { failure = its_status; }
    void answer_instead(server::Page page) override { failure = page.status; }
    [[nodiscard]] bool is_body_coming() const override { return false; }
    [[nodiscard]] bool is_body_held_back() const override { return false; }
    [[nodiscard]] const std::string& remote_addr() const override { return address_; }
    [[nodiscard]] std::uint16_t remote_port() const override { return 4711; }
    [[nodiscard]] bool has_ended() const { return is_complete || is_broken || failure != 0; }

    bool reads = true;
    bool has_continued = false;
    int status = 0;
    std::string bytes;
    int files = 0;
    bool is_complete = false;
    bool is_broken = false;
    int failure = 0;

private:
    server::Exchange& exchange_;
    const std::string address_ = "192.0.2.7";
};

class LinksUnderTest final : public server::DaemonGroups::Host,
                             public server::DaemonStream::Host,
                             public server::Exchange::Owner,
                             public loop::TurnEnd {
public:
    // A request that is asked of group number 0.
    struct Asked {
        explicit Asked(LinksUnderTest& test) : exchange(test), stream(exchange, test) {}
        server::Exchange exchange;
        server::DaemonStream stream;
        EagerClient client{exchange};
        bool is_released = false;
    };

    explicit LinksUnderTest(
        std::chrono::milliseconds ending = server::DaemonGroups::kEnding,
        const std::string& text = "Timeout 1\nWSGIDaemonProcess g\n"
    )
        : LinksUnderTest(ServedText::of(text), ending) {}
    // Another event loop of the same server process.
    explicit LinksUnderTest(const LinksUnderTest& other)
        : LinksUnderTest(other.served_, server::DaemonGroups::kEnding) {}
    LinksUnderTest& operator=(const LinksUnderTest&) = delete;
    LinksUnderTest(std::shared_ptr<const server::Served> served, std::chrono::milliseconds ending)
        : served_(std::move(served)) {
        auto ring = std::make_unique<ScriptedRing>();
        ring_ = ring.get();
        auto made = loop::Loop::create(std::move(ring));
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        groups_ = std::make_unique<server::DaemonGroups>(*this, *loop_, *served_, ending);
        loop_->at_turn_end(*this);
    }
    ~LinksUnderTest() override {
        for (Asked& asked : asked_) {
            leave(asked);
        }
        static_cast<void>(groups_->close_all());
        turn();
        turn();
    }

    // --- The daemon process
    // What stands for its socket; the number of the link.
    int add_link(std::uint32_t process = 0) {
        base::Fd socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const int link = socket.get();
        ring_->forget(link);  // what was said to another of that number
        words_.erase(link);
        groups_->add_link(std::move(socket), {0, process, 0, 0, ++generation_});
        turn();
        return link;
    }
    void say(
        int link,
        ipc::FrameType type,
        std::uint32_t stream = 0,
        base::Bytes payload = {},
        std::uint8_t flags = 0
    ) {
        words_of(link).frame(type, stream, flags, payload);
        arrive(link);
        turn();
    }
    // What it is about to say, and that it has: frames are counted.
    ipc::Outbox& words_of(int link) { return words_[link]; }
    void arrive(int link) {
        ring_->arrive(link, words_of(link).bytes());
        words_of(link).drop_all();
    }
    void say_with(
        int link,
        ipc::FrameType type,
        std::uint32_t stream,
        std::vector<base::Fd> descriptors,
        base::Bytes payload
    ) {
        ipc::Outbox& words = words_of(link);
        words.frame(type, stream, 0, payload);
        ipc::FrameHeader header;
        std::memcpy(&header, words.bytes().data(), sizeof header);
        header.descriptors = static_cast<std::uint8_t>(descriptors.size());
        std::memcpy(words.bytes().data(), &header, sizeof header);
        ring_->arrive_with(link, words.bytes(), std::move(descriptors));
        words.drop_all();
        turn();
    }
    void say_head(int link, std::uint32_t stream, std::uint64_t length, std::uint8_t flags = 0) {
        say(link, ipc::FrameType::kHead, stream, head(length), flags);
    }
    static std::string head(std::uint64_t length) {
        http::Response response;
        response.status = 200;
        response.reason = "OK";
        response.content_length = length;
        std::string bytes;
        ipc::encode_response(response, bytes);
        return bytes;
    }
    void die(int link) {
        ring_->arrive_end(link);
        turn();
    }
    // What it has been sent: headers only.
    std::vector<ipc::FrameHeader> heard(int link) {
        const std::string bytes = ring_->take_sent(link);
        std::vector<ipc::FrameHeader> frames;
        for (std::size_t at = 0; at + sizeof(ipc::FrameHeader) <= bytes.size();) {
            ipc::FrameHeader header;
            std::memcpy(&header, bytes.data() + at, sizeof header);
            at += sizeof header + header.size;
            frames.push_back(header);
        }
        return frames;
    }

    // --- Clients
    Asked& ask(bool has_body = false, const request::Route& route = {}) {
        Asked& asked = asked_.emplace_back(*this);
        asked.exchange.route() = route;
        asked.exchange.client = &asked.client;
        asked.exchange.request().method = has_body ? "POST" : "GET";
        asked.exchange.request().target = "/";
        asked.exchange.request().chunked = has_body;
        if (!groups_->dispatch(asked.stream, 0)) {
            asked.client.failure = 503;
            asked.exchange.enter(server::Exchange::Phase::kReading, nullptr);
        }
        turn();
        return asked;
    }
    // As a loop thread does when a connection ends.
    void leave(Asked& asked) {
        asked.exchange.client = nullptr;
        if (asked.exchange.responder != nullptr && !asked.client.has_ended()) {
            asked.exchange.responder->abandon();
            asked.exchange.on_answer();
        }
    }

    void turn() {
        loop_->turn(std::chrono::milliseconds(0));
        loop_->turn(std::chrono::milliseconds(0));
    }
    template <class Condition>
    [[nodiscard]] bool turn_until(Condition&& condition) {
        const Deadline deadline;
        while (!condition()) {
            if (deadline.has_passed()) {
                return false;
            }
            turn();
        }
        return true;
    }
    ScriptedRing& ring() { return *ring_; }
    server::DaemonGroups& groups() { return *groups_; }

    server::FileRoom files{16};
    std::vector<ipc::Link> lost;
    bool drains = false;

    // --- What the rooms below need
    [[nodiscard]] bool is_draining() const override { return drains; }
    void on_link_ended() override {}
    void on_link_lost(const ipc::Link& link) override { lost.push_back(link); }
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const server::Exchange&) const override {
        return served_->hosts[0].timeout;
    }
    void log_client(const server::Exchange&, base::LogLevel, const std::string&) override {}
    server::FileRoom& file_room() override { return files; }
    void forget(server::DaemonStream& stream) override { groups_->forget(stream); }
    void release_exchange(server::Exchange& exchange) override {
        for (Asked& asked : asked_) {
            asked.is_released = asked.is_released || &asked.exchange == &exchange;
        }
    }
    std::optional<std::chrono::nanoseconds> on_turn_end() override {
        groups_->flush();
        return std::nullopt;
    }

private:
    const std::shared_ptr<const server::Served> served_;
    std::unique_ptr<loop::Loop> loop_;
    ScriptedRing* ring_ = nullptr;
    std::unique_ptr<server::DaemonGroups> groups_;
    std::list<Asked> asked_;
    std::uint32_t generation_ = 0;
    std::map<int, ipc::Outbox> words_;  // by link
};

}  // namespace test
