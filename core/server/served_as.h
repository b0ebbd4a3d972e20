// As whom `hoopsnake serve`, which has no file with a User, runs an application. Plain functions;
// any thread.
#pragma once

#include <string>

namespace server {

struct ServedAs {
    std::string text;  // lines of a configuration; "" where we are not root, and nothing can change
    std::string remark;  // for the log; "" where there is nothing to say
};

// `user` and `group` as the command line has them, "" for nothing. `path` is the script, or the
// directory of the module. Who is not asked to be root is not, where anybody else may read it.
ServedAs served_as_whom(const std::string& user, const std::string& group, const std::string& path);

}  // namespace server
