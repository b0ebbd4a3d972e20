// Which virtual host a connection's newest request asks for, and what applications are told of
// where it came in: found once, for the next request most often asks for the same. A generation of
// the configuration says what an authority means, so that a newer one forgets it
// (ConnectionSettings). A value; loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace request {
struct Surroundings;
}

namespace server {

struct AskedHost {
    std::string authority;
    std::uint32_t host = 0;                                     // index into Served::hosts
    bool has_plain_name = false;                                // as core/site has it
    std::shared_ptr<const request::Surroundings> surroundings;  // null: nothing is known yet

    [[nodiscard]] bool is_about(std::string_view its_authority) const {
        return surroundings != nullptr && authority == its_authority;
    }
};

}  // namespace server
