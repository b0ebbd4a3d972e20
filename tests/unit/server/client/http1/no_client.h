// A client who says nothing and hears nothing.
#pragma once

#include <string>

#include "core/server/answer/asker.h"

namespace test {

struct NoClient final : server::Asker {
    void pump() override {}
    void answer_with_page(server::Page) override {}
    void answer_with_file(const site::Outcome&) override {}
    void answer_failure(int) override {}
    void answer_instead(server::Page) override {}
    [[nodiscard]] bool is_body_coming() const override { return false; }
    [[nodiscard]] bool is_body_held_back() const override { return false; }
    [[nodiscard]] const std::string& remote_addr() const override { return address; }
    [[nodiscard]] std::uint16_t remote_port() const override { return 0; }
    std::string address;
};

}  // namespace test
