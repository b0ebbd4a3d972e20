// `hoopsnake explain`: the way of one request through a configuration, without serving it: which
// virtual host and why, rewriting, files, sections, access, environment, handler and groups, each
// with the place where it was written. Reads what a request would make the server read; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"

namespace server {

// The request.
struct Question {
    std::string url;  // with scheme and host; path and query exactly as a client sends them
    std::string method = "GET";
    std::vector<std::string> fields;  // "Name: value"
    std::string remote = "127.0.0.1";
    std::string local;  // where the connection arrives; "": where the Listen of the URL's port says
    bool is_json = false;
};

// The answer as a text, or as one JSON object. The error is what is wrong with the question.
base::Result<std::string> explain(const config::Config& config, const Question& question);

}  // namespace server
