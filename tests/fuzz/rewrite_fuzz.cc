// A request's target in the first line, and in the others any bytes as rules: they are read and
// followed, first as a server's, then as a directory's. Whatever they say, they end, and nothing
// that they yield breaks out of where it belongs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/rewriting/rewrite_values.h"
#include "core/site/names/url_path.h"
#include "core/site/rewrite/rewrite.h"
#include "tests/support/unit/sample_walk.h"

namespace {

constexpr std::string_view kDirectory = "/srv/www/d";

void read_rules(std::string_view text, config::Scope scope) {
    config::LineTokenizer tokenizer(text);
    config::Line line;
    while (tokenizer.next(line)) {
        const auto* const directive = config::find(line.name);
        if (directive == nullptr || !directive->name.starts_with("Rewrite")) {
            continue;
        }
        const bool takes_rest = directive->value.words_max == config::kRestOfLine;
        const auto words =
            takes_rest ? config::Words(&line.rest, 1) : config::Words(line.arguments);
        const auto count = static_cast<int>(words.size());
        if (count < directive->value.words_min ||
            (!takes_rest && count > directive->value.words_max)) {
            continue;
        }
        const auto applied = directive->value.apply(scope, words);
        CHECK(applied || !applied.error().what.empty());
    }
}

bool breaks_out(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    });
}

void check(const site::Rewritten& out, const site::RewriteMemory& memory, const site::Walk& walk) {
    using Kind = site::Rewritten::Kind;
    CHECK(out.kind != Kind::kRedirect || (out.status >= 300 && !breaks_out(out.location)));
    CHECK(out.kind != Kind::kStatus || out.status >= 400);
    CHECK(out.kind != Kind::kFile || walk.filename.starts_with('/'));
    CHECK(out.kind != Kind::kFile || walk.filename.find("/../") == std::string::npos);
    const bool is_uri = out.kind == Kind::kUri || out.kind == Kind::kInternalRedirect;
    CHECK(!is_uri || (walk.uri.starts_with('/') && walk.uri.find("/../") == std::string::npos));
    CHECK(!(is_uri || out.kind == Kind::kFile) || !breaks_out(walk.query));
    // Whatever rules make of texts has a bound, beyond which there is no answer but an error.
    CHECK(out.kind == Kind::kStatus || !walk.environment.are_too_large());
    for (const auto& cookie : memory.cookies) {
        CHECK(std::ranges::none_of(cookie, [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }));
    }
}

void follow(std::string_view target, std::string_view text, bool is_in_directory) {
    support::SampleWalk sample;
    auto& config = sample.config;
    auto& section = config.sections.emplace_back();
    section.kind = config::SectionKind::kDirectory;
    section.pattern = kDirectory;
    const auto no_section = config::VirtualHost::kNoSection;
    read_rules(text, config::Scope{config, 0, {}, "/etc", is_in_directory ? 0 : no_section});
    sample.request.target = target;
    sample.request.path = target.substr(0, target.find('?'));
    sample.request.query = target.substr(std::min(sample.request.path.size() + 1, target.size()));
    if (site::normalise(sample.request.path, sample.walk.uri) != site::PathVerdict::kFine ||
        breaks_out(sample.request.query)) {
        return;
    }
    sample.walk.query = sample.request.query;
    sample.walk.filename.clear();
    sample.walk.path_info.clear();
    auto rules = is_in_directory ? config.sections[0].settings.rewriting
                                 : config::rewriting_of_host(config, 0);
    std::erase_if(rules.maps, [](const auto& map) { return !map.path.empty(); });  // reads no file
    const site::RewriteMaps maps(rules.maps);
    site::RewriteMeans means;
    means.maps = &maps;
    means.facts_of = [](const std::string& path) {
        site::FileFacts facts;
        facts.is_directory = path.size() % 2 == 0;
        facts.is_file = path.size() % 3 == 0;
        return facts;
    };
    site::RewriteMemory memory;
    if (!is_in_directory) {
        check(site::rewrite_url(rules, sample.walk, memory, means), memory, sample.walk);
        return;
    }
    sample.walk.filename = std::string(kDirectory) + sample.walk.uri;
    check(site::rewrite_file(rules, {}, sample.walk, memory, means), memory, sample.walk);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = std::min(text.find('\n'), text.size());
    for (const bool is_in_directory : {false, true}) {
        follow(text.substr(0, end), text.substr(std::min(end + 1, text.size())), is_in_directory);
    }
    return 0;
}
