// Lines of a section, read by the rows of the tables alone: one <Directory>, or what stands outside
// of all sections, or .htaccess.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/config/language/directive.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/values/access_values.h"

namespace test {

class SectionLines {
public:
    enum class Kind { kDirectory, kHtaccess, kServer };

    explicit SectionLines(Kind kind = Kind::kDirectory) : kind_(kind) {
        config_.hosts.emplace_back();
        if (kind != Kind::kServer) {
            config_.sections.emplace_back().kind = config::SectionKind::kDirectory;
        }
    }

    // "" or the sentence about the first line that is wrong.
    std::string read(std::string_view text) {
        config::LineTokenizer tokenizer(text);
        config::Line line;
        while (tokenizer.next(line)) {
            if (auto problem = read_line(text, line); !problem.empty()) {
                return problem;
            }
        }
        return {};
    }

    config::DirectorySettings& settings() {
        auto scope = scope_at(0);
        return config::settings_of(scope);
    }

    // What the rows called `names` show.
    std::vector<std::string> shown(const std::vector<std::string_view>& names) {
        std::vector<std::string> lines;
        const auto& its_settings = settings();
        for (const auto name : names) {
            const config::View view{
                config_, config_.hosts.front(), nullptr, nullptr, &its_settings};
            for (const auto& line : config::find(name)->value.show(view)) {
                lines.push_back(fmt::format("{} {}", name, line));
            }
        }
        return lines;
    }

private:
    config::Scope scope_at(int number) {
        config::Scope scope{config_, 0, {nullptr, number}, "/etc"};
        scope.section = kind_ == Kind::kServer ? config::VirtualHost::kNoSection : 0;
        scope.is_htaccess = kind_ == Kind::kHtaccess;
        return scope;
    }

    std::string read_line(std::string_view text, const config::Line& line) {
        if (!line.problem.empty()) {
            return line.problem;
        }
        auto scope = scope_at(line.number);
        auto& access = config::settings_of(scope).access;
        base::Result<> result;
        if (line.kind == config::LineKind::kOpen) {
            result = config::open_access_container(scope, line.name, line.arguments);
        } else if (line.kind == config::LineKind::kClose) {
            result = access.close_container(line.name);
        } else {
            const auto* const row = config::find(line.name);
            if (row == nullptr) {
                return "unknown directive";
            }
            const auto count = static_cast<int>(line.arguments.size());
            if (row->value.words_max == config::kRestOfLine) {
                const std::vector<std::string> rest = {rest_of(text, line.number)};
                result = row->value.apply(scope, rest);
            } else if (count < row->value.words_min || count > row->value.words_max) {
                return "wrong number of words";
            } else {
                result = row->value.apply(scope, line.arguments);
            }
        }
        return result ? std::string() : result.error().what;
    }

    // Physical line `number` of `text`, behind its first word.
    static std::string rest_of(std::string_view text, int number) {
        for (; number > 1; --number) {
            text.remove_prefix(text.find('\n') + 1);
        }
        text = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        text.remove_prefix(std::min(text.find(' '), text.size()));
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        return std::string(text);
    }

    Kind kind_;
    config::Config config_;
};

}  // namespace test
