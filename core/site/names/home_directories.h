// The home directories of users, remembered, because asking the system for one may take long: it
// may ask other machines. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

namespace site {

class HomeDirectories {
public:
    // "" for who is no user, and where this thread had to give up (WithoutWaiting). What was
    // answered counts as long as this lives.
    std::string of(const std::string& user);

private:
    static constexpr std::size_t kUsersMax = 4096;  // then they are asked for again

    std::mutex mutex_;  // not held while the system is asked
    std::unordered_map<std::string, std::string> homes_;
};

}  // namespace site
