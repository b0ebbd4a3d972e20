// What a parser makes of a connection's bytes, as text: the head of each request, its body joined,
// its end, or an error. Shared by the unit tests, the golden files and the fuzz target.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/parser/parser.h"

namespace test {

// Bytes that are no plain text are shown as \r, \n, \\ and \xNN.
inline std::string escaped(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '\r') {
            text += "\\r";
        } else if (byte == '\n') {
            text += "\\n";
        } else if (byte == '\\') {
            text += "\\\\";
        } else if (code < 0x20 || code >= 0x7f) {
            text += fmt::format("\\x{:02x}", code);
        } else {
            text += byte;
        }
    }
    return text;
}

// A connection that is fed piece by piece, as the server feeds its own.
class Conversation final : public http::BodyReceiver {
public:
    explicit Conversation(const http::Limits& limits = {}) : limits_(limits) {}

    // Feeds one piece, until the parser wants more or refuses. What it left stays with the caller's
    // test: unread().
    void feed(std::string_view piece) {
        unread_.append(piece);
        base::Bytes input = unread_;
        while (!has_failed_ && !input.empty()) {
            on_step(parser_.feed(input, request_));
        }
        unread_.erase(0, unread_.size() - input.size());
    }

    // One line per event; a body is one line however it arrived.
    [[nodiscard]] std::string events() const {
        std::string text = events_;
        if (!body_.empty()) {
            text += "body " + escaped(body_) + "\n";
        }
        return text;
    }
    [[nodiscard]] std::string_view unread() const { return unread_; }
    [[nodiscard]] const http::Request& request() const { return request_; }
    [[nodiscard]] const http::Parser& parser() const { return parser_; }
    [[nodiscard]] int status() const { return has_failed_ ? parser_.error().status : 0; }

    void on_body(base::Bytes bytes) override { body_.append(bytes); }

private:
    void on_step(http::Parser::Step step) {
        switch (step) {
            case http::Parser::Step::kNeedMore:
                break;
            case http::Parser::Step::kHead:
                add_head();
                has_head_ = true;
                break;
            case http::Parser::Step::kEnd:
                if (!has_head_) {
                    add_head();
                }
                has_head_ = false;
                add_body();
                events_ += "end\n";
                break;
            case http::Parser::Step::kError:
                has_failed_ = true;
                add_body();
                events_ += fmt::format("error {}\n", parser_.error().status);
                break;
        }
    }

    void add_head() {
        events_ +=
            fmt::format("{} {} HTTP/1.{}\n", request_.method, request_.target, request_.minor);
        for (const http::Header header : request_.headers) {
            events_ += "  " + escaped(header.name) + ":" + spaced(escaped(header.value)) + "\n";
        }
        events_ += "authority" + spaced(request_.authority) + "\n";
        events_ +=
            request_.content_length ? fmt::format("length {}\n", *request_.content_length) : "";
        events_ += request_.chunked ? "chunked\n" : "";
        events_ += request_.expects_continue ? "continue\n" : "";
        events_ += request_.keep_alive ? "" : "close\n";
    }

    static std::string spaced(const std::string& text) { return text.empty() ? "" : " " + text; }

    void add_body() {
        if (!body_.empty()) {
            events_ += "body " + escaped(body_) + "\n";
            body_.clear();
        }
    }

    http::Limits limits_;
    http::Parser parser_{limits_, *this};
    http::Request request_;
    std::string unread_;
    std::string body_;
    std::string events_;
    bool has_head_ = false;
    bool has_failed_ = false;
};

// The events of `bytes` when they arrive in two pieces; the whole in one where `split` is 0.
inline std::string events_of(
    std::string_view bytes, std::size_t split = 0, const http::Limits& limits = {}
) {
    Conversation conversation(limits);
    if (split > 0) {
        conversation.feed(bytes.substr(0, split));
    }
    conversation.feed(bytes.substr(split));
    return conversation.events();
}

inline std::string events_byte_by_byte(std::string_view bytes, const http::Limits& limits = {}) {
    Conversation conversation(limits);
    for (const char byte : bytes) {
        conversation.feed({&byte, 1});
    }
    return conversation.events();
}

}  // namespace test
