#include "core/server/dispatch/locator.h"

#include <atomic>
#include <charconv>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/base/text/text.h"

namespace server {
namespace {

void assign_hexadecimal(std::string& out, std::uint64_t number) {
    char digits[2 * sizeof number];
    out.assign(digits, std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr);
}

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

// One object, and with it one number, for those of most connections.
std::shared_ptr<const request::Surroundings> Locator::share(request::Surroundings found) {
    if (last_ != nullptr) {
        found.number = last_->number;
        if (found == *last_) {
            return last_;
        }
    }
    found.number = next_number();
    last_ = std::make_shared<const request::Surroundings>(std::move(found));
    return last_;
}

AskedHost Locator::find(const std::string& authority, const ConnectionSettings& settings) {
    const std::uint32_t number = settings.names().find(authority);
    const ServedHost& host = settings.generation()->served().hosts[number];
    const Arrival& arrival = settings.arrival();
    request::Surroundings found;
    found.server_addr = arrival.ends.local_address;
    found.server_port = arrival.endpoint.port;
    found.listener_host = arrival.endpoint.is_wildcard ? "" : arrival.endpoint.address;
    // SERVER_NAME and SERVER_PORT follow the Host field, unless UseCanonicalName is On.
    const bool is_canonical = host.uses_canonical_name && !host.server_name.empty();
    const std::string_view name = is_canonical ? std::string_view() : site::name_in(authority);
    found.server_name = base::lower_case(name.empty() ? std::string_view(host.server_name) : name);
    constexpr std::uint16_t kHttpPort = 80;
    const std::uint16_t asked = is_canonical ? std::uint16_t{0} : site::port_in(authority);
    const std::uint16_t port = asked != 0 ? asked : host.server_name_port;
    found.server_port_name = std::to_string(port != 0 ? port : kHttpPort);
    return {authority, number, site::has_plain_name(authority), share(std::move(found))};
}

const ServedHost& Locator::locate(Exchange& exchange, ConnectionSettings& settings) {
    // One generation says what the authority means, and is what the request is answered by.
    CHECK(exchange.generation == settings.generation());
    const std::string& authority = exchange.request().authority;
    AskedHost& asked = settings.asked();
    if (!asked.is_about(authority)) {
        asked = find(authority, settings);
    }
    exchange.known.host = asked.host;
    exchange.known.has_plain_name = asked.has_plain_name;
    exchange.known.network = settings.arrival().network;
    request::Facts& facts = exchange.facts();
    // The exchange's last request came in at the same place most often.
    if (facts.number != asked.surroundings->number) {
        facts.number = 0;  // until all of them are there
        static_cast<request::Surroundings&>(facts) = *asked.surroundings;
    }
    facts.remote_addr = settings.arrival().ends.remote_address;
    facts.remote_port = settings.arrival().ends.remote_port;
    constexpr int kPidShift = 40;
    const std::int32_t pid = exchange.generation->served().pid;
    assign_hexadecimal(
        facts.request_id, (static_cast<std::uint64_t>(pid) << kPidShift) + ++requests_
    );
    facts.is_https = false;  // no transport of today's; what is written here outlives its request
    facts.server_pid = pid;
    facts.request_start = clock_.seconds();
    facts.queue_start = 0;
    facts.daemon_start = 0;
    exchange.known.is_located = true;
    return exchange.virtual_host();
}

}  // namespace server
