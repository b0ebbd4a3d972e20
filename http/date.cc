#include "http/date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace http {
namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::array<std::string_view, 7> kLongDays = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// What is left of a date while it is read.
class Text {
public:
    explicit Text(std::string_view text) : left_(text) {}

    // Each of these leaves is_fine() false where something else stands there.
    void literal(std::string_view expected) {
        is_fine_ = is_fine_ && left_.starts_with(expected);
        left_.remove_prefix(is_fine_ ? expected.size() : 0);
    }
    int number(std::size_t digits) {
        int value = 0;
        const std::string_view text = left_.substr(0, digits);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        is_fine_ = is_fine_ && text.size() == digits && error == std::errc() &&
                   end == text.data() + digits && text.front() != '-';
        left_.remove_prefix(is_fine_ ? digits : 0);
        return value;
    }
    // The place of the next three letters in a list of such.
    std::size_t name(std::string_view names) {
        const std::size_t at = left_.size() < 3 ? names.npos : names.find(left_.substr(0, 3));
        is_fine_ = is_fine_ && at != names.npos && at % 3 == 0;
        left_.remove_prefix(is_fine_ ? 3 : 0);
        return at / 3;
    }
    [[nodiscard]] bool starts_with(std::string_view text) const { return left_.starts_with(text); }
    [[nodiscard]] bool is_fine() const { return is_fine_; }
    [[nodiscard]] bool is_at_end() const { return is_fine_ && left_.empty(); }

private:
    std::string_view left_;
    bool is_fine_ = true;
};

struct Date {
    int year = 0;
    int month = 1;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void read_time(Text& text, Date& date) {
    date.hour = text.number(2);
    text.literal(":");
    date.minute = text.number(2);
    text.literal(":");
    date.second = text.number(2);
}

std::optional<std::int64_t> seconds_of(const Date& date) {
    using namespace std::chrono;
    const year_month_day day(
        year(date.year),
        month(static_cast<unsigned>(date.month)),
        std::chrono::day(static_cast<unsigned>(date.day))
    );
    // 60 is a leap second.
    if (!day.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) {
        return std::nullopt;
    }
    const auto instant =
        sys_days(day) + hours(date.hour) + minutes(date.minute) + seconds(date.second);
    return duration_cast<seconds>(instant.time_since_epoch()).count();
}

// "06 Nov 1994 08:49:37 GMT", with `separator` between the parts of the day; what stands in front
// has been read.
std::optional<std::int64_t> read_rest(
    Text& text, std::string_view separator, std::size_t year_digits, std::int64_t now
) {
    Date date;
    date.day = text.number(2);
    text.literal(separator);
    date.month = static_cast<int>(text.name(kMonths)) + 1;
    text.literal(separator);
    date.year = text.number(year_digits);
    text.literal(" ");
    read_time(text, date);
    text.literal(" GMT");
    if (!text.is_at_end()) {
        return std::nullopt;
    }
    if (year_digits == 2) {
        // RFC 9110 section 5.6.7: what seems to be more than 50 years ahead is of the past.
        using namespace std::chrono;
        const int this_year =
            static_cast<int>(year_month_day(floor<days>(sys_seconds(seconds(now)))).year());
        date.year += this_year / 100 * 100;
        date.year -= date.year > this_year + 50 ? 100 : 0;
    }
    return seconds_of(date);
}

// "Nov  6 08:49:37 1994"
std::optional<std::int64_t> read_asctime(Text& text) {
    Date date;
    date.month = static_cast<int>(text.name(kMonths)) + 1;
    text.literal(" ");
    if (text.starts_with(" ")) {
        text.literal(" ");
        date.day = text.number(1);
    } else {
        date.day = text.number(2);
    }
    text.literal(" ");
    read_time(text, date);
    text.literal(" ");
    date.year = text.number(4);
    return text.is_at_end() ? seconds_of(date) : std::nullopt;
}

}  // namespace

std::string http_date(std::int64_t seconds_since_epoch) {
    using namespace std::chrono;
    const sys_seconds instant{seconds{seconds_since_epoch}};
    const sys_days midnight = floor<days>(instant);
    const year_month_day date(midnight);
    const hh_mm_ss time(instant - midnight);
    const auto two = [](std::int64_t number) {
        return std::string{
            static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    const int year = static_cast<int>(date.year());
    std::string text(kDays.substr(weekday(midnight).c_encoding() * 3, 3));
    text.append(", ").append(two(static_cast<unsigned>(date.day()))).append(" ");
    text.append(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3)).append(" ");
    text.append(two(year / 100)).append(two(year)).append(" ");
    text.append(two(time.hours().count()))
        .append(":")
        .append(two(time.minutes().count()))
        .append(":");
    return text.append(two(time.seconds().count())).append(" GMT");
}

std::optional<std::int64_t> parse_http_date(std::string_view written, std::int64_t now) {
    for (const std::string_view day : kLongDays) {
        if (written.starts_with(day)) {  // RFC 850
            Text text(written.substr(day.size()));
            text.literal(", ");
            return read_rest(text, "-", 2, now);
        }
    }
    Text text(written);
    text.name(kDays);
    if (!text.is_fine()) {
        return std::nullopt;
    }
    if (text.starts_with(",")) {
        text.literal(", ");
        return read_rest(text, " ", 4, now);
    }
    text.literal(" ");
    return read_asctime(text);
}

}  // namespace http
