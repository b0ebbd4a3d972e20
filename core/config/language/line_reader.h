// LineReader: the lines of a configuration file and of the files that it includes, in the order in
// which they count. It does what stands above directives: Include, Define and ${VAR}, <IfDefine>
// and its kin, <Macro> and Use; and it pairs the opening and closing lines of sections. One
// thread; lives as long as the reading.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/findings/problems.h"
#include "core/config/language/definitions.h"
#include "core/config/language/macros.h"
#include "core/config/language/sources.h"

namespace config {

class LineReader {
public:
    // Who gets the lines. An answer that is not "" is what is wrong with the line.
    class Taker {
    public:
        virtual ~Taker() = default;
        [[nodiscard]] virtual const std::string& server_root() const = 0;
        [[nodiscard]] virtual bool is_htaccess() const = 0;
        [[nodiscard]] virtual bool has_section(std::string_view name) const = 0;
        virtual std::string take_directive(const Line& line, const Place& place) = 0;
        // A section that is refused is skipped with all that is in it, and not closed.
        virtual std::string open_section(const Line& line, const Place& place) = 0;
        virtual void close_section(std::string_view name, const Place& place) = 0;
    };

    LineReader(Taker& taker, Problems& problems, const std::vector<std::string>& defines);
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    // Of a .htaccess file nothing is read behind the first problem, unless all are collected.
    void read(std::string text, const std::string& name);
    [[nodiscard]] const Definitions& definitions() const { return definitions_; }
    // The one that it began with, and those that it includes; none where it is a .htaccess file.
    [[nodiscard]] const std::set<std::string>& files() const { return files_; }
    // Files or macros hold themselves: nothing is known of what would have followed.
    [[nodiscard]] bool has_given_up() const { return has_given_up_; }

private:
    struct Open {
        enum class Kind { kTaken, kTransparent, kSkipped, kMacro };
        Kind kind = Kind::kTaken;
        std::string name;
        Place place;
        int depth = 1;  // of equal names within a skipped section or a macro
        Macro macro;
    };

    void begin_file(std::string text, const std::string& name, int depth, std::string at);
    void expand(Line& line);
    void end_source();
    void take(const Line& line);
    [[nodiscard]] bool skip(const Line& line);
    void open(const Line& line);
    void close(const Line& line);
    bool open_conditional(const Line& line);
    [[nodiscard]] base::Result<bool> holds(const Line& line) const;
    void open_macro(const Line& line);
    void take_directive(const Line& line);
    std::string take_language(const Line& line);
    std::string include(const Line& line, bool is_optional);
    std::string use(const Line& line);
    void complain(const Line& line, const std::string& sentence);

    Taker& taker_;
    Problems& problems_;
    Definitions definitions_;
    std::map<std::string, Macro> macros_;  // by their names in lower case
    Sources sources_;
    std::set<std::string> files_;
    std::vector<Open> open_;
    std::vector<std::string> unknown_;  // variables of the line that is being read
    bool has_given_up_ = false;
};

}  // namespace config
