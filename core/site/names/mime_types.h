// Extensions of file names → media types, as a file such as /etc/mime.types tells them. Read once
// at start, then constant; any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/result.h"
#include "core/site/names/host_table.h"

namespace site {

class MimeTypes {
public:
    // TypesConfig: a line is a media type and its extensions, "#" begins a comment.
    static base::Result<MimeTypes> read(const std::string& path);
    // /etc/mime.types; where there is none, what a site usually consists of.
    static MimeTypes of_system(const std::string& path = "/etc/mime.types");
    // The same syntax.
    static MimeTypes parse(std::string_view text);

    // By the last extension of the last component, case-blind; "" where it is not known. Dots in
    // front are part of a name.
    [[nodiscard]] std::string_view type_of(std::string_view path) const;
    // Of an extension without its dot.
    [[nodiscard]] std::string_view type_of_extension(std::string_view extension) const;

private:
    std::unordered_map<std::string, std::string, NameHash, NameEqual> types_;
};

}  // namespace site
