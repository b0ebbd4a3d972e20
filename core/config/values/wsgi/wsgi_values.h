// WSGIDaemonProcess, WSGIScriptAlias, WSGIScriptAliasMatch, WSGIHandlerScript,
// WSGIDispatchScript and WSGIImportScript: directives that make an object and read its name=value
// options. Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_daemon_process(Scope& scope, Words words);
std::vector<std::string> show_daemon_process(const View& view);

base::Result<> apply_script_alias(Scope& scope, Words words);
std::vector<std::string> show_script_alias(const View& view);
base::Result<> apply_script_alias_match(Scope& scope, Words words);
std::vector<std::string> show_script_alias_match(const View& view);

base::Result<> apply_handler_script(Scope& scope, Words words);
std::vector<std::string> show_handler_script(const View& view);

base::Result<> apply_dispatch_script(Scope& scope, Words words);
std::vector<std::string> show_dispatch_script(const View& view);

base::Result<> apply_import_script(Scope& scope, Words words);
std::vector<std::string> show_import_script(const View& view);

}  // namespace config
