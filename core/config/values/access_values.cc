#include "core/config/values/access_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

using RequirementKind = Requirement::Kind;

// Takes the first word off `text`, and the blanks around it.
std::string_view take_plain_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    const auto word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return word;
}

base::Result<std::vector<std::string>> arguments_of(std::string_view text) {
    const std::string line = fmt::format("Require {}", text);
    LineTokenizer tokenizer(line);
    Line out;
    if (!tokenizer.next(out)) {
        return std::vector<std::string>();
    }
    if (!out.problem.empty()) {
        return refuse(out.problem);
    }
    return std::move(out.arguments);
}

base::Result<> read_all(Words words, Requirement& out) {
    const bool is_granted = words.size() == 1 && base::equal_case_blind(words[0], "granted");
    if (!is_granted && (words.size() != 1 || !base::equal_case_blind(words[0], "denied"))) {
        return refuse("expected \"all granted\" or \"all denied\"");
    }
    out.kind = is_granted ? RequirementKind::kGranted : RequirementKind::kDenied;
    return {};
}

base::Result<> read_addresses(Words words, Requirement& out) {
    if (words.empty()) {
        return refuse("\"ip\" requires an argument, as in \"Require ip 10.0.0.0/8 ::1\"");
    }
    out.kind = RequirementKind::kAddress;
    for (const auto& word : words) {
        out.networks.push_back(TRY(base::IpNetwork::parse(word)));
    }
    return {};
}

// "localhost" is known without asking anybody.
bool is_this_machine(Words words) {
    return std::ranges::all_of(words, [](const std::string& word) {
        return base::equal_case_blind(word, "localhost");
    });
}

base::Result<> read_this_machine(Requirement& out) {
    out.kind = RequirementKind::kAddress;
    out.networks.push_back(TRY(base::IpNetwork::parse("127.0.0.1")));
    out.networks.push_back(TRY(base::IpNetwork::parse("::1")));
    return {};
}

base::Result<> read_hosts(Words words, Requirement& out) {
    if (words.empty()) {
        return refuse("\"host\" requires an argument, as in \"Require host example.org\"");
    }
    if (is_this_machine(words)) {
        return read_this_machine(out);
    }
    out.kind = RequirementKind::kHostName;
    for (const auto& word : words) {
        out.names.push_back(TRY(read_host_name(word)));
    }
    return {};
}

base::Result<> read_forward_names(Words words, Requirement& out) {
    if (words.empty() || !is_this_machine(words)) {
        return refuse(
            "\"forward-dns\" is not implemented but for localhost; write \"host\" and the name "
            "that "
            "the client's address leads to, or \"ip\" and addresses"
        );
    }
    return read_this_machine(out);
}

base::Result<> read_local(Words words, Requirement& out) {
    if (!words.empty()) {
        return refuse("\"local\" takes no arguments");
    }
    out.kind = RequirementKind::kLocal;
    return {};
}

base::Result<> read_variables(Words words, Requirement& out) {
    if (words.empty()) {
        return refuse("\"env\" requires an argument, as in \"Require env is_trusted\"");
    }
    out.kind = RequirementKind::kVariable;
    out.names.assign(words.begin(), words.end());
    return {};
}

base::Result<> read_methods(Words words, Requirement& out) {
    if (words.empty()) {
        return refuse("\"method\" requires an argument, as in \"Require method GET POST\"");
    }
    for (const auto& word : words) {
        if (std::ranges::any_of(word, [](char c) { return c >= 'a' && c <= 'z'; })) {
            return refuse(fmt::format(
                "\"{}\": expected a method; their letters are large, as in \"GET\"", word
            ));
        }
    }
    out.kind = RequirementKind::kMethod;
    for (const auto& word : words) {
        out.names.emplace_back(canonical_method(word));
    }
    return {};
}

base::Result<> read_expression(std::string_view text, Author author, Requirement& out) {
    // One pair of quotes around all of it may stand there, as in Apache.
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    auto expression = Expression::parse_condition(text, author);
    if (!expression) {
        return refuse(fmt::format("\"{}\": {}", text, expression.error().what));
    }
    out.kind = RequirementKind::kExpression;
    out.expression = *std::move(expression);
    return {};
}

