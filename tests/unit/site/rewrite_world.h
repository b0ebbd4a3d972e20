// Rules, requests and files for tests of rewriting: what is said becomes one line of text.
// Test thread; lives for one test.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/rewriting/rewrite_values.h"
#include "core/site/names/url_path.h"
#include "core/site/rewrite/rewrite.h"

namespace test {

class Fields : public site::HeaderFields {
public:
    std::map<std::string, std::string> fields;

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const override {
        for (const auto& [key, value] : fields) {
            if (base::equal_case_blind(key, name)) {
                return value;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::size_t count() const override { return fields.size(); }
    [[nodiscard]] std::pair<std::string_view, std::string_view> at(std::size_t index
    ) const override {
        return *std::next(fields.begin(), static_cast<std::ptrdiff_t>(index));
    }
};

// The server own.example, whose documents lie in /srv/www. Nothing but `files` exists.
class RewriteWorld {
public:
    RewriteWorld() {
        auto& host = config.hosts.emplace_back();
        host.server_name = "own.example";
        host.server_name_port = 80;
        host.document_root = "/srv/www";
        request.method = "GET";
        request.authority = "own.example";
        request.remote_addr = "192.0.2.1";
        request.headers = &fields;
        means.facts_of = [this](const std::string& path) {
            site::FileFacts facts;
            facts.is_directory = directories.contains(path);
            facts.is_file = files.contains(path);
            facts.has_content = facts.is_file && path.find("empty") == path.npos;
            return facts;
        };
    }

    // Lines outside of all sections, or of <Directory> where one is named. What is wrong with them,
    // or "".
    std::string say(std::string_view lines, const std::string& directory = "") {
        config::Scope scope{config, 0, {}, "/etc/site"};
        if (!directory.empty()) {
            scope.section = section_of(directory);
        }
        std::istringstream stream{std::string(lines)};
        for (std::string line; std::getline(stream, line);) {
            if (line.find_first_not_of(' ') == line.npos) {
                continue;
            }
            line.erase(0, line.find_first_not_of(' '));
            const auto blank = line.find(' ');
            const auto* const directive = config::find(line.substr(0, blank));
            if (directive == nullptr) {
                return "no such directive: " + line;
            }
            const auto applied = directive->value.apply(scope, words_of(*directive, line, blank));
            if (!applied) {
                return applied.error().what;
            }
        }
        return {};
    }

    // The rules for URLs, and after them, where they lead to a file of `directory`, that
    // directory's. An internal redirect starts again.
    std::string ask(std::string_view target, const std::string& directory = "") {
        const auto mark = target.find('?');
        request.target = target;
        request.path = target.substr(0, mark);
        request.query = mark == target.npos ? "" : target.substr(mark + 1);
        walk = site::Walk();
        walk.request = &request;
        walk.config = &config;
        walk.host = &config.hosts.front();
        walk.vary = varies;
        EXPECT_EQ(site::normalise(request.path, walk.uri), site::PathVerdict::kFine);
        walk.query = request.query;
        memory = site::RewriteMemory();
        out = site::Rewritten();
        return follow(directory);
    }

    config::Config config;
    Fields fields;
    site::RequestView request;
    site::RewriteMeans means;
    std::vector<std::string>* varies = nullptr;
    std::set<std::string> files;
    std::set<std::string> directories;
    site::FoundIn found_in;
    site::Walk walk;
    site::RewriteMemory memory;
    site::Rewritten out;

private:
    std::uint32_t section_of(const std::string& directory) {
        for (const auto& section : config.sections) {
            if (section.kind == config::SectionKind::kDirectory && section.pattern == directory) {
                return section.index;
            }
        }
        auto& section = config.sections.emplace_back();
        section.index = static_cast<std::uint32_t>(config.sections.size() - 1);
        section.kind = config::SectionKind::kDirectory;
        section.pattern = directory;
        return section.index;
    }

    std::vector<std::string>& words_of(
        const config::Directive& directive, const std::string& line, std::size_t blank
    ) {
        const auto rest = blank == line.npos ? "" : line.substr(blank + 1);
        words_.clear();
        if (directive.value.words_max == config::kRestOfLine) {
            words_.push_back(rest);
        } else {
            std::istringstream stream(rest);
            for (std::string word; stream >> word;) {
                words_.push_back(word);
            }
        }
        return words_;
    }

    [[nodiscard]] std::string with_query(const std::string& text) const {
        return walk.query.empty() ? text : text + "?" + walk.query;
    }

    std::string follow(const std::string& directory) {
        using Kind = site::Rewritten::Kind;
        const auto rules = config::rewriting_of_host(config, 0);
        config::RewriteRules merged = rules;
        for (const auto& section : config.sections) {
            if (section.kind == config::SectionKind::kDirectory && !directory.empty() &&
                directory.starts_with(section.pattern)) {
                merged.overlay(section.settings.rewriting);
            }
        }
        std::string way;
        for (;;) {
            out = site::rewrite_url(rules, walk, memory, means);
            const bool goes_on = out.kind == Kind::kNothing || out.kind == Kind::kUri;
            if (!directory.empty() && (goes_on || out.kind == Kind::kFile)) {
                find_file(goes_on);
                out = site::rewrite_file(merged, found_in, walk, memory, means);
            }
            if (out.kind != Kind::kInternalRedirect) {
                return way + shown();
            }
            way = "internal ";
        }
    }

    // Everything exists but what stands behind a file of `files`.
    void find_file(bool is_url) {
        if (is_url) {
            walk.filename = "/srv/www" + walk.uri;
        }
        for (const auto& file : files) {
            if (walk.filename.starts_with(file + "/")) {
                walk.path_info = walk.filename.substr(file.size());
                walk.filename = file;
            }
        }
    }

    [[nodiscard]] std::string shown() const {
        switch (out.kind) {
            case site::Rewritten::Kind::kNothing:
                return with_query("nothing " + walk.uri);
            case site::Rewritten::Kind::kUri:
                return with_query("uri " + walk.uri);
            case site::Rewritten::Kind::kFile:
                return with_query("file " + walk.filename);
            case site::Rewritten::Kind::kInternalRedirect:
                return with_query("internal " + walk.uri);
            case site::Rewritten::Kind::kRedirect:
                return fmt::format("{} {}", out.status, out.location);
            case site::Rewritten::Kind::kStatus:
                return fmt::format("{}", out.status);
        }
        return {};
    }

    std::vector<std::string> words_;
};

}  // namespace test
