// What is served, from the text of a configuration, with all that has to outlive it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/config/configuration_parser.h"
#include "core/server/served/served.h"

namespace test {

class ServedText {
public:
    static std::shared_ptr<const server::Served> of(const std::string& text) {
        const auto whole = std::make_shared<const ServedText>(text);
        return {whole, &whole->served_};
    }

    explicit ServedText(const std::string& text)
        : config_(parsed(text)), logs_(opened(config_)), served_(config_, logs_) {}

private:
    static config::Config parsed(const std::string& text) {
        auto config = config::parse_text("Listen 127.0.0.1:0\n" + text, "test.conf");
        EXPECT_TRUE(config.has_value()) << config.error().what;
        return config ? std::move(*config) : config::Config{};
    }
    static server::OpenLogs opened(const config::Config& config) {
        auto logs = server::OpenLogs::open(config, [](gid_t) { return false; });
        EXPECT_TRUE(logs.has_value());
        return std::move(*logs);
    }

    const config::Config config_;
    const server::OpenLogs logs_;
    const server::Served served_;
};

}  // namespace test
