// Requests, responses and setups with something in every member, and how to compare them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/request/facts.h"
#include "core/request/route.h"
#include "http/request.h"
#include "http/response.h"
#include "ipc/setup.h"

namespace test {

struct WholeRequest {
    http::Request request;
    request::Route route;
    request::Facts facts;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

inline Fields fields_of(const http::Headers& headers) {
    Fields fields;
    for (const http::Header header : headers) {
        fields.emplace_back(header.name, header.value);
    }
    return fields;
}

inline WholeRequest sample_request() {
    WholeRequest whole;
    whole.request.method = "BREW";
    whole.request.target = "/p%00t?q=\xff";
    whole.request.authority = "[::1]:8080";
    whole.request.minor = 0;
    whole.request.chunked = true;
    whole.request.expects_continue = true;
    whole.request.content_length = 0;
    whole.request.headers.add("Host", "[::1]:8080");
    whole.request.headers.add("X-Empty", "");
    whole.request.headers.add("x-eMPTY", std::string("\xe4 \t;", 4));
    whole.route = {
        4711,
        "group",
        "app|/x",
        "application",
        "/srv/site.wsgi",
        "/mount",
        "/p\nt",
        "foo",
        "/srv/foo.wsgi",
        false,
        {3, true},
        "GET",
        "a=b",
        {}};
    whole.route.environment.add("HTTPS", "on");
    whole.route.environment.add("EMPTY", "");
    whole.facts.remote_addr = "192.0.2.1";
    whole.facts.remote_port = 65535;
    whole.facts.server_addr = "::1";
    whole.facts.server_port = 8080;
    whole.facts.server_name = "localhost";
    whole.facts.server_port_name = "8080";
    whole.facts.listener_host = "::1";
    whole.facts.is_https = true;
    whole.facts.pass_authorization = true;
    whole.facts.request_id = "id";
    whole.facts.server_pid = -7;
    whole.facts.request_start = 1.5;
    whole.facts.queue_start = 2.25;
    return whole;
}

inline http::Response sample_response() {
    http::Response response;
    response.status = 299;
    response.reason = "Fine, thanks";
    response.content_length = 12345678901;
    response.headers.add("Content-Type", "text/plain");
    response.headers.add("Set-Cookie", "a=1");
    response.headers.add("Set-Cookie", "b=2");
    return response;
}

inline ipc::DaemonSetup sample_setup() {
    ipc::DaemonSetup setup;
    setup.process_group = "group";
    setup.process_index = 3;
    setup.identity = {true, 1000, 1001, "user", "/home/user"};
    setup.new_privileges = true;
    setup.display_name = "(wsgi:group)";
    setup.home = "/srv";
    setup.python_home = "/srv/venv";
    setup.python_path = {"/a", "", "/b c"};
    setup.threads = 15;
    setup.stack_size = std::uint64_t{1} << 40U;
    setup.is_multiprocess = true;
    setup.server_software = "Hoopsnake/1.2.3";
    setup.logs = {base::LogLevel::kEmerg, base::LogLevel::kWarn, base::LogLevel::kTrace8};
    setup.hosts = {{2, 1, {{"SERVER_ADMIN", "me"}, {"EMPTY", ""}}}, {9, 2, {}}};
    setup.preloads = {{"/srv/site.wsgi", "app"}, {"module:app", "", false}};
    setup.script_owner = {ipc::DaemonSetup::ScriptOwner::Kind::kGroup, 33, "script-group=www-data"};
    return setup;
}

}  // namespace test
