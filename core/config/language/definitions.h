// What a configuration file can ask about itself: names of Define and of the environment, for
// ${NAME} and <IfDefine>; the modules and the version of <IfModule> and <IfVersion>. One thread;
// lives as long as the reading.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/language/directive.h"

namespace config {

class Definitions {
public:
    // `names` are those of the command line's -D.
    explicit Definitions(const std::vector<std::string>& names);

    // Without a value, for <IfDefine> only.
    void define(const std::string& name, std::optional<std::string> value) {
        values_[name] = std::move(value);
    }
    void undefine(const std::string& name) { values_.erase(name); }
    [[nodiscard]] bool is_defined(const std::string& name) const { return values_.contains(name); }
    [[nodiscard]] std::vector<std::string> names() const;

    // Replaces every ${NAME} by its value from Define, else from the environment. One that is
    // neither stays as it is and is put into `unknown`; "${map:key}" is mod_rewrite's and stays.
    // Fails where the line, or what all lines have become, grows too long: names can double.
    base::Result<std::string> expand(std::string_view text, std::vector<std::string>& unknown);

private:
    [[nodiscard]] std::optional<std::string_view> value_of(const std::string& name) const;

    std::size_t bytes_added_ = 0;  // to all lines so far
    std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

// <IfModule name>: whether what the module does is done here; by its name or that of its source
// file.
bool has_module(std::string_view name);

// <IfVersion>: the words are "[operator] version". The version is that of the Apache whose
// configuration language this is.
base::Result<bool> version_holds(Words words);

}  // namespace config
