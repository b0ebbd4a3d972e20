// A request on its way through a configuration, for tests of whatever looks at one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/site/conditions/walk.h"

namespace support {

class SampleFields : public site::HeaderFields {
public:
    explicit SampleFields(std::vector<std::pair<std::string, std::string>> fields)
        : fields_(std::move(fields)) {}

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const override {
        std::optional<std::string> all;
        for (const auto& [field, value] : fields_) {
            if (base::equal_case_blind(field, name)) {
                all = all ? *all + ", " + value : value;
            }
        }
        return all;
    }
    [[nodiscard]] std::size_t count() const override { return fields_.size(); }
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index
    ) const override {
        return fields_.at(index);
    }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// GET /shop/%7Ea/list.py/x?q=1&r=2 to www.example.com:8080 from 192.168.7.9. Members may be
// changed.
struct SampleWalk {
    SampleWalk() {
        config.hosts.resize(1);
        config.hosts[0].server_name = "configured.example";
        config.hosts[0].document_root = "/srv/www";
        request.method = "GET";
        request.target = "/shop/%7Ea/list.py/x?q=1&r=2";
        request.path = "/shop/%7Ea/list.py/x";
        request.query = "q=1&r=2";
        request.authority = "WWW.Example.com:8080";
        request.remote_addr = "192.168.7.9";
        request.remote_port = 50123;
        request.server_addr = "10.0.0.1";
        request.local_port = 8080;
        request.request_id = "id42";
        request.headers = &fields;
        walk.request = &request;
        walk.config = &config;
        walk.host = &config.hosts[0];
        walk.uri = "/shop/~a/list.py/x";
        walk.query = "q=1&r=2";
        walk.filename = "/srv/www/shop/~a/list.py";
        walk.path_info = "/x";
        walk.handler = "wsgi-script";
        walk.remote_user = "joe";
        walk.environment.set("colour", "blue");
        walk.environment.set("empty", "");
    }
    SampleWalk(const SampleWalk&) = delete;
    SampleWalk& operator=(const SampleWalk&) = delete;

    SampleFields fields{
        {{"Host", "WWW.Example.com:8080"},
         {"User-Agent", "Sample/1.0 (test)"},
         {"Accept", "text/html"},
         {"Accept", "*/*"},
         {"Referer", "http://other.example/"},
         {"Cookie", "a=1; b=2"},
         {"Forwarded", "for=1.2.3.4"},
         {"Proxy-Connection", "close"},
         {"X-Token", "secret"}}};
    config::Config config;
    site::RequestView request;
    site::Walk walk;
};

}  // namespace support
