// The header fields of a request as core/site asks for them. A view: lives as long as the call that
// it is made for.
#pragma once

#include "core/base/text/text.h"
#include "core/site/conditions/walk.h"
#include "http/headers.h"

namespace server {

class HeaderView final : public site::HeaderFields {
public:
    explicit HeaderView(const http::Headers& headers) : headers_(headers) {}

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const override {
        std::optional<std::string> found;
        for (const http::Header field : headers_) {
            if (base::equal_case_blind(field.name, name)) {
                if (found) {
                    found->append(", ").append(field.value);
                } else {
                    found.emplace(field.value);
                }
            }
        }
        return found;
    }
    [[nodiscard]] std::size_t count() const override { return headers_.size(); }
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index
    ) const override {
        const http::Header field = headers_[index];
        return {field.name, field.value};
    }

private:
    const http::Headers& headers_;
};

}  // namespace server
