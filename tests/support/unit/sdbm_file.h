// Writes an SDBM file as httxt2dbm does. Test thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace test {

// Makes name.pag and name.dir, or adds to them.
void write_sdbm(
    const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries
);

}  // namespace test
