#include "core/config/parser.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "core/base/fd.h"
#include "core/config/directive.h"
#include "core/config/problems.h"
#include "core/config/resolve.h"
#include "core/config/server_values.h"
#include "core/config/tokenizer.h"

namespace config {
namespace {

constexpr std::string_view kVirtualHostSection = "VirtualHost";

// "${NAME}" in `word`, or "". Apache would put a defined value or an environment variable there.
std::string_view variable_in(std::string_view word) {
    const auto start = word.find("${");
    const auto end = word.find('}', start == std::string_view::npos ? 0 : start);
    return start == std::string_view::npos || end == std::string_view::npos
               ? std::string_view()
               : word.substr(start, end - start + 1);
}

std::string wrong_number_of_words(const Directive& directive, std::size_t given) {
    const auto count = [](int number) {
        static constexpr std::array<std::string_view, 3> kWords = {"no", "one", "two"};
        return kWords.at(static_cast<std::size_t>(number));
    };
    const auto [min, max] = std::pair(directive.value.words_min, directive.value.words_max);
    const auto wanted = max == kAnyNumber ? fmt::format("requires at least {}", count(min))
                        : min == max      ? fmt::format("takes {}", count(min))
                                          : fmt::format("takes {} or {}", count(min), count(max));
    return fmt::format(
        "{} argument{}, {}, as in \"{}\"; there {} {}",
        wanted,
        (max == kAnyNumber ? min : max) == 1 ? "" : "s",
        directive.arguments,
        directive.example.substr(directive.example.rfind('\n') + 1),
        given == 1 ? "is" : "are",
        given
    );
}

class Parser {
public:
    Parser(std::string_view text, const std::string& name, std::string directory)
        : tokenizer_(text),
          directory_(std::move(directory)),
          problems_(name),
          file_(std::make_shared<const std::string>(name)) {
        config_.hosts.emplace_back();
    }

    base::Result<Config> parse() {
        Line line;
        while (tokenizer_.next(line)) {
            take(line);
        }
        if (open_line_ != 0) {
            problems_.add(
                open_line_, fmt::format("<{0}> is never closed; write </{0}>", open_name_)
            );
        }
        resolve(config_, problems_);
        if (!problems_.is_empty()) {
            return base::fail(base::Fault::kConfig, problems_.text());
        }
        return std::move(config_);
    }

private:
    void take(const Line& line) {
        if (!line.problem.empty()) {
            problems_.add(line.number, line.problem);
        } else if (is_skipping()) {
            skip(line);
        } else if (line.kind == LineKind::kOpen) {
            open(line);
        } else if (line.kind == LineKind::kClose) {
            close(line);
        } else {
            apply(line);
        }
    }

    // Inside a section that we do not know, nothing counts but its end.
    [[nodiscard]] bool is_skipping() const { return depth_skipped_ > 0; }
    void skip(const Line& line) {
        if (equal_case_blind(line.name, open_name_)) {
            depth_skipped_ += line.kind == LineKind::kOpen    ? 1
                              : line.kind == LineKind::kClose ? -1
                                                              : 0;
        }
        if (depth_skipped_ == 0) {
            open_line_ = host_line_;
            open_name_ = kVirtualHostSection;
        }
    }
    void start_skipping(const Line& line) {
        depth_skipped_ = 1;
        open_name_ = line.name;
        open_line_ = line.number;
    }

    void open(const Line& line) {
        if (!equal_case_blind(line.name, kVirtualHostSection)) {
            const auto near = nearest(line.name, std::array{kVirtualHostSection});
            problems_.add(
                line.number,
                fmt::format(
                    "<{}> sections are not implemented; {}",
                    line.name,
                    near.empty() ? "the only section is <VirtualHost>"
                                 : "did you mean <VirtualHost>?"
                )
            );
            start_skipping(line);
        } else if (host_ != 0) {
            problems_.add(
                line.number,
                "<VirtualHost> cannot occur within <VirtualHost> section; close the other one first"
            );
            start_skipping(line);
        } else {
            open_host(line);
        }
    }

