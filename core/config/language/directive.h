// What a directive and an option are: rows of constexpr tables. The parser, the checks, the dump
// and DIRECTIVES.md all read the same rows. Constant data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"

namespace config {

using Words = std::span<const std::string>;

// Where a directive may stand.
using Where = std::uint8_t;
inline constexpr Where kServer = 1;
inline constexpr Where kVirtualHost = 2;
inline constexpr Where kHosts = kServer | kVirtualHost;
inline constexpr Where kDirectory = 4;  // <Directory>, <Files>, <Location>, <If> and their kin
inline constexpr Where kHtaccess = 8;   // where AllowOverride permits the directive's class
inline constexpr Where kAnywhere = kServer | kVirtualHost | kDirectory | kHtaccess;

// Where a value goes while a file is read. Lives for one directive.
struct Scope {
    Config& config;
    std::uint32_t host = 0;  // index into Config::hosts
    Place place;
    std::string_view directory;  // relative paths start here; absolute
    // The innermost section, an index into Config::sections; VirtualHost::kNoSection outside of
    // all. Ask settings_of().
    std::uint32_t section = UINT32_MAX;
    bool is_htaccess = false;
    // Of a .htaccess file: what may stand in it.
    const AllowOverride* allowed = nullptr;
    DaemonGroup* group = nullptr;  // while options of WSGIDaemonProcess are read
    Mount* mount = nullptr;        // while options of WSGIScriptAlias are read
    // What is taken, but not quite as it is written: sentences about the directive.
    std::vector<std::string> remarks = {};

    [[nodiscard]] Author author() const {
        return is_htaccess ? Author::kHtaccess : Author::kAdministrator;
    }
};

// The settings of the section that `scope` is in; outside of all, of the virtual host.
DirectorySettings& settings_of(Scope& scope);

// Where a value is shown from.
struct View {
    const Config& config;
    const VirtualHost& host;
    const DaemonGroup* group = nullptr;
    const Mount* mount = nullptr;
    const DirectorySettings* settings = nullptr;  // of the section; null: nothing is set
};

// Text <-> members of the configuration.
struct Value {
    int words_min = 1;
    int words_max = 1;  // kRestOfLine: one word, everything behind the name as it was written

    // Takes the words; their number is right. The error is a sentence about the directive or, where
    // there is only one word, about that word, which whoever reports it puts in front.
    base::Result<> (*apply)(Scope& scope, Words words) = nullptr;

    // The arguments as one would write them, one entry per line; none where nothing is set.
    std::vector<std::string> (*show)(const View& view) = nullptr;
};

inline constexpr int kAnyNumber = 1 << 20;
inline constexpr int kRestOfLine = -1;

// One directive.
struct Directive {
    std::string_view name;
    Where where = kServer;
    std::string_view arguments;
    Value value;
    std::string_view help;
    std::string_view example;
    override_class::Bits override = override_class::kNone;  // with kHtaccess: any of these permits
};

// One name=value of WSGIDaemonProcess or WSGIScriptAlias. Its name is case-sensitive.
struct Option {
    std::string_view name;
    Value value;                 // of one word
    std::string_view complaint;  // mod_wsgi's sentence when the value is wrong; may be empty
    std::string_view help;
};

// The tables, in the order of their names: all directives (of all directives/*directives.cc), and
// the options.
std::span<const Directive> directives();
std::span<const Option> daemon_options();
std::span<const Option> alias_options();

// The directive called `name`, whatever its case; null when there is none.
const Directive* find(std::string_view name);

// `; did you mean "X"?` for the nearest directive, or nothing.
std::string suggest_directive(std::string_view misspelt);
// Its name; "" where nothing is near.
std::string_view nearest_directive(std::string_view misspelt);

// Applies one "name=value" from `options`; errors are sentences that start with the word. `invalid`
// is what to say about a word that is no option at all.
base::Result<> apply_option(
    Scope& scope, const std::string& word, std::span<const Option> options, std::string_view invalid
);

// The options whose values differ from those of `defaults`, each with a blank in front.
std::string show_options(const View& view, const View& defaults, std::span<const Option> options);

// The sentence about a line with `given` words, which are too few or too many.
std::string wrong_number_of_words(const Directive& directive, std::size_t given);

}  // namespace config
