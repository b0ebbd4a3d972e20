// Values of the server's own directives that are more than one member.
// Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_listen(Scope& scope, Words words);
std::vector<std::string> show_listen(const View& view);

base::Result<> apply_server_name(Scope& scope, Words words);
std::vector<std::string> show_server_name(const View& view);

base::Result<> apply_server_alias(Scope& scope, Words words);
std::vector<std::string> show_server_alias(const View& view);

base::Result<> apply_log_level(Scope& scope, Words words);
std::vector<std::string> show_log_level(const View& view);

// In read_time_values.cc.
base::Result<> apply_request_read_timeout(Scope& scope, Words words);
std::vector<std::string> show_request_read_timeout(const View& view);

// The addresses of <VirtualHost>, into the virtual host of `scope`.
base::Result<> apply_virtual_host_addresses(Scope& scope, Words words);

}  // namespace config