    void open_host(const Line& line) {
        host_ = static_cast<std::uint32_t>(config_.hosts.size());
        host_line_ = open_line_ = line.number;
        open_name_ = kVirtualHostSection;
        auto& host = config_.hosts.emplace_back();
        host.index = host_;
        host.place = Place{file_, line.number};
        auto scope = scope_of(line);
        if (line.arguments.empty()) {
            problems_.add(
                line.number,
                "<VirtualHost>: requires at least one argument, an address, as in \"<VirtualHost "
                "*:80>\""
            );
        } else if (const auto applied = apply_virtual_host_addresses(scope, line.arguments);
                   !applied) {
            problems_.add(line.number, fmt::format("<VirtualHost>: {}", applied.error().what));
        }
    }

    void close(const Line& line) {
        if (host_ == 0 || !equal_case_blind(line.name, kVirtualHostSection)) {
            problems_.add(line.number, fmt::format("</{0}> without a <{0}> before it", line.name));
            return;
        }
        host_ = 0;
        host_line_ = open_line_ = 0;
    }

    void apply(const Line& line) {
        const auto* directive = find(line.name);
        if (directive == nullptr) {
            problems_.add(
                line.number,
                fmt::format("unknown directive \"{}\"{}", line.name, suggest_directive(line.name))
            );
        } else if (auto problem = apply(line, *directive); !problem.empty()) {
            problems_.add(line.number, std::move(problem));
        }
    }

    // What is wrong with it, or "".
    std::string apply(const Line& line, const Directive& directive) {
        const auto sentence = sentence_about(line, directive);
        return sentence.empty() ? sentence : fmt::format("{}: {}", directive.name, sentence);
    }
    std::string sentence_about(const Line& line, const Directive& directive) {
        const auto given = line.arguments.size();
        const auto& value = directive.value;
        if (host_ != 0 && (directive.where & kVirtualHost) == 0) {
            return "cannot occur within <VirtualHost> section; move it outside";
        }
        if (given < static_cast<std::size_t>(value.words_min) ||
            given > static_cast<std::size_t>(value.words_max)) {
            return wrong_number_of_words(directive, given);
        }
        for (const auto& word : line.arguments) {
            if (const auto variable = variable_in(word); !variable.empty()) {
                return fmt::format(
                    "{} would stay as it is; variables are not implemented", variable
                );
            }
        }
        auto scope = scope_of(line);
        const auto applied = value.apply(scope, line.arguments);
        if (applied) {
            return {};
        }
        return value.words_max == 1
                   ? fmt::format("\"{}\": {}", line.arguments[0], applied.error().what)
                   : applied.error().what;
    }

    Scope scope_of(const Line& line) {
        return {config_, host_, Place{file_, line.number}, directory_};
    }

    // Fixed at construction.
    Tokenizer tokenizer_;
    std::string directory_;

    // What has been read.
    Config config_;
    Problems problems_;
    std::shared_ptr<const std::string> file_;

    // Where we are.
    std::uint32_t host_ = 0;  // the virtual host we are in; 0 is the main server
    int host_line_ = 0;       // where it was opened; 0 when in none
    int depth_skipped_ = 0;   // how many sections of open_name_ we are skipping
    int open_line_ = 0;       // where the innermost open section was opened; 0 when none is
    std::string open_name_;
};

base::Result<std::string> read_file(const std::string& path) {
    constexpr std::size_t kBytesMax = 64 << 20;
    const auto failed = [&] {
        return base::fail_errno("cannot read the configuration file " + path, errno);
    };
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return failed();
    }
    std::string text;
    std::array<char, 65536>
        block;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
        const auto count = ::read(file.get(), block.data(), block.size());
        if (count == 0) {
            return text;
        }
        if (count < 0 && errno != EINTR) {
            return failed();
        }
        text.append(block.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
        if (text.size() > kBytesMax) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format("cannot read the configuration file {}: larger than 64 MiB", path)
            );
        }
    }
}

std::string working_directory() {
    std::error_code error;
    const auto directory = std::filesystem::current_path(error);
    return error ? std::string("/") : directory.string();
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto directory = slash == std::string::npos
                               ? std::string()
                               : path.substr(0, std::max<std::size_t>(slash, 1));
    return path.starts_with('/') ? directory
                                 : working_directory() + (directory.empty() ? "" : "/" + directory);
}

}  // namespace

base::Result<Config> parse_file(const std::string& path) {
    const auto text = TRY(read_file(path));
    return Parser(text, path, directory_of(path)).parse();
}

base::Result<Config> parse_text(std::string_view text, const std::string& name) {
    return Parser(text, name, working_directory()).parse();
}

}  // namespace config
