// Alias, AliasMatch, UserDir, Redirect and its kin.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/mapping_values.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

base::Result<> add_alias(Scope& scope, Words words, bool is_match) {
    Alias alias;
    if (is_match) {
        alias.regex = TRY(read_regular_expression(words[0]));
    } else if (words[0].starts_with('/')) {
        alias.url_path = words[0];
    } else {
        return refuse(fmt::format("\"{}\": expected a URL path that starts with \"/\"", words[0]));
    }
    auto target = read_path(scope, words[1]);
    if (!target) {
        return refuse(fmt::format("\"{}\": {}", words[1], target.error().what));
    }
    alias.target = *std::move(target);
    alias.place = scope.place;
    scope.config.hosts.at(scope.host).aliases.push_back(std::move(alias));
    return {};
}

std::vector<std::string> show_aliases(const View& view, bool is_match) {
    std::vector<std::string> lines;
    for (const auto& alias : view.host.aliases) {
        if (alias.regex.has_value() == is_match) {
            lines.push_back(fmt::format(
                "{} {}",
                in_quotes(is_match ? alias.regex->pattern() : alias.url_path),
                in_quotes(alias.target)
            ));
        }
    }
    return lines;
}

struct StatusWord {
    std::string_view word;
    int status = 0;
};
constexpr std::array<StatusWord, 4> kStatusWords = {
    {{"permanent", 301}, {"temp", 302}, {"seeother", 303}, {"gone", 410}}};

// The status that `word` means; 0 when it is none.
int status_in(const std::string& word) {
    const auto* const found = std::ranges::find_if(kStatusWords, [&](const StatusWord& known) {
        return base::equal_case_blind(known.word, word);
    });
    if (found != kStatusWords.end()) {
        return found->status;
    }
    const auto number = read_number(word, 300, 599);
    return number ? static_cast<int>(*number) : 0;
}

bool is_redirection(int status) { return status >= 300 && status <= 399; }

base::Result<> check_target(const Redirect& redirect, bool is_in_section) {
    TRY(check_length("a URL", redirect.target, kUrlBytesMax));
    if (!is_redirection(redirect.status)) {
        return redirect.target.empty()
                   ? base::Result<>()
                   : refuse(fmt::format("the status {} goes without a URL", redirect.status));
    }
    const bool is_url = redirect.target.find("://") != std::string::npos;
    const bool is_path = redirect.target.starts_with('/');
    const bool may_be_captured = redirect.regex && redirect.target.starts_with('$');
    const bool is_computed = redirect.is_whole() && redirect.target.find('%') != std::string::npos;
    if (!is_url && !is_path && !may_be_captured && !is_computed) {
        return refuse(fmt::format(
            "\"{}\": expected a URL such as https://www.example.com/ or a path that starts with "
            "\"/\"",
            redirect.target
        ));
    }
    if (!redirect.regex && !redirect.url_path.starts_with('/') && !is_in_section) {
        return refuse(
            fmt::format("\"{}\": expected a URL path that starts with \"/\"", redirect.url_path)
        );
    }
    return {};
}

// "[status] path url"; in a section also "[status] url", for all of it.
base::Result<> add_redirect(Scope& scope, Words words, int status, bool is_match) {
    const bool is_in_section = scope.section != VirtualHost::kNoSection || scope.is_htaccess;
    Redirect redirect;
    redirect.status = status;
    if (const int written = words.size() > 1 ? status_in(words[0]) : 0;
        written != 0 && status == 0) {
        redirect.status = written;
        words = words.subspan(1);
    } else if (status == 0) {
        redirect.status = 302;
    }
    const bool has_target = is_redirection(redirect.status);
    const bool has_path = words.size() == (has_target ? 2U : 1U);
    if (!has_path && !(has_target && words.size() == 1 && is_in_section && !is_match)) {
        return refuse(fmt::format(
            "expected [status] {}{}", is_match ? "regex" : "url-path", has_target ? " url" : ""
        ));
    }
    if (is_match) {
        redirect.regex = TRY(read_regular_expression(words[0]));
    } else if (has_path) {
        redirect.url_path = words[0];
    }
    redirect.target = has_target ? words.back() : std::string();
    if (redirect.is_whole() && has_target) {
        redirect.expression = TRY(Expression::parse_string(redirect.target, scope.author()));
    }
    redirect.place = scope.place;
    TRY(check_target(redirect, is_in_section));
    auto& redirects =
        is_in_section ? settings_of(scope).redirects : scope.config.hosts.at(scope.host).redirects;
    redirects.push_back(std::move(redirect));
    return {};
}

