// RequestReadTimeout: what mod_reqtimeout takes, "header=20-40,MinRate=500 body=20".
#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"
#include "core/config/values/readers.h"
#include "core/config/values/server_values.h"

namespace config {
namespace {

base::Result<ReadTime> read_time(std::string_view text) {
    constexpr std::uint64_t kSecondsMax = 3600;
    constexpr std::string_view kRate = "MinRate=";
    ReadTime time;
    const auto comma = text.find(',');
    if (comma != std::string_view::npos) {
        const auto rate = text.substr(comma + 1);
        if (!base::equal_case_blind(rate.substr(0, kRate.size()), kRate)) {
            return refuse("expected MinRate=");
        }
        time.bytes_per_second =
            static_cast<std::uint32_t>(TRY(read_number(rate.substr(kRate.size()), 1, 1ULL << 30)));
        text = text.substr(0, comma);
    }
    const auto dash = text.find('-');
    const auto first = TRY(read_number(text.substr(0, dash), 0, kSecondsMax));
    time.first = std::chrono::seconds(first);
    if (dash != std::string_view::npos) {
        time.longest =
            std::chrono::seconds(TRY(read_number(text.substr(dash + 1), first + 1, kSecondsMax)));
        if (time.bytes_per_second == 0) {
            time.first = time.longest;  // nothing tells when the shorter one would do
        }
    }
    return time;
}

std::string text_of(const ReadTime& time) {
    std::string text = std::to_string(time.first.count());
    if (time.bytes_per_second != 0) {
        if (time.longest.count() != 0) {
            text += fmt::format("-{}", time.longest.count());
        }
        text += fmt::format(",MinRate={}", time.bytes_per_second);
    }
    return text;
}

}  // namespace

base::Result<> apply_request_read_timeout(Scope& scope, Words words) {
    HostSettings& settings = scope.config.hosts.at(scope.host).settings;
    for (const std::string_view word : words) {
        const auto equals = std::min(word.find('='), word.size());
        const auto stage = word.substr(0, equals);
        const auto time = read_time(word.substr(std::min(equals + 1, word.size())));
        const bool is_head = base::equal_case_blind(stage, "header");
        const bool is_body = base::equal_case_blind(stage, "body");
        if (!time || (!is_head && !is_body && !base::equal_case_blind(stage, "handshake"))) {
            return refuse(fmt::format(
                "\"{}\": expected header= or body=, seconds from 0 to 3600, a longer time behind "
                "\"-\" if you like, and \",MinRate=bytes\" behind it, as in "
                "\"header=20-40,MinRate=500\"",
                word
            ));
        }
        if (is_head && time->first.count() == 0) {
            return refuse("header=0: the head of a request needs a limit");
        }
        // A handshake would be TLS's, which we do not have.
        if (is_head) {
            settings.head_time = *time;
        } else if (is_body) {
            settings.body_time = *time;
        }
    }
    return {};
}

std::vector<std::string> show_request_read_timeout(const View& view) {
    const HostSettings& settings = view.host.settings;
    std::string text;
    if (settings.head_time) {
        text = "header=" + text_of(*settings.head_time);
    }
    if (settings.body_time) {
        text += (text.empty() ? "body=" : " body=") + text_of(*settings.body_time);
    }
    return text.empty() ? std::vector<std::string>() : std::vector{text};
}

}  // namespace config
