// A tree of scripts to map requests to, and a Mapper over a configuration that names it.
// Test thread; lives for one test and removes its tree.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "core/config/configuration_parser.h"
#include "core/site/map/mapper.h"

namespace test {

using request::Route;
using site::Outcome;

// What is asked, as far as most tests care.
struct Question {
    std::uint32_t host = 0;
    std::string_view path;
    std::string_view authority;
    std::uint16_t local_port = 80;
};

// A configuration and its mapper.
class Mapper {
public:
    explicit Mapper(config::Config config)
        : config_(std::make_unique<config::Config>(std::move(config))),
          site_(std::make_unique<site::Site>(*config_)),
          mapper_(std::make_unique<site::Mapper>(*site_)) {}

    [[nodiscard]] Outcome map(const Question& question, request::Route& out) const {
        site::RequestView request;
        request.host = question.host;
        request.method = "GET";
        request.target = request.path = question.path;
        request.authority = question.authority;
        request.local_port = question.local_port;
        request.remote_addr = "127.0.0.1";
        return mapper_->map(request, out);
    }

private:
    std::unique_ptr<config::Config> config_;
    std::unique_ptr<site::Site> site_;
    std::unique_ptr<site::Mapper> mapper_;
};

namespace fs = std::filesystem;

// A tree of scripts: probe.py, dir/one.wsgi, dir/three, dir/sub/two.wsgi, dirthree; and a Mapper
// over a configuration in which
// "$" stands for the tree.
class ScriptTree : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        tree_ =
            fs::path(testing::TempDir()) / "script_tree" / test->test_suite_name() / test->name();
        fs::create_directories(tree_ / "dir/sub");
        for (const char* name :
             {"probe.py",
              "other.py",
              "outside.wsgi",
              "dir/one.wsgi",
              "dir/three",
              "dir/sub/two.wsgi"}) {
            write(name);
        }
    }
    void TearDown() override { fs::remove_all(tree_); }

    void write(const std::string& name, const char* content = "application = None\n") const {
        std::ofstream(tree_ / name) << content;
    }
    [[nodiscard]] std::string in_tree(const std::string& name) const {
        return (tree_ / name).string();
    }

    [[nodiscard]] Mapper mapper(std::string text) const {
        for (auto at = text.find('$'); at != std::string::npos; at = text.find('$')) {
            text.replace(at, 1, tree_.string());
        }
        const auto config =
            config::parse_text("Listen 80\nServerName main.example.com\n" + text, "site.conf");
        EXPECT_TRUE(config) << config.error().what;
        return Mapper(*config);
    }

    static request::Route route(const Mapper& mapper, const Question& question) {
        request::Route route;
        const auto outcome = mapper.map(question, route);
        EXPECT_TRUE(outcome.is_script()) << question.path << ": " << outcome.reason;
        return route;
    }
    static Outcome refusal(const Mapper& mapper, const Question& question) {
        request::Route route;
        return mapper.map(question, route);
    }
    static Question path(std::string_view path) {
        return {.host = 0, .path = path, .authority = "", .local_port = 80};
    }

    // The script of the tree that answers, and how the path is split.
    void expect_split(
        const Mapper& mapper,
        std::string_view asked,
        const std::string& file,
        std::string_view script_name,
        std::string_view path_info
    ) const {
        const auto found = route(mapper, path(asked));
        EXPECT_EQ(found.script_filename, in_tree(file)) << asked;
        EXPECT_EQ(found.script_name, script_name) << asked;
        EXPECT_EQ(found.path_info, path_info) << asked;
    }
    static void expect_status(const Mapper& mapper, std::string_view asked, int status) {
        const auto outcome = refusal(mapper, path(asked));
        EXPECT_EQ(outcome.status, status) << asked;
        EXPECT_FALSE(outcome.reason.empty()) << asked;
    }

private:
    fs::path tree_;
};

// Mounts of the specification of mod_wsgi, section 10.2.
inline constexpr const char* kMounts =
    "WSGIScriptAlias /emb $/probe.py\nWSGIScriptAlias /dir/ $/dir/\nWSGIScriptAlias /dirn $/dir\n"
    "WSGIScriptAlias /odd/ $/dir\nWSGIScriptAlias /long $/probe.py\nWSGIScriptAlias /long/sub "
    "$/other.py\n";

}  // namespace test
