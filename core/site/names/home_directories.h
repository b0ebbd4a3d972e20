// The home directories of users, remembered, because asking the system for one may take long.
// One thread.
#pragma once

#include <string>
#include <unordered_map>

namespace site {

class HomeDirectories {
public:
    // "" for who is no user. What was answered counts as long as this lives.
    const std::string& of(const std::string& user);

private:
    static constexpr std::size_t kUsersMax = 4096;  // then they are asked for again
    std::unordered_map<std::string, std::string> homes_;
};

}  // namespace site
