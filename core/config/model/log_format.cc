#include "core/config/model/log_format.h"
#include "core/config/model/refuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace config {
namespace {

using ItemKind = LogItem::Kind;
using Unit = LogItem::Unit;

// The items that are one letter, and take no name or may do without.
struct Letter {
    char letter = 0;
    ItemKind kind = ItemKind::kNothing;
    Unit unit = Unit::kSeconds;
};
constexpr Letter kLetters[] = {
    {'A', ItemKind::kLocalAddress},
    {'B', ItemKind::kBodyBytes},
    {'D', ItemKind::kDuration, Unit::kMicroseconds},
    {'H', ItemKind::kProtocol},
    {'I', ItemKind::kBytesReceived},
    {'L', ItemKind::kRequestId},
    {'O', ItemKind::kBytesSent},
    {'P', ItemKind::kProcess},
    {'R', ItemKind::kHandler},
    {'S', ItemKind::kBytesMoved},
    {'T', ItemKind::kDuration},
    {'U', ItemKind::kPath},
    {'V', ItemKind::kServerNameAsAsked},
    {'X', ItemKind::kConnectionState},
    {'a', ItemKind::kRemoteAddress},
    {'b', ItemKind::kBodyBytesOrDash},
    {'f', ItemKind::kFileName},
    {'h', ItemKind::kRemoteAddress},
    {'k', ItemKind::kKeepAliveCount},
    {'l', ItemKind::kNothing},
    {'m', ItemKind::kMethod},
    {'p', ItemKind::kCanonicalPort},
    {'q', ItemKind::kQuery},
    {'r', ItemKind::kRequestLine},
    {'s', ItemKind::kStatus},
    {'t', ItemKind::kTime},
    {'u', ItemKind::kUser},
    {'v', ItemKind::kServerName},
};

// The items that are nothing without a name.
constexpr Letter kNamed[] = {
    {'C', ItemKind::kCookie},
    {'e', ItemKind::kVariable},
    {'i', ItemKind::kRequestField},
    {'o', ItemKind::kResponseField},
};

// What Apache has and we do not.
struct Missing {
    std::string_view item;
    std::string_view reason;
};
constexpr Missing kMissing[] = {
    {"^FB", "the time to the first byte is not measured"},
    {"^FU", "the time to the first byte is not measured"},
    {"^ti", "trailers are not kept"},
    {"^to", "answers have no trailers"},
    {"n", "there are no notes of modules here"},
};

// One item is being read: what stands between the "%" and the letter, and the text behind it.
class ItemReader {
public:
    // `text` starts behind the "%".
    explicit ItemReader(std::string_view text) : text_(text), start_(text) {}

    base::Result<LogItem> read();
    [[nodiscard]] std::string_view rest() const { return text_; }

private:
    [[nodiscard]] std::string_view written() const {
        return start_.substr(0, start_.size() - text_.size());
    }
    tl::unexpected<base::Error> refuse_item(std::string_view reason) const {
        return refuse(fmt::format("\"%{}\": {}", written(), reason));
    }
    base::Result<> read_prefix();
    base::Result<> read_status();
    base::Result<> read_letter();
    base::Result<> read_port();
    base::Result<> read_process();
    base::Result<> read_duration();
    base::Result<> read_time();

