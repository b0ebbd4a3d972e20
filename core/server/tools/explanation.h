// An Explanation: what `explain` has found out about a request, and how it is written down. One
// thread; lives for one request.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/model/place.h"
#include "core/site/conditions/trace.h"

namespace server {

class Explanation final : public site::Trace {
public:
    // In the order in which they happen. site::Trace
    void note(std::string_view phase, const std::string& sentence, const config::Place* place)
        override;

    // The end of it: "script", "file", "redirect" or "error", a sentence, and what is known of it,
    // by name.
    void conclude(std::string_view kind, std::string sentence) {
        kind_ = kind;
        sentence_ = std::move(sentence);
    }
    void add(std::string_view name, std::string value) {
        facts_.push_back({std::string(name), std::move(value), false});
    }
    void add(std::string_view name, int value) {
        facts_.push_back({std::string(name), std::to_string(value), true});
    }

    // A line per step, the phase's name in front of its first.
    [[nodiscard]] std::string text() const;
    // {"steps": [{"phase", "text", "file", "line"}, …], "outcome": {"kind", "text", …}}
    [[nodiscard]] std::string json() const;

private:
    struct Step {
        std::string phase;
        std::string sentence;
        std::string file;  // "": it was not written anywhere
        int line = 0;
    };
    struct Fact {
        std::string name;
        std::string value;
        bool is_number = false;
    };
    std::vector<Step> steps_;
    std::string kind_;
    std::string sentence_;
    std::vector<Fact> facts_;
};

}  // namespace server
