#include "http/conditional.h"

#include <optional>

#include "core/base/text/text.h"
#include "http/date.h"

namespace http {
namespace {

struct Tag {
    std::string_view text;  // with its quotes
    bool is_weak = false;
};

// Cuts the next entity-tag off a list; nothing at its end, and where it is malformed. A tag may
// hold commas.
std::optional<Tag> next_tag(std::string_view& list) {
    const std::size_t start = list.find_first_not_of(" \t,");
    if (start == list.npos) {
        return std::nullopt;
    }
    list.remove_prefix(start);
    Tag tag;
    tag.is_weak = list.starts_with("W/");
    list.remove_prefix(tag.is_weak ? 2 : 0);
    const std::size_t end = list.starts_with('"') ? list.find('"', 1) : list.npos;
    if (end == list.npos) {
        return std::nullopt;
    }
    tag.text = list.substr(0, end + 1);
    list.remove_prefix(end + 1);
    return tag;
}

// RFC 9110 section 8.8.3.2.
enum class Comparison : std::uint8_t { kStrong, kWeak };

bool names(std::string_view list, std::string_view etag, Comparison comparison) {
    if (list == "*") {
        return true;  // there is a file
    }
    while (const auto tag = next_tag(list)) {
        if (tag->text == etag && !(tag->is_weak && comparison == Comparison::kStrong)) {
            return true;
        }
    }
    return false;
}

// Whether a field of the request names the tag; nothing where there is no such field. Repeated
// fields are one list.
std::optional<bool> names_etag(
    const Request& request, std::string_view field, std::string_view etag, Comparison comparison
) {
    std::optional<bool> found;
    for (const Header header : request.headers) {
        if (base::equal_case_blind(header.name, field)) {
            found = found.value_or(false) || names(header.value, etag, comparison);
        }
    }
    return found;
}

std::optional<std::int64_t> date_in(
    const Request& request, std::string_view field, std::int64_t now
) {
    const auto value = request.headers.find(field);
    if (!value || request.headers.count(field) != 1) {
        return std::nullopt;
    }
    return parse_http_date(*value, now);
}

}  // namespace

Precondition evaluate(const Request& request, const Validators& known) {
    if (const auto matches = names_etag(request, "If-Match", known.etag, Comparison::kStrong)) {
        if (!*matches) {
            return Precondition::kFailed;
        }
    } else if (const auto date = date_in(request, "If-Unmodified-Since", known.now);
               date && known.last_modified > *date) {
        return Precondition::kFailed;
    }
    const bool is_read = request.method == "GET" || request.is_head();
    if (const auto matches = names_etag(request, "If-None-Match", known.etag, Comparison::kWeak)) {
        if (*matches) {
            return is_read ? Precondition::kNotModified : Precondition::kFailed;
        }
    } else if (is_read) {
        const auto date = date_in(request, "If-Modified-Since", known.now);
        if (date && known.last_modified <= *date) {
            return Precondition::kNotModified;
        }
    }
    return Precondition::kHolds;
}

}  // namespace http
