// An Exchange: one request and its answer, from the first byte of its head until the last byte of
// the answer has been sent. Event loops keep them for reuse, so that a request allocates nothing.
// Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/budget.h"
#include "core/request/parcel.h"
#include "core/server/answer/answer.h"
#include "core/server/answer/client.h"
#include "core/server/answer/header_view.h"
#include "core/server/answer/page.h"
#include "core/server/answer/responder.h"
#include "core/server/answer/ticket.h"
#include "core/server/served/file_room.h"
#include "core/server/served/generation.h"
#include "core/server/served/group_loads.h"
#include "core/site/conditions/walk.h"

namespace server {

// What core/site is asked about a request, but for what is known from other places; views of the
// arguments.
site::Request question_of(const request::Parcel& parcel, const HeaderView& headers);

class Exchange {
public:
    // Who lends exchanges to connections.
    class Owner {
    public:
        virtual ~Owner() = default;
        // It has ended, or nobody wants it any more.
        virtual void release_exchange(Exchange& exchange) = 0;
    };
    // Where a request is; ARCHITECTURE.md ("The life of an exchange") has who has it meanwhile and
    // what ends that. The order counts: is_deferred() is a range. A new one needs its words in
    // text_of(), its owner in Dispatcher::abandon(), and its line in that table.
    enum class Phase : std::uint8_t {
        kReading,       // its head is being read, or mapped
        kNameAwaited,   // the name of its client's host is looked up
        kFilesAwaited,  // .htaccess files are being read
        kMapAwaited,    // it is mapped beside the loop
        kScriptAsked,   // a dispatch script says who answers; a pool thread has it meanwhile
        kBodyAwaited,   // its body comes first, and then somebody may answer
        kEmbedded,      // Python in this process has it
        kLinkAwaited,   // no process of its group is there yet
        kDaemon,        // a daemon process has it
        kOwnAnswer,     // the server answers by itself: a page or a file
    };

    explicit Exchange(Owner& owner) : owner_(owner) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    Ticket ticket;  // ExchangeTable's
    Phase phase = Phase::kReading;
    // Whoever answers refers to it; a daemon process gets a copy by wire.
    request::Parcel parcel;

    [[nodiscard]] http::Request& request() { return parcel.request; }
    [[nodiscard]] request::Route& route() { return parcel.route; }
    [[nodiscard]] request::Facts& facts() { return parcel.facts; }
    // Nobody answers yet: there is something to wait for.
    [[nodiscard]] bool is_deferred() const {
        return phase >= Phase::kNameAwaited && phase <= Phase::kBodyAwaited;
    }

    Generation::Hold generation;  // that it has begun with, and is answered by
    GroupLoads::Hold hold;        // of the group that is to answer
    Client* client = nullptr;     // null: it has gone
    // Whom the connection hands the body to and takes the answer from. Null: nobody (yet), or the
    // server answers by itself.
    Responder* responder = nullptr;
    std::uint32_t host = 0;  // index into Served::hosts of its generation
    int shown_status = 200;  // other than 200: its ErrorDocument is the answer
    int failure = 0;  // the status with which whoever was to answer has failed; 0: nobody has
    std::optional<std::string> remote_host;  // as site::Request::remote_host
    // Fields that the configuration adds to the answer.
    std::vector<std::pair<std::string, std::string>> extra_headers;
    // For the access log.
    std::int64_t begun = 0;            // of its first byte; microseconds since the epoch
    std::uint64_t bytes_received = 0;  // head and body, so far
    std::uint64_t bytes_sent = 0;      // likewise
    int status = 0;                    // of what has been said; 0: nothing
    std::uint64_t body_bytes = 0;      // of the answer, so far
    base::Share head_share;            // of what the process keeps of heads beyond the usual size
    FileRoom::Share file_share;        // while it sends a file
    bool is_located = false;           // the facts are about this request
    bool has_walk = false;
    std::unique_ptr<site::Walk> walk;  // where config::LogNeeds wants it
    std::string response_head;         // likewise
    Page page;                         // while one of our own is the answer
    http::Response response;           // the head of an answer of a daemon's or of our own
    Answer answer;                     // what the connection has taken and not sent yet
    std::string text;                  // what it has made of that; kept for its memory

    // Keeps what the configuration has made of the request, for its line in the access log.
    void keep(const site::Walk& its_walk);

    // What core/site is asked, once the virtual host has been found; views of this and `headers`.
    [[nodiscard]] site::Request question(const HeaderView& headers);

    // `its_responder` has it from now on; null: nobody.
    void enter(Phase its_phase, Responder* its_responder) {
        phase = its_phase;
        responder = its_responder;
    }
    // The responder has something new to say. Hands it to the client; without one, waits for the
    // end only.
    void on_answer();
    void reset() {
        client = nullptr;
        enter(Phase::kReading, nullptr);
        hold.release();
        answer.clear();
        answer.shrink();
        response.clear();
        if (text.capacity() > kKeptBytes) {
            std::string().swap(text);
        }
        request().clear();
        route().clear();
        parcel.dispatch = {};
        host = 0;
        shown_status = 200;
        failure = 0;
        remote_host.reset();
        extra_headers.clear();
        bytes_received = bytes_sent = body_bytes = 0;
        status = 0;
        head_share.give_back();
        file_share.give_back();
        is_located = has_walk = false;
        response_head.clear();
        generation.reset();  // last: the others may be its
    }

private:
    Owner& owner_;
};

// For people.
[[nodiscard]] std::string_view text_of(Exchange::Phase phase);

}  // namespace server
