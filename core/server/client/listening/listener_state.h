// ListenerState: what a listening socket is like: that it listens, and the options that decide
// whether connections reach it and what they inherit. An application in a process that has the
// socket may change them for everybody, and there is no way back from some (keys of TCP_MD5SIG).
// A value. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace server {

class ListenerState {
public:
    ListenerState() = default;
    // As bytes() gave them.
    explicit ListenerState(std::string bytes) : bytes_(std::move(bytes)) {}
    static ListenerState of(int socket);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    // The first thing in which `other` differs, such as "IP_MINTTL"; "" where nothing does.
    [[nodiscard]] std::string_view difference(const ListenerState& other) const;
    // Of the options that an accepted connection inherits, those that decide whether it hears and
    // is heard.
    void give_to(int connection) const;

    static constexpr std::string_view kListening = "SO_ACCEPTCONN";

private:
    std::string bytes_;  // of each row of the table: a byte with the length, then the value
};

}  // namespace server
