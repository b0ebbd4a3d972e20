// The house rules that a compiler does not know: which folder may include which, who may speak to
// liburing, llhttp, Python and fork, words that we do not use, and files that have grown too long.
// To add a rule, add a row; the rooms are rows of arrows.h.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/configuration_parser.h"
#include "tests/arrows.h"

namespace {

using test::Arrow;
using test::kArrows;
namespace fs = std::filesystem;

struct Door {
    std::string_view word;
    std::string_view folder;  // the only one that may
};

const std::vector<Door> kDoors = {
    {"#include <liburing.h>", "core/loop/ring/uring"},
    {"#include <llhttp.h>", "http/parser"},
    {"#include <pcre2.h>", "core/base/text"},
    {"#include <Python.h>", "interp/python"},
    {"#include <apr_md5.h>", "core/base/text"},
    {"#include <apr_sha1.h>", "core/base/text"},
    {"fork()", "ipc"},
    {"vfork()", "ipc"},
    {"::clone(", "ipc"},
    {"clone3", "ipc"},
    {"SYS_clone", "ipc"},
    {"posix_spawn", "ipc"},
    {"posix_spawnp", "ipc"},
};

struct BannedWord {
    std::string_view word;  // "*Word" is every name that ends so
    std::string_view instead;
    bool in_tests;                               // also where tests and benchmarks speak
    std::vector<std::string_view> allowed_in{};  // files, each with its reason behind it
};

const std::vector<BannedWord> kBannedWords = {
    {"*Manager", "say what it is", true},
    {"*Helper", "say what it is", true},
    {"*Util", "say what it is", true},
    {"*Utils", "say what it is", true},
    {"using namespace std;", "the name with its std::", true},
    {"TODO", "finish it, or open an issue", true},
    {"FIXME", "finish it, or open an issue", true},
    {"XXX", "finish it, or open an issue", true},
    {"sleep_for",
     "wait for the event",
     true,
     {"tests/e2e/http/timeouts_test.cc",  // the pace of a slow client, which is what is tested
      "tests/e2e/http/slow_bodies_test.cc",
      "tests/e2e/http/crowded_bodies_test.cc",
      "tests/e2e/http/early_answers_test.cc"}},
    {"sleep_until", "wait for the event", true},
    {"nanosleep", "wait for the event", true},
    {"usleep", "wait for the event", true, {"tests/support/deadline.h"}},
    {"printf(", "main_log() or fmt::print", false},
    {"fprintf(", "main_log() or fmt::print", false, {"core/base/check.cc"}},
    {"std::cout", "main_log() or fmt::print", false},
    {"std::cerr", "main_log() or fmt::print", false},
    {"std::format", "fmt::format", true},
    {"throw std::", "base::Result", false, {"core/base/memory.cc"}},  // what operator new throws
};

// What a comment may not refer to: a number of ours, which a reader cannot look up. An RFC's
// section, a CVE, or the reason itself can.
const std::vector<const char*> kPrivateNumbers = {
    R"(\b[A-Z]-[0-9]+\b)",                // "T-12"
    R"(\b[Ss]pecification,? [0-9])",      // "specification 3.9"
    R"(\b[Cc]ases? [0-9]+\b)",            // "case 53"
    R"(\b([Ii]ssues?|PR) #?[0-9]+\b)",    // "issue 5"
    R"(\b([Ff]aults?|[Tt]asks?) [0-9])",  // "fault 17"
};

constexpr std::size_t kLinesMax = 400;      // of code
constexpr std::size_t kTestLinesMax = 600;  // cases are rows, and rows are easy to read

struct LongFile {
    std::string_view file;
    std::string_view reason;
};

const std::vector<LongFile> kLongFiles = {
    {"core/config/directives/foreign.cc",
     "a table: one row for each directive that we do not have"},
};

struct Source {
    std::string path;  // from the top of the tree
    std::vector<std::string> lines;
    [[nodiscard]] bool is_test() const {
        return path.starts_with("tests/") || path.starts_with("perf/");
    }
    [[nodiscard]] std::string folder() const { return fs::path(path).parent_path().string(); }
};

constexpr std::string_view kThisFile = "tests/tidy_test.cc";  // names what it bans

fs::path top() { return HOOPSNAKE_SOURCE_DIR; }

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

const std::vector<Source>& sources() {
    static const std::vector<Source> kSources = [] {
        std::vector<Source> all;
        for (const char* root : {"core", "http", "interp", "ipc", "tests", "perf"}) {
            for (const auto& entry : fs::recursive_directory_iterator(top() / root)) {
                const fs::path extension = entry.path().extension();
                if (extension == ".h" || extension == ".cc") {
                    const std::string path = fs::relative(entry.path(), top()).string();
                    all.push_back({path, lines_of(entry.path())});
                }
            }
        }
        return all;
    }();
    return kSources;
}

// The code of a line: without a comment at its end. Strings may hold "//"; then a rule sees less,
// never more.
std::string_view code_of(std::string_view line) { return line.substr(0, line.find("//")); }

bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

// Whole words only: "usleep" is not in "usleeper".
bool has_word(std::string_view line, std::string_view word) {
    const bool is_ending = word.starts_with('*');
    word.remove_prefix(is_ending ? 1 : 0);
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins =
            is_ending || at == 0 || !is_name_byte(word[0]) || !is_name_byte(line[at - 1]);
        const bool ends =
            end == line.size() || !is_name_byte(word.back()) || !is_name_byte(line[end]);
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

// Calls check(source, line number, line) for every line of the tree.
template <class Check>
void for_each_line(const Check& check) {
    for (const Source& source : sources()) {
        for (std::size_t i = 0; i < source.lines.size(); ++i) {
            check(source, i + 1, source.lines[i]);
        }
    }
}

TEST(Tidy, FindsTheTree) {
    EXPECT_GT(sources().size(), 30U);
    for (const Arrow& arrow : kArrows) {
        EXPECT_TRUE(std::ranges::any_of(sources(), [&](const Source& source) {
            return source.folder() == arrow.folder;
        })) << arrow.folder;
    }
}

// So there is no circle.
TEST(Tidy, ARoomIncludesOnlyWhatStandsAboveIt) {
    for (auto arrow = kArrows.begin(); arrow != kArrows.end(); ++arrow) {
        for (const std::string_view room : arrow->may_include) {
            EXPECT_NE(std::ranges::find(kArrows.begin(), arrow, room, &Arrow::folder), arrow)
                << arrow->folder << " includes " << room;
        }
    }
}

// "core/base/system/fd.h" of a line that includes it; empty where it includes nothing of ours.
std::string own_include(std::string_view line) {
    constexpr std::string_view kStart = "#include \"";
    if (!line.starts_with(kStart)) {
        return {};
    }
    line.remove_prefix(kStart.size());
    return std::string(line.substr(0, line.find('"')));
}

TEST(Tidy, IncludesFollowTheArrows) {
    for_each_line([](const Source& source, std::size_t number, std::string_view line) {
        const std::string included = own_include(line);
        if (source.is_test() || included.empty()) {
            return;
        }
        const std::string from = source.folder();
        const std::string to = fs::path(included).parent_path().string();
        const auto arrow = std::ranges::find(kArrows, from, &Arrow::folder);
        ASSERT_NE(arrow, kArrows.end()) << from << " has no row in kArrows";
        EXPECT_TRUE(to == from || std::ranges::count(arrow->may_include, to) == 1)
            << fmt::format("{}:{}: {} may not include {}", source.path, number, from, to);
    });
}

TEST(Tidy, OwnHeadersAreIncludedFromTheTop) {
    for_each_line([](const Source& source, std::size_t number, std::string_view line) {
        const std::string included = own_include(line);
        EXPECT_TRUE(included.empty() || fs::exists(top() / included))
            << fmt::format("{}:{}: {}", source.path, number, included);
    });
}

TEST(Tidy, ForeignThingsHaveOneDoorEach) {
    for_each_line([](const Source& source, std::size_t number, std::string_view line) {
        for (const Door& door : kDoors) {
            if (!source.is_test() && has_word(code_of(line), door.word)) {
                EXPECT_EQ(source.folder(), door.folder)
                    << fmt::format("{}:{}: {}", source.path, number, line);
            }
        }
    });
}

TEST(Tidy, WordsWeDoNotUse) {
    for_each_line([](const Source& source, std::size_t number, std::string_view line) {
        for (const BannedWord& banned : kBannedWords) {
            if ((source.is_test() && !banned.in_tests) || source.path == kThisFile ||
                std::ranges::count(banned.allowed_in, source.path) > 0) {
                continue;
            }
            EXPECT_FALSE(has_word(line, banned.word)) << fmt::format(
                "{}:{}: {}: instead: {}", source.path, number, banned.word, banned.instead
            );
        }
    });
}

bool has_private_number(std::string_view line) {
    static const std::vector<std::regex> kPatterns(kPrivateNumbers.begin(), kPrivateNumbers.end());
    const std::string comment(line.substr(std::min(line.find("//"), line.size())));
    return comment.find_first_of("0123456789") != comment.npos &&
           std::ranges::any_of(kPatterns, [&comment](const std::regex& pattern) {
               return std::regex_search(comment, pattern);
           });
}

TEST(Tidy, KnowsPrivateNumbers) {
    for (const char* const refused :
         {"// ends early (T-20).",
          "f();  // Specification 3.9: so",
          "// case 53",
          "// see issue #5"}) {
        EXPECT_TRUE(has_private_number(refused)) << refused;
    }
    for (const char* const fine :
         {"// RFC 9112 section 9.6, CWE-113, CVE-2022-1234",
          "// UTF-8, SHA-1; in case it is asked",
          "case 53:  // of many",
          "f('T-20');"}) {
        EXPECT_FALSE(has_private_number(fine)) << fine;
    }
}

TEST(Tidy, CommentsReferToWhatAReaderCanLookUp) {
    for_each_line([](const Source& source, std::size_t number, std::string_view line) {
        EXPECT_FALSE(!source.is_test() && has_private_number(line))
            << fmt::format("{}:{}: {}", source.path, number, line);
    });
}

bool is_comment(std::string_view line) {
    return line.substr(std::min(line.find_first_not_of(' '), line.size())).starts_with("//");
}

// Lines of a comment do not count: nobody is to save them.
TEST(Tidy, AFileIsOneNoun) {
    for (const Source& source : sources()) {
        const std::size_t lines_max = source.is_test() ? kTestLinesMax : kLinesMax;
        const bool may_be_long = std::ranges::count(kLongFiles, source.path, &LongFile::file) > 0;
        const auto lines =
            source.lines.size() -
            static_cast<std::size_t>(std::ranges::count_if(source.lines, is_comment));
        EXPECT_TRUE(lines <= lines_max || may_be_long)
            << fmt::format("{} has {} lines of code: make it two", source.path, lines);
    }
}

// What x.cc and x_test.cc are about stands in x.h.
TEST(Tidy, AFileOpensWithWhatItIs) {
    for (const Source& source : sources()) {
        ASSERT_FALSE(source.lines.empty()) << source.path;
        const bool has_header = source.path.ends_with("_test.cc") ||
                                (source.path.ends_with(".cc") &&
                                 fs::exists(top() / fs::path(source.path).replace_extension(".h")));
        EXPECT_TRUE(has_header || source.lines[0].starts_with("// ")) << source.path;
    }
}

// A static library of CMakeLists.txt, of which the presets with sanitizers compile several files as
// one.
constexpr std::string_view kLibraries[] = {
    "core/base/",
    "core/config/",
    "core/loop/",
    "http/",
    "core/request/",
    "core/site/",
    "ipc/",
    "core/server/",
    "interp/"};
// Modules of Python say the same names on purpose, and are compiled by themselves.
constexpr std::string_view kModulesOfPython = "interp/wsgi";

struct Declared {
    std::string name;
    std::string alias_of;  // what stands behind the "=" of another name for something
    bool operator==(const Declared&) const = default;
};

// The last word of `text`; "" where it is a member of something that has been declared before.
std::string last_word(std::string_view text) {
    while (!text.empty() && !is_name_byte(text.back())) {
        text.remove_suffix(1);
    }
    const auto before = std::find_if_not(text.rbegin(), text.rend(), is_name_byte);
    const bool is_member = before != text.rend() && *before == ':';
    return is_member ? std::string()
                     : std::string(text.substr(static_cast<std::size_t>(text.rend() - before)));
}

// What a line at the left margin declares; its name is empty where that is nothing.
Declared declared_in(std::string_view line) {
    constexpr std::string_view kAttribute = "]] ";
    if (line.starts_with("[[") && line.find(kAttribute) != line.npos) {
        line.remove_prefix(line.find(kAttribute) + kAttribute.size());
    }
    if (line.empty() || !is_name_byte(line[0]) || line.starts_with("template ") ||
        line.starts_with("static_assert(") || line.ends_with(':') ||
        line.find("operator") != line.npos) {
        return {};
    }
    const auto equals = std::min(line.find(" = "), line.size());
    if (line.starts_with("using ") || line.starts_with("namespace ")) {
        return equals == line.size()
                   ? Declared()
                   : Declared{last_word(line.substr(0, equals)), std::string(line.substr(equals))};
    }
    const bool is_type =
        line.starts_with("struct ") || line.starts_with("class ") || line.starts_with("enum ");
    const auto end = std::min(line.find_first_of(is_type ? "(:{;" : "([{;"), equals);
    return {last_word(line.substr(0, std::min(end, line.find(" final ")))), {}};
}

// The names of a file that stand in its anonymous namespaces, each once.
std::vector<Declared> own_names(const std::vector<std::string>& lines) {
    std::vector<Declared> names;
    bool is_inside = false;
    for (const std::string& line : lines) {
        is_inside = line == "namespace {" || (is_inside && line != "}  // namespace");
        Declared declared = is_inside ? declared_in(line) : Declared();
        if (!declared.name.empty() &&
            std::ranges::count(names, declared.name, &Declared::name) == 0) {
            names.push_back(std::move(declared));
        }
    }
    return names;
}

TEST(Tidy, KnowsNamesOfAnonymousNamespaces) {
    std::vector<std::string> found;
    for (const Declared& declared : own_names(
             {"constexpr int kOutside = 1;",
              "namespace {",
              "using namespace std::chrono_literals;",
              "using config::Section;",
              "using Lock = std::unique_lock<std::mutex>;",
              "namespace fs = std::filesystem;",
              "// void comment();",
              "constexpr int kNumbers[] = {1, 2};",
              "std::array<char, 3> text{};",
              "struct Row final : Base {",
              "public:",
              "    int member = 0;",
              "};",
              "enum class Kind : char { kOne };",
              "struct stat status_of(int fd) {",
              "    return look(fd);",
              "}",
              "template <class T>",
              "[[nodiscard]] const T& first(",
              "    const std::vector<T>& all",
              ") {",
              "bool first(int one);",
              "bool operator==(const Row& a, const Row& b) {",
              "int Row::size() const {",
              "static_assert(sizeof(Row) == 4);",
              "extern \"C\" void on_signal(int number);",
              "}  // namespace",
              "void outside() {}"}
         )) {
        found.push_back(declared.name);
    }
    EXPECT_EQ(
        found,
        (std::vector<std::string>{
            "Lock", "fs", "kNumbers", "text", "Row", "Kind", "status_of", "first", "on_signal"})
    );
}

// Two files of a library may be compiled as one, where both names would be in one namespace; and
// who searches for a name finds one thing. Overloads count: they could be told apart, but not by a
// reader. Two files may have the same short name for the same thing.
TEST(Tidy, ANameOfAnAnonymousNamespaceIsTheOnlyOneOfItsLibrary) {
    for (const std::string_view library : kLibraries) {
        std::map<std::string, std::pair<Declared, std::string>> known;
        for (const Source& source : sources()) {
            if (!source.path.starts_with(library) || source.folder() == kModulesOfPython) {
                continue;
            }
            for (const Declared& declared : own_names(source.lines)) {
                const auto& [first, path] =
                    known.try_emplace(declared.name, declared, source.path).first->second;
                EXPECT_TRUE(
                    path == source.path || (declared == first && !declared.alias_of.empty())
                ) << fmt::format("{} stands in {} and in {}", declared.name, path, source.path);
            }
        }
    }
}

// The configuration blocks of a document: from ```apache to ```.
std::vector<std::string> apache_blocks(const fs::path& document) {
    std::vector<std::string> blocks;
    bool is_inside = false;
    for (const std::string& line : lines_of(document)) {
        if (line == "```apache") {
            is_inside = true;
            blocks.emplace_back();
        } else if (line == "```") {
            is_inside = false;
        } else if (is_inside) {
            blocks.back() += line + "\n";
        }
    }
    return blocks;
}

TEST(Documents, ConfigurationsInThemParse) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(top())) {
        if (entry.path().extension() != ".md") {
            continue;
        }
        for (const std::string& block : apache_blocks(entry.path())) {
            ++count;
            const auto config = config::parse_text(block, entry.path().filename().string());
            EXPECT_TRUE(config.has_value()) << config.error().what << "\n" << block;
        }
    }
    EXPECT_GT(count, 0U) << "README.md shows no configuration";
}

}  // namespace