    std::string_view text_;
    std::string_view start_;
    std::optional<std::string> name_;  // in braces
    LogItem item_;
};

base::Result<LogItem> ItemReader::read() {
    TRY(read_prefix());
    if (text_.empty()) {
        return refuse(fmt::format("\"%{}\" ends inside of an item", start_));
    }
    for (const auto& missing : kMissing) {
        if (text_.starts_with(missing.item)) {
            text_.remove_prefix(missing.item.size());
            return refuse_item(missing.reason);
        }
    }
    TRY(read_letter());
    return std::move(item_);
}

// Conditions, "<" or ">", and a name in braces, in any order. Of a request that was redirected
// inside of the server we know one status, so that both brackets mean the same.
base::Result<> ItemReader::read_prefix() {
    while (!text_.empty()) {
        const char c = text_.front();
        if (c >= '0' && c <= '9') {
            TRY(read_status());
            continue;
        }
        if (c == '{') {
            const auto end = text_.find('}');
            if (end == std::string_view::npos) {
                return refuse(fmt::format("\"%{}\": a {{ is opened and never closed", start_));
            }
            name_ = std::string(text_.substr(1, end - 1));
            text_.remove_prefix(end + 1);
            continue;
        }
        if (c == '!') {
            item_.is_for_other_statuses = !item_.is_for_other_statuses;
        } else if (c != '<' && c != '>' && c != ',') {
            break;
        }
        text_.remove_prefix(1);
    }
    return {};
}

base::Result<> ItemReader::read_status() {
    const auto end = std::min(text_.find_first_not_of("0123456789"), text_.size());
    const auto digits = text_.substr(0, end);
    text_.remove_prefix(end);
    if (digits.size() != 3) {
        return refuse_item("expected statuses of three digits, as in \"%400,501{User-agent}i\"");
    }
    int status = 0;
    for (const char digit : digits) {
        status = status * 10 + (digit - '0');
    }
    item_.statuses.push_back(static_cast<std::uint16_t>(status));
    return {};
}

base::Result<> ItemReader::read_letter() {
    const char letter = text_.front();
    text_.remove_prefix(1);
    if (const auto* const named = std::ranges::find(kNamed, letter, &Letter::letter);
        named != std::end(kNamed)) {
        if (!name_ || name_->empty()) {
            return refuse_item(fmt::format("expected a name, as in \"%{{name}}{}\"", letter));
        }
        item_.kind = named->kind;
        item_.text = *std::move(name_);
        return {};
    }
    const auto* const plain = std::ranges::find(kLetters, letter, &Letter::letter);
    if (plain == std::end(kLetters)) {
        return refuse_item("there is no such item");
    }
    item_.kind = plain->kind;
    item_.unit = plain->unit;
    if (!name_ || name_->empty()) {
        return {};
    }
    switch (letter) {
        case 'L':
            return refuse_item("connections have no number; %L is the request's");
        case 'P':
            return read_process();
        case 'T':
            return read_duration();
        case 'a':
        case 'h':
            return *name_ == "c" ? base::Result<>() : refuse_item("expected c in the braces");
        case 'p':
            return read_port();
        case 't':
            return read_time();
        default:
            return {};  // a name that says nothing, as in Apache
    }
}

base::Result<> ItemReader::read_port() {
    if (*name_ == "local") {
        item_.kind = ItemKind::kLocalPort;
    } else if (*name_ == "remote") {
        item_.kind = ItemKind::kRemotePort;
    } else if (*name_ != "canonical") {
        return refuse_item("expected canonical, local or remote in the braces");
    }
    return {};
}

base::Result<> ItemReader::read_process() {
    if (*name_ == "tid") {
        item_.kind = ItemKind::kThread;
    } else if (*name_ == "hextid") {
        item_.kind = ItemKind::kThreadHex;
    } else if (*name_ != "pid") {
        return refuse_item("expected pid, tid or hextid in the braces");
    }
    return {};
}

base::Result<> ItemReader::read_duration() {
    if (*name_ == "us") {
        item_.unit = Unit::kMicroseconds;
    } else if (*name_ == "ms") {
        item_.unit = Unit::kMilliseconds;
    } else if (*name_ != "s") {
        return refuse_item("expected s, ms or us in the braces");
    }
    return {};
}

base::Result<> ItemReader::read_time() {
    std::string_view form = *name_;
    if (form.starts_with("begin:")) {
        form.remove_prefix(6);
    } else if (form.starts_with("end:")) {
        form.remove_prefix(4);
        item_.is_of_end = true;
    }
    struct Form {
        std::string_view name;
        ItemKind kind;
        Unit unit;
    };
    static constexpr Form kForms[] = {
        {"", ItemKind::kTime, Unit::kSeconds},
        {"sec", ItemKind::kTimeNumber, Unit::kSeconds},
        {"msec", ItemKind::kTimeNumber, Unit::kMilliseconds},
        {"usec", ItemKind::kTimeNumber, Unit::kMicroseconds},
        {"msec_frac", ItemKind::kTimeFraction, Unit::kMilliseconds},
        {"usec_frac", ItemKind::kTimeFraction, Unit::kMicroseconds},
    };
    if (const auto* const known = std::ranges::find(kForms, form, &Form::name);
        known != std::end(kForms)) {
        item_.kind = known->kind;
        item_.unit = known->unit;
    } else {
        item_.kind = ItemKind::kTimeAs;
        item_.text = std::string(form);
    }
    return {};
}

// Text outside of items: a backslash makes a new line, a return, a tab or itself.
void append_text(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        static constexpr std::string_view kLetter = "nrt\\";
        static constexpr std::string_view kMeant = "\n\r\t\\";
        const auto known = text[at] == '\\' && at + 1 < text.size() ? kLetter.find(text[at + 1])
                                                                    : std::string_view::npos;
        at += known == std::string_view::npos ? 0 : 1;
        out.push_back(known == std::string_view::npos ? text[at] : kMeant[known]);
    }
}

LogNeeds needs_of(const LogItem& item) {
    LogNeeds needs;
    switch (item.kind) {
        case ItemKind::kFileName:
        case ItemKind::kHandler:
        case ItemKind::kQuery:
        case ItemKind::kVariable:
            needs.walk = true;
            break;
        case ItemKind::kResponseField:
            needs.response_head = true;
            break;
        case ItemKind::kDuration:
            needs.end_time = true;
            break;
        default:
            needs.end_time = item.is_of_end;
            break;
    }
    return needs;
}

}  // namespace

bool LogItem::is_wanted_for(int status) const {
    return statuses.empty() ||
           (std::ranges::find(statuses, status) == statuses.end()) == is_for_other_statuses;
}

base::Result<LogFormat> parse_log_format(std::string_view text) {
    LogFormat format;
    LogItem plain;
    const auto end_plain = [&] {
        if (!plain.text.empty()) {
            format.items.push_back(std::exchange(plain, {}));
        }
    };
    while (!text.empty()) {
        const auto percent = std::min(text.find('%'), text.size());
        append_text(plain.text, text.substr(0, percent));
        text.remove_prefix(percent);
        if (text.starts_with("%%")) {
            plain.text.push_back('%');
            text.remove_prefix(2);
        } else if (!text.empty()) {
            ItemReader reader(text.substr(1));
            auto item = TRY(reader.read());
            text = reader.rest();
            end_plain();
            format.needs.add(needs_of(item));
            format.items.push_back(std::move(item));
        }
    }
    end_plain();
    return format;
}

}  // namespace config
