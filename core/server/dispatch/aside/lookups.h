// Lookups: what other threads find out for requests of an event loop while it serves others: the
// names of clients, and .htaccess files. Each answer is for a ticket; whose request has gone is
// nobody's. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/answer/ticket.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/site/map/mapper.h"

namespace server {

class Lookups {
public:
    // `name` is that of the client's host where it was asked for.
    using Tell = std::function<void(Ticket ticket, std::optional<std::string> name)>;

    Lookups(loop::Loop& loop, site::Mapper& mapper, NameResolver::Start start)
        : mapper_(mapper), names_(loop, std::move(start)) {}

    // The name of `address`, "" where it has none; nothing where it has to be looked up.
    [[nodiscard]] std::optional<std::string> known_name(const std::string& address) {
        return names_.known(address);
    }
    void look_up_name(const std::string& address, Ticket ticket) {
        names_.look_up(address, ticket);
    }
    // The mapper's thread reads a file that it lacks.
    void await_files(Ticket ticket) { waiting_for_files_.push_back(ticket); }
    // Tells of what has been found out; who still has to wait asks again.
    void take(const Tell& tell);

private:
    void take_files(const Tell& tell);

    site::Mapper& mapper_;
    NameResolver names_;
    std::vector<NameResolver::Found> found_;
    std::uint64_t files_read_ = 0;  // when waiting_for_files_ was last gone through
    std::vector<Ticket> waiting_for_files_;
};

}  // namespace server
