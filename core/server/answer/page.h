// A page of the server's own: an error, a redirection, or the text of an ErrorDocument. Plain
// values and functions; any thread.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/server/answer/answer.h"
#include "http/response.h"

namespace server {

struct Page {
    int status = 500;
    std::string location = {};  // the Location field; "" sends none
    std::string body = {};      // HTML; "" is a line that says what the status means
    std::string allow = {};     // with 405: the Allow field; "" names what applications may answer
    std::string reason = {};    // for the error log; "" says nothing
};

// The whole answer, into `answer`, its head into `head`. An error where a field would be malformed:
// nothing has been said.
base::Result<> give_page(const Page& page, http::Response& head, Answer& answer);

}  // namespace server
