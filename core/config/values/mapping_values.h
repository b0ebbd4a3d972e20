// Values of the directives that lead from a URL to whoever answers it.
// Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_options(Scope& scope, Words words);
std::vector<std::string> show_options_line(const View& view);

base::Result<> apply_allow_override(Scope& scope, Words words);
std::vector<std::string> show_allow_override(const View& view);

base::Result<> apply_accept_path_info(Scope& scope, Words words);
std::vector<std::string> show_accept_path_info(const View& view);

base::Result<> apply_encoded_slashes(Scope& scope, Words words);
std::vector<std::string> show_encoded_slashes(const View& view);

base::Result<> apply_directory_index(Scope& scope, Words words);
std::vector<std::string> show_directory_index(const View& view);

base::Result<> apply_fallback_resource(Scope& scope, Words words);
std::vector<std::string> show_fallback_resource(const View& view);

base::Result<> apply_error_document(Scope& scope, Words words);
std::vector<std::string> show_error_document(const View& view);

base::Result<> apply_user_dir(Scope& scope, Words words);
std::vector<std::string> show_user_dir(const View& view);

base::Result<> apply_group_port(Scope& scope, Words words);
std::vector<std::string> show_group_port(const View& view);

// "value extension ..." and, to take away, "extension ...".
base::Result<> apply_add_handler(Scope& scope, Words words);
base::Result<> apply_remove_handler(Scope& scope, Words words);
base::Result<> apply_add_type(Scope& scope, Words words);
base::Result<> apply_remove_type(Scope& scope, Words words);
std::vector<std::string> show_add_handler(const View& view);
std::vector<std::string> show_remove_handler(const View& view);
std::vector<std::string> show_add_type(const View& view);
std::vector<std::string> show_remove_type(const View& view);

base::Result<> apply_alias(Scope& scope, Words words);
base::Result<> apply_alias_match(Scope& scope, Words words);
std::vector<std::string> show_alias(const View& view);
std::vector<std::string> show_alias_match(const View& view);

base::Result<> apply_redirect(Scope& scope, Words words);
base::Result<> apply_redirect_permanent(Scope& scope, Words words);
base::Result<> apply_redirect_temp(Scope& scope, Words words);
base::Result<> apply_redirect_match(Scope& scope, Words words);
std::vector<std::string> show_redirect(const View& view);
std::vector<std::string> show_redirect_match(const View& view);
std::vector<std::string> show_nothing(const View& view);

}  // namespace config
