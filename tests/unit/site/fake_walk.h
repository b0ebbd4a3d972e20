// A request on its way, made of what a test says.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/site/conditions/walk.h"

namespace test {

using Fields = std::vector<std::pair<std::string, std::string>>;

class FakeFields : public site::HeaderFields {
public:
    explicit FakeFields(Fields fields) : fields_(std::move(fields)) {}

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const override {
        std::optional<std::string> found;
        for (const auto& [its_name, value] : fields_) {
            if (base::equal_case_blind(its_name, name)) {
                found = found ? *found + ", " + value : value;
            }
        }
        return found;
    }
    [[nodiscard]] std::size_t count() const override { return fields_.size(); }
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index
    ) const override {
        return index < fields_.size() ? std::pair<std::string_view, std::string_view>(
                                            fields_[index].first, fields_[index].second
                                        )
                                      : std::pair<std::string_view, std::string_view>();
    }

private:
    Fields fields_;
};

struct FakeWalk {
    explicit FakeWalk(Fields its_fields = {}) : fields(std::move(its_fields)) {
        request.method = "GET";
        request.target = "/a%20b//c?x=1";
        request.path = "/a%20b//c";
        request.query = "x=1";
        request.remote_addr = "192.0.2.7";
        request.server_addr = "198.51.100.1";
        request.headers = &fields;
        for (std::size_t i = 0; i < fields.count(); ++i) {
            if (fields.at(i).first == "Host") {
                request.authority = fields.at(i).second;
            }
        }
        walk.request = &request;
        walk.uri = "/a b/c";
        walk.query = "x=1";
    }
    FakeWalk(const FakeWalk&) = delete;
    FakeWalk& operator=(const FakeWalk&) = delete;

    FakeFields fields;
    site::RequestView request;
    site::Walk walk;
};

}  // namespace test