struct Reader {
    std::string_view name;
    base::Result<> (*read)(Words words, Requirement& out);
};
constexpr std::array kReaders = {
    Reader{"all", read_all},
    Reader{"env", read_variables},
    Reader{"forward-dns", read_forward_names},
    Reader{"host", read_hosts},
    Reader{"ip", read_addresses},
    Reader{"local", read_local},
    Reader{"method", read_methods},
};

// Of Apache's own modules and mod_wsgi: they want to know who the user is.
constexpr std::array kLater = {
    std::string_view("user"),
    std::string_view("valid-user"),
    std::string_view("group"),
    std::string_view("wsgi-group"),
    std::string_view("file-owner"),
    std::string_view("file-group"),
    std::string_view("dbm-group"),
    std::string_view("dbm-file-group"),
    std::string_view("dbd-group"),
    std::string_view("dbd-login"),
    std::string_view("dbd-logout"),
    std::string_view("ldap-user"),
    std::string_view("ldap-group"),
    std::string_view("ldap-dn"),
    std::string_view("ldap-attribute"),
    std::string_view("ldap-filter"),
    std::string_view("ldap-search"),
};

tl::unexpected<base::Error> unknown(std::string_view name) {
    if (std::ranges::find(kLater, name) != kLater.end()) {
        return refuse(fmt::format(
            "\"{}\": who the user is, is implemented later, together with AuthType; until then "
            "nobody could get in, which is written \"Require all denied\"",
            name
        ));
    }
    if (name == "ssl" || name == "ssl-verify-client") {
        return refuse(fmt::format("\"{}\" is implemented later, together with TLS", name));
    }
    std::vector<std::string_view> names = {"expr", "valid-user"};
    std::ranges::transform(kReaders, std::back_inserter(names), &Reader::name);
    const auto near = base::nearest(name, names);
    return refuse(fmt::format(
        "\"{}\": expected all, ip, host, local, env, method or expr, or \"not\" and one of them{}",
        name,
        near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near)
    ));
}

base::Result<> read_requirement(std::string_view text, Author author, Requirement& out) {
    auto name = take_plain_word(text);
    if (name == "not" || base::equal_case_blind(name, "not")) {
        out.is_negated = true;
        name = take_plain_word(text);
    }
    if (name == "expr") {
        return read_expression(text, author, out);
    }
    const auto* const reader = std::ranges::find(kReaders, name, &Reader::name);
    if (reader == kReaders.end()) {
        return unknown(name);
    }
    const auto words = TRY(arguments_of(text));
    return reader->read(words, out);
}

}  // namespace

base::Result<> apply_require(Scope& scope, Words words) {
    auto& rules = settings_of(scope).access;
    Requirement requirement;
    requirement.methods = rules.methods_here();
    requirement.place = scope.place;
    requirement.text = fmt::format("Require {}", words[0]);
    TRY(read_requirement(words[0], scope.author(), requirement));
    return rules.add(std::move(requirement));
}

base::Result<> apply_auth_merging(Scope& scope, Words words) {
    auto& merging = settings_of(scope).access.merging;
    if (base::equal_case_blind(words[0], "Off")) {
        merging = AuthMerging::kOff;
    } else if (base::equal_case_blind(words[0], "And")) {
        merging = AuthMerging::kAnd;
    } else if (base::equal_case_blind(words[0], "Or")) {
        merging = AuthMerging::kOr;
    } else {
        return refuse("must be one of: Off | And | Or");
    }
    return {};
}

base::Result<> open_access_container(Scope& scope, std::string_view name, Words words) {
    if (scope.section == VirtualHost::kNoSection && !scope.is_htaccess) {
        return base::fail(
            base::Fault::kConfig,
            "not allowed here; it stands in <Directory>, <Files>, <Location>, <If> or .htaccess"
        );
    }
    return settings_of(scope).access.open_container(name, words, scope.place);
}

}  // namespace config
