// Where a thing was written: "site.conf:14". A value; any thread.
#pragma once

#include <memory>
#include <string>

namespace config {

struct Place {
    std::shared_ptr<const std::string> file;
    int line = 0;
    [[nodiscard]] std::string text() const {
        return (file ? *file : std::string("command line")) + ":" + std::to_string(line);
    }
};

}  // namespace config
