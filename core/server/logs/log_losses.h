// What there is to say of lines that a log did not take: that it takes none, when that begins, and
// how many there were, when it is over. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace server {

class LogLosses {
public:
    // Lines were written, of which so many did not go (0: all went), because of `why`.
    void note(std::uint64_t lost, std::string why);
    // A sentence about the log `path`, once; "" is nothing.
    [[nodiscard]] std::string take_news(std::string_view path);

private:
    std::uint64_t lost_ = 0;  // since the last line that went
    std::string why_;
    bool is_new_ = false;
    bool is_over_ = false;
};

}  // namespace server
