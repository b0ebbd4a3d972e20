// Bindings: a Value for one member of the configuration, named by its pointer. The same ones serve
// directives and options: the member's class says where it lives.
//   seconds<&HostSettings::timeout, 1, 86400>      number<&DaemonGroup::threads, 1, 512>
//   path<&Config::pid_file>
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <type_traits>

#include "core/base/check.h"
#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/model/refuse.h"
#include "core/config/values/readers.h"

namespace config {

namespace detail {

inline Config& owner(Scope& scope, const Config*) { return scope.config; }
inline VirtualHost& owner(Scope& scope, const VirtualHost*) {
    return scope.config.hosts.at(scope.host);
}
inline HostSettings& owner(Scope& scope, const HostSettings*) {
    return scope.config.hosts.at(scope.host).settings;
}
inline DirectorySettings& owner(Scope& scope, const DirectorySettings*) {
    return settings_of(scope);
}
inline DaemonGroup& owner(Scope& scope, const DaemonGroup*) {
    CHECK(scope.group != nullptr);
    return *scope.group;
}
inline Mount& owner(Scope& scope, const Mount*) {
    CHECK(scope.mount != nullptr);
    return *scope.mount;
}

inline const Config& owner(const View& view, const Config*) { return view.config; }
inline const VirtualHost& owner(const View& view, const VirtualHost*) { return view.host; }
inline const HostSettings& owner(const View& view, const HostSettings*) {
    return view.host.settings;
}
inline const DirectorySettings& owner(const View& view, const DirectorySettings*) {
    static const DirectorySettings kNothing;
    return view.settings == nullptr ? kNothing : *view.settings;
}
inline const DaemonGroup& owner(const View& view, const DaemonGroup*) {
    CHECK(view.group != nullptr);
    return *view.group;
}
inline const Mount& owner(const View& view, const Mount*) {
    CHECK(view.mount != nullptr);
    return *view.mount;
}

template <class Owner, class T>
Owner owner_of(T Owner::*);
template <class Owner, class T>
T type_of(T Owner::*);

template <class T>
struct Bare {
    using Type = T;
};
template <class T>
struct Bare<std::optional<T>> {
    using Type = T;
};

}  // namespace detail

// The member itself, in a Scope or a View.
template <auto Member, class From>
auto& member(From& from) {
    using Owner = decltype(detail::owner_of(Member));
    return detail::owner(from, static_cast<const Owner*>(nullptr)).*Member;
}

// Its type without std::optional.
template <auto Member>
using MemberType = typename detail::Bare<decltype(detail::type_of(Member))>::Type;

// The member as text, by `format`; nothing where an optional has no value, or a text or list none.
template <auto Member, class Format>
std::vector<std::string> show_member(const View& view, Format format) {
    const auto& value = member<Member>(view);
    if constexpr (requires { value.has_value(); }) {
        return value ? std::vector<std::string>{format(*value)} : std::vector<std::string>();
    } else if constexpr (requires { value.empty(); }) {
        return value.empty() ? std::vector<std::string>() : std::vector<std::string>{format(value)};
    } else {
        return {format(value)};
    }
}

// The words of the tables; lower case, so that a row reads like a sentence.
// NOLINTBEGIN(readability-identifier-naming)

// A whole number from Min to Max, in the member's own unit.
template <auto Member, std::uint64_t Min, std::uint64_t Max>
inline constexpr Value number = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        member<Member>(scope) =
            static_cast<MemberType<Member>>(TRY(read_number(words[0], Min, Max)));
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<Member>(view, [](const auto& value) {
                return fmt::format("{}", value);
            });
        },
};

// A whole number from Min to Max, or 0 for "none" or "the system's".
template <auto Member, std::uint64_t Min, std::uint64_t Max>
inline constexpr Value number_or_zero = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        const auto read = read_number(words[0], Min, Max);
        if (!read && words[0] != "0") {
            return refuse(read.error().what + ", or 0");
        }
        member<Member>(scope) = static_cast<MemberType<Member>>(read.value_or(0));
        return {};
    },
    .show = number<Member, Min, Max>.show,
};

// Whole seconds from Min to Max.
template <auto Member, std::uint64_t Min, std::uint64_t Max>
inline constexpr Value seconds = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        const auto count = TRY(read_number(words[0], Min, Max, "number of seconds"));
        member<Member>(scope) = std::chrono::seconds(static_cast<std::int64_t>(count));
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<Member>(view, [](const auto& value) {
                return fmt::format("{}", value.count());
            });
        },
};

// On or Off.
template <auto Member>
inline constexpr Value on_off = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        member<Member>(scope) = TRY(read_on_off(words[0]));
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<Member>(view, [](bool value) {
                return std::string(value ? "On" : "Off");
            });
        },
};

// Text that `Read` accepts. PlaceMember, where given, remembers where it was written.
template <auto Member, auto Read, auto PlaceMember = nullptr>
inline constexpr Value text = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        member<Member>(scope) = TRY(Read(scope, words[0]));
        if constexpr (!std::is_null_pointer_v<decltype(PlaceMember)>) {
            member<PlaceMember>(scope) = scope.place;
        }
        return {};
    },
    .show = [](const View& view
            ) { return show_member<Member>(view, [](const std::string& value) { return value; }); },
};

// The name of a type or handler, of which "None" is none.
template <auto Member, auto PlaceMember>
inline constexpr Value text_or_none = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        TRY(check_length("it", words[0], kTypeBytesMax));
        member<Member>(scope) = base::equal_case_blind(words[0], "None") ? std::string() : words[0];
        member<PlaceMember>(scope) = scope.place;
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<Member>(view, [](const std::string& value) {
                return value.empty() ? std::string("None") : value;
            });
        },
};

// A file or directory. A relative one starts at the configuration file's directory.
template <auto Member>
inline constexpr Value path = text<Member, read_path>;

// Directories separated by ":".
template <auto Member>
inline constexpr Value paths = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        member<Member>(scope) = TRY(read_paths(scope, words[0]));
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<Member>(view, [](const auto& value) {
                return fmt::format("{}", fmt::join(value, ":"));
            });
        },
};

// Words, in the place of what stood there; a lone "None" is none of them.
template <auto Member>
inline constexpr Value names_or_none = {
    .words_min = 0,
    .words_max = kAnyNumber,
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        const bool is_none = words.size() == 1 && base::equal_case_blind(words[0], "None");
        member<Member>(scope) =
            is_none ? std::vector<std::string>() : std::vector(words.begin(), words.end());
        return {};
    },
    .show =
        [](const View& view) {
            const auto& value = member<Member>(view);
            return value ? std::vector{
                               value->empty() ? std::string("None")
                                              : fmt::format("{}", fmt::join(*value, " "))}
                         : std::vector<std::string>();
        },
};

// The same, of which there is at least one.
template <auto Member>
inline constexpr Value names = {
    1, kAnyNumber, names_or_none<Member>.apply, names_or_none<Member>.show};

// NOLINTEND(readability-identifier-naming)

}  // namespace config
