// What goes to the client of one request, on its way from data to bytes: a page of our own or a
// head becomes the answer, the answer becomes text. All of it keeps its memory for the next
// request, within kKeptBytes. A value.
#pragma once

#include <string>

#include "core/server/answer/answer.h"
#include "core/server/answer/page.h"
#include "http/response.h"

namespace server {

struct Reply {
    Page page;                // while one of our own is the answer
    http::Response response;  // the head of an answer of a daemon's or of our own
    Answer answer;            // what the connection has taken and not sent yet
    std::string text;         // what it has made of that
    std::string sent_head;    // where config::LogNeeds wants it

    void reset() {
        answer.clear();
        answer.shrink();
        response.clear();
        if (text.capacity() > kKeptBytes) {
            std::string().swap(text);
        }
        sent_head.clear();
    }
};

}  // namespace server
