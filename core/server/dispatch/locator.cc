#include "core/server/dispatch/locator.h"

#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

#include "core/base/text/text.h"

namespace server {
namespace {

void assign_number(std::string& out, std::uint64_t number, int base = 10) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, base).ptr;
    out.assign(digits, end);
}

}  // namespace

const ServedHost& Locator::locate(Exchange& exchange, const ConnectionSettings& settings) {
    const Served& served = exchange.generation->served();
    const std::string& authority = exchange.request().authority;
    exchange.known.host = settings.names().find(authority);
    const ServedHost& host = exchange.virtual_host();
    const Arrival& arrival = settings.arrival();
    request::Facts& facts = exchange.facts();
    facts.remote_addr = arrival.ends.remote_address;
    facts.remote_port = arrival.ends.remote_port;
    facts.server_addr = arrival.ends.local_address;
    facts.server_port = arrival.endpoint.port;
    facts.listener_host.assign(
        arrival.endpoint.is_wildcard ? std::string_view() : arrival.endpoint.address
    );
    // SERVER_NAME and SERVER_PORT follow the Host field, unless UseCanonicalName is On.
    const bool is_canonical = host.uses_canonical_name && !host.server_name.empty();
    const std::string_view name = is_canonical ? std::string_view() : site::name_in(authority);
    facts.server_name.clear();
    base::append_lower(facts.server_name, name.empty() ? std::string_view(host.server_name) : name);
    constexpr std::uint16_t kHttpPort = 80;
    const std::uint16_t asked = is_canonical ? std::uint16_t{0} : site::port_in(authority);
    const std::uint16_t port = asked != 0 ? asked : host.server_name_port;
    assign_number(facts.server_port_name, port != 0 ? port : kHttpPort);
    constexpr int kPidShift = 40;
    assign_number(
        facts.request_id, (static_cast<std::uint64_t>(served.pid) << kPidShift) + ++requests_, 16
    );
    facts.is_https = false;  // no transport of today's; what is written here outlives its request
    facts.server_pid = served.pid;
    facts.request_start = clock_.seconds();
    facts.queue_start = 0;
    facts.daemon_start = 0;
    exchange.known.is_located = true;
    return host;
}

}  // namespace server
