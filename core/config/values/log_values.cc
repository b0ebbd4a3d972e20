#include "core/config/values/log_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "core/config/language/line_tokenizer.h"
#include "core/config/model/log_format.h"
#include "core/config/model/refuse.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

constexpr std::string_view kEnvironment = "env=";
constexpr std::string_view kExpression = "expr=";

// Known without a LogFormat; one that is written takes their place.
struct UsualFormat {
    std::string_view name;
    std::string_view format;
};
constexpr UsualFormat kUsualFormats[] = {
    {"", "%h %l %u %t \"%r\" %>s %b"},
    {"common", "%h %l %u %t \"%r\" %>s %b"},
    {"combined", "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""},
};

HostSettings& settings_of_host(Scope& scope) { return scope.config.hosts.at(scope.host).settings; }

// A name has no "%", and a format without one would be the same text in every line.
bool is_format(std::string_view text) { return text.find('%') != std::string_view::npos; }

base::Result<std::shared_ptr<const LogCondition>> read_log_condition(const std::string& word) {
    auto condition = std::make_shared<LogCondition>();
    std::string_view text = word;
    if (text.starts_with(kEnvironment)) {
        text.remove_prefix(kEnvironment.size());
        condition->is_negated = text.starts_with('!');
        text.remove_prefix(condition->is_negated ? 1 : 0);
        condition->variable = std::string(text);
        if (text.empty()) {
            return refuse(fmt::format("\"{}\": expected the name of a variable behind env=", word));
        }
    } else if (text.starts_with(kExpression)) {
        text.remove_prefix(kExpression.size());
        auto expression = Expression::parse_condition(text);
        if (!expression) {
            return refuse(fmt::format("\"{}\": {}", word, expression.error().what));
        }
        condition->expression = *std::move(expression);
    } else {
        return refuse(fmt::format("\"{}\": expected env=name, env=!name or expr=condition", word));
    }
    return condition;
}

base::Result<> add_log(Scope& scope, Words words, bool is_global) {
    AccessLog log;
    auto path = read_log_path(scope, words[0]);
    if (!path) {
        return refuse(fmt::format("\"{}\": {}", words[0], path.error().what));
    }
    log.path = *std::move(path);
    log.is_global = is_global;
    log.place = scope.place;
    if (words.size() > 1) {
        log.format_text = words[1];
        if (words[1].empty()) {
            return refuse("expected a format or the name of one");
        }
        TRY(parse_log_format(words[1]));
    }
    if (words.size() > 2) {
        log.condition = TRY(read_log_condition(words[2]));
    }
    settings_of_host(scope).access_logs.push_back(std::move(log));
    return {};
}

std::string show_condition(const LogCondition& condition) {
    return in_quotes(
        condition.expression
            ? fmt::format("{}{}", kExpression, condition.expression->text())
            : fmt::format(
                  "{}{}{}", kEnvironment, condition.is_negated ? "!" : "", condition.variable
              )
    );
}

std::vector<std::string> show_logs(const View& view, bool is_global) {
    std::vector<std::string> lines;
    for (const auto& log : view.host.settings.access_logs) {
        if (log.is_global == is_global && !log.format_text.empty()) {
            lines.push_back(fmt::format(
                "{} {}{}",
                in_quotes(log.path),
                in_quotes(log.format_text),
                log.condition ? " " + show_condition(*log.condition) : std::string()
            ));
        }
    }
    return lines;
}

const std::string* find_written(const HostSettings& settings, std::string_view name) {
    const auto found = std::find_if(
        settings.log_formats.rbegin(),
        settings.log_formats.rend(),
        [&](const NamedLogFormat& format) { return format.name == name; }
    );
    return found == settings.log_formats.rend() ? nullptr : &found->format_text;
}

// The format called `name` in virtual host `host`; nothing for a name that nobody has given.
std::optional<std::string_view> find_format(
    const Config& config, const VirtualHost& host, std::string_view name
) {
    for (const auto* const settings : {&host.settings, &config.hosts.front().settings}) {
        if (const auto* const written = find_written(*settings, name)) {
            return *written;
        }
    }
    const auto* const usual = std::ranges::find(kUsualFormats, name, &UsualFormat::name);
    return usual == std::end(kUsualFormats) ? std::nullopt : std::optional(usual->format);
}

}  // namespace

base::Result<> apply_custom_log(Scope& scope, Words words) { return add_log(scope, words, false); }

std::vector<std::string> show_custom_log(const View& view) { return show_logs(view, false); }

base::Result<> apply_global_log(Scope& scope, Words words) { return add_log(scope, words, true); }

std::vector<std::string> show_global_log(const View& view) { return show_logs(view, true); }

base::Result<> apply_transfer_log(Scope& scope, Words words) {
    auto path = TRY(read_log_path(scope, words[0]));
    AccessLog log;
    log.path = std::move(path);
    log.place = scope.place;
    settings_of_host(scope).access_logs.push_back(std::move(log));
    return {};
}

std::vector<std::string> show_transfer_log(const View& view) {
    std::vector<std::string> lines;
    for (const auto& log : view.host.settings.access_logs) {
        if (log.format_text.empty()) {
            lines.push_back(log.path);
        }
    }
    return lines;
}

base::Result<> apply_log_format(Scope& scope, Words words) {
    const std::string name = words.size() > 1 ? words[1] : std::string();
    if (words.size() > 1 && (name.empty() || is_format(name))) {
        return refuse(fmt::format("\"{}\": expected a name without %", name));
    }
    TRY(parse_log_format(words[0]));
    settings_of_host(scope).log_formats.push_back({name, words[0]});
    return {};
}

std::vector<std::string> show_log_format(const View& view) {
    std::vector<std::string> lines;
    for (const auto& format : view.host.settings.log_formats) {
        lines.push_back(fmt::format(
            "{}{}",
            in_quotes(format.format_text),
            format.name.empty() ? std::string() : " " + in_quotes(format.name)
        ));
    }
    return lines;
}

void resolve_log_formats(Config& config, Problems& problems) {
    // Ten thousand virtual hosts may well have the same format.
    std::map<std::string, std::shared_ptr<const LogFormat>, std::less<>> parsed;
    for (auto& host : config.hosts) {
        for (auto& log : host.settings.access_logs) {
            auto text = find_format(config, host, log.format_text);
            if (log.format_text.empty() && !is_format(*text)) {
                text = find_format(config, host, *text);  // "LogFormat combined"
            }
            if (!text && !is_format(log.format_text)) {
                problems.warn(
                    log.place,
                    fmt::format(
                        "\"{}\": no LogFormat has this name; every line of the log will be this "
                        "text, as in Apache",
                        log.format_text
                    )
                );
            }
            auto& format = parsed[std::string(text.value_or(log.format_text))];
            if (!format) {
                auto read = parse_log_format(text.value_or(log.format_text));
                if (!read) {
                    problems.add(log.place, read.error().what);
                    continue;
                }
                format = std::make_shared<const LogFormat>(*std::move(read));
            }
            log.format = format;
        }
    }
}

}  // namespace config
