#include "core/site/names/mime_types.h"

#include <algorithm>

#include "core/base/files/named_file.h"
#include "core/base/files/read_to_end.h"
#include "core/base/system/fd.h"

namespace site {
namespace {

constexpr std::string_view kBuiltIn =
    "application/gzip gz tgz\n"
    "application/json json map\n"
    "application/ld+json jsonld\n"
    "application/manifest+json webmanifest\n"
    "application/octet-stream bin\n"
    "application/pdf pdf\n"
    "application/rss+xml rss\n"
    "application/vnd.ms-excel xls\n"
    "application/vnd.ms-powerpoint ppt\n"
    "application/vnd.oasis.opendocument.text odt\n"
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx\n"
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document docx\n"
    "application/msword doc\n"
    "application/wasm wasm\n"
    "application/xhtml+xml xhtml\n"
    "application/xml xml xsl\n"
    "application/x-tar tar\n"
    "application/zip zip\n"
    "audio/flac flac\n"
    "audio/mpeg mp3\n"
    "audio/ogg ogg oga opus\n"
    "audio/wav wav\n"
    "font/otf otf\n"
    "font/ttf ttf\n"
    "font/woff woff\n"
    "font/woff2 woff2\n"
    "image/avif avif\n"
    "image/gif gif\n"
    "image/jpeg jpeg jpg\n"
    "image/png png\n"
    "image/svg+xml svg svgz\n"
    "image/tiff tif tiff\n"
    "image/vnd.microsoft.icon ico\n"
    "image/webp webp\n"
    "text/calendar ics\n"
    "text/css css\n"
    "text/csv csv\n"
    "text/html html htm\n"
    "text/javascript js mjs\n"
    "text/markdown md\n"
    "text/plain txt text log\n"
    "text/vtt vtt\n"
    "video/mp4 mp4 m4v\n"
    "video/ogg ogv\n"
    "video/quicktime mov\n"
    "video/webm webm\n";

// Cuts the next word off a line; "" at its end.
std::string_view next_word(std::string_view& line) {
    constexpr std::string_view kSpace = " \t\r\f\v";
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kSpace));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

base::Result<MimeTypes> MimeTypes::read(const std::string& path) {
    const base::Fd file = TRY(base::open_named_file(path, "cannot read " + path));
    constexpr std::size_t kBytesMax = 64 << 20;
    return parse(TRY(base::read_to_end(file.get(), kBytesMax, "cannot read " + path)));
}

MimeTypes MimeTypes::of_system(const std::string& path) {
    auto types = read(path);
    return types ? std::move(*types) : parse(kBuiltIn);
}

MimeTypes MimeTypes::parse(std::string_view text) {
    MimeTypes types;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const std::string_view type = next_word(line);
        for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
            types.types_.insert_or_assign(std::string(word), std::string(type));
        }
    }
    return types;
}

std::string_view MimeTypes::type_of(std::string_view path) const {
    std::string_view name = path.substr(path.find_last_of('/') + 1);
    name.remove_prefix(std::min(name.find_first_not_of('.'), name.size()));
    const std::size_t dot = name.find_last_of('.');
    return dot == name.npos ? std::string_view() : type_of_extension(name.substr(dot + 1));
}

std::string_view MimeTypes::type_of_extension(std::string_view extension) const {
    const auto found = types_.find(extension);
    return found == types_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace site
