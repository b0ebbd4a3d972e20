#include "core/server/tools/explanation.h"

#include <fmt/format.h>

#include "core/server/tools/json.h"

namespace server {
namespace {

// Paths and queries are a stranger's: nothing in them may draw on a terminal.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace

void Explanation::note(
    std::string_view phase, const std::string& sentence, const config::Place* place
) {
    const bool is_known = place != nullptr && place->line > 0;
    steps_.push_back(
        {std::string(phase),
         sentence,
         is_known ? (place->file ? *place->file : "command line") : "",
         is_known ? place->line : 0}
    );
}

std::string Explanation::text() const {
    std::string out;
    std::string_view phase;
    for (const Step& step : steps_) {
        out += fmt::format(
            "{:<12}{}{}\n",
            step.phase == phase ? "" : step.phase,
            printable(step.sentence),
            step.file.empty() ? "" : fmt::format(" ({}:{})", step.file, step.line)
        );
        phase = step.phase;
    }
    out += fmt::format("{:<12}{}: {}\n", "outcome", kind_, printable(sentence_));
    for (const Fact& fact : facts_) {
        out += fmt::format("{:<12}{} = {}\n", "", fact.name, printable(fact.value));
    }
    return out;
}

std::string Explanation::json() const {
    std::string out = "{\"steps\": [";
    for (const Step& step : steps_) {
        out += fmt::format(
            "{}\n  {{\"phase\": {}, \"text\": {}",
            &step == steps_.data() ? "" : ",",
            json_string(step.phase),
            json_string(step.sentence)
        );
        if (!step.file.empty()) {
            out += fmt::format(", \"file\": {}, \"line\": {}", json_string(step.file), step.line);
        }
        out += "}";
    }
    out += fmt::format(
        "],\n \"outcome\": {{\"kind\": {}, \"text\": {}", json_string(kind_), json_string(sentence_)
    );
    for (const Fact& fact : facts_) {
        out += fmt::format(
            ",\n  {}: {}",
            json_string(fact.name),
            fact.is_number ? fact.value : json_string(fact.value)
        );
    }
    out += "}}\n";
    return out;
}

}  // namespace server
