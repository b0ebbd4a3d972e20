// An Exchange: one request and its answer, from the first byte of its head until the last byte of
// the answer has been sent. Event loops keep them for reuse, so that a request allocates nothing.
// Loop thread only.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/request/parcel.h"
#include "core/server/answer/asker.h"
#include "core/server/answer/kept_outcome.h"
#include "core/server/answer/known.h"
#include "core/server/answer/reply.h"
#include "core/server/answer/responder.h"
#include "core/server/answer/tally.h"
#include "core/server/answer/ticket.h"
#include "core/server/served/file_room.h"
#include "core/server/served/generation.h"
#include "core/server/served/group_loads.h"

namespace server {

struct ServedHost;

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

    // What it has of things of which there is not enough for everybody.
    struct Shares {
        GroupLoads::Hold load;       // of the group that is to answer
        GroupLoads::Held held_back;  // its body, while its group has the request
        FileRoom::Share files;       // while it sends a file

        void give_back() {
            load.release();
            held_back.release();
            files.give_back();
        }
    };

    explicit Exchange(Owner& owner) : owner_(owner) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    Ticket ticket;  // ExchangeTable's
    Phase phase = Phase::kReading;
    Generation::Hold generation;  // that it has begun with, and is answered by
    Asker* client = nullptr;      // null: it has gone
    // Whom the connection hands the body to and takes the answer from. Null: nobody (yet), or the
    // server answers by itself.
    Responder* responder = nullptr;

    // Whoever answers refers to it; a daemon process gets a copy by wire.
    request::Parcel parcel;
    Known known;          // besides, and what core/site is asked with it
    KeptOutcome outcome;  // what the configuration makes of it
    Reply reply;          // what goes out
    Tally tally;          // for the access log
    Shares shares;

    [[nodiscard]] http::Request& request() { return parcel.request; }
    [[nodiscard]] request::Route& route() { return parcel.route; }
    [[nodiscard]] request::Facts& facts() { return parcel.facts; }
    // Of its generation; the first one until it has been found.
    [[nodiscard]] const ServedHost& virtual_host() const;
    // What core/site is asked, once the virtual host has been found; views of this and `headers`.
    [[nodiscard]] site::RequestView question(const HeaderView& headers) const {
        return question_of(parcel, known, headers);
    }
    // Nobody answers yet: there is something to wait for.
    [[nodiscard]] bool is_deferred() const {
        return phase >= Phase::kNameAwaited && phase <= Phase::kBodyAwaited;
    }

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
        parcel.clear();
        known = {};
        outcome.reset();
        reply.reset();
        tally = {};
        shares.give_back();
        generation.reset();  // last: the others may be its
    }

private:
    Owner& owner_;
};

// For people.
[[nodiscard]] std::string_view text_of(Exchange::Phase phase);

}  // namespace server