std::vector<std::string> show_redirects(const View& view, bool is_match) {
    std::vector<std::string> lines;
    const auto add = [&](const std::vector<Redirect>& redirects) {
        for (const auto& redirect : redirects) {
            if (redirect.regex.has_value() != is_match) {
                continue;
            }
            auto line = std::to_string(redirect.status);
            if (is_match || !redirect.url_path.empty()) {
                line += " " + in_quotes(is_match ? redirect.regex->pattern() : redirect.url_path);
            }
            lines.push_back(
                redirect.target.empty() ? line : line + " " + in_quotes(redirect.target)
            );
        }
    };
    const bool is_host_itself =
        view.settings == nullptr ||
        (view.host.defaults != VirtualHost::kNoSection &&
         view.settings == &view.config.sections.at(view.host.defaults).settings);
    if (is_host_itself) {
        add(view.host.redirects);
    }
    if (view.settings != nullptr) {
        add(view.settings->redirects);
    }
    return lines;
}

}  // namespace

base::Result<> apply_alias(Scope& scope, Words words) { return add_alias(scope, words, false); }
base::Result<> apply_alias_match(Scope& scope, Words words) {
    return add_alias(scope, words, true);
}
std::vector<std::string> show_alias(const View& view) { return show_aliases(view, false); }
std::vector<std::string> show_alias_match(const View& view) { return show_aliases(view, true); }

base::Result<> apply_redirect(Scope& scope, Words words) {
    return add_redirect(scope, words, 0, false);
}
base::Result<> apply_redirect_permanent(Scope& scope, Words words) {
    return add_redirect(scope, words, 301, false);
}
base::Result<> apply_redirect_temp(Scope& scope, Words words) {
    return add_redirect(scope, words, 302, false);
}
base::Result<> apply_redirect_match(Scope& scope, Words words) {
    return add_redirect(scope, words, 0, true);
}
std::vector<std::string> show_redirect(const View& view) { return show_redirects(view, false); }
std::vector<std::string> show_redirect_match(const View& view) {
    return show_redirects(view, true);
}
// Shown as Redirect.
std::vector<std::string> show_nothing(const View& /*view*/) { return {}; }

base::Result<> apply_user_dir(Scope& scope, Words words) {
    auto& user_dir = scope.config.hosts.at(scope.host).settings.user_dir;
    if (!user_dir) {
        user_dir.emplace();
    }
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (base::equal_case_blind(words[0], "disabled")) {
        user_dir->is_disabled = user_dir->is_disabled || rest.empty();
        user_dir->disabled.insert(user_dir->disabled.end(), rest.begin(), rest.end());
        return {};
    }
    if (base::equal_case_blind(words[0], "enabled")) {
        if (rest.empty()) {
            return refuse("enabled needs the names of users, as in \"UserDir enabled bob joe\"");
        }
        user_dir->enabled.insert(user_dir->enabled.end(), rest.begin(), rest.end());
        return {};
    }
    for (const auto& word : words) {
        const bool has_star = word.find('*') != std::string::npos;
        if (word.empty() || word.find("://") != std::string::npos ||
            (has_star && !word.starts_with('/'))) {
            return refuse(fmt::format(
                "\"{}\": expected a directory in the homes of users, such as public_html, or an "
                "absolute one, in which * is the name",
                word
            ));
        }
    }
    user_dir->paths.assign(words.begin(), words.end());
    return {};
}

std::vector<std::string> show_user_dir(const View& view) {
    const auto& user_dir = view.host.settings.user_dir;
    std::vector<std::string> lines;
    const auto add = [&](std::string line, const std::vector<std::string>& words) {
        for (const auto& word : words) {
            line += (line.empty() ? "" : " ") + in_quotes(word);
        }
        lines.push_back(std::move(line));
    };
    if (user_dir) {
        if (user_dir->is_disabled) {
            lines.emplace_back("disabled");
        }
        if (!user_dir->disabled.empty()) {
            add("disabled", user_dir->disabled);
        }
        if (!user_dir->enabled.empty()) {
            add("enabled", user_dir->enabled);
        }
        if (!user_dir->paths.empty()) {
            add("", user_dir->paths);
        }
    }
    return lines;
}

}  // namespace config
