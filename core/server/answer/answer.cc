#include "core/server/answer/answer.h"

#include <utility>

#include "core/base/foreign/disposal.h"

namespace server {

void Answer::clear() {
    head = nullptr;
    head_size = 0;
    body.clear();
    loan = {};
    drop_file();
    file_offset = file_count = 0;
    ending = Ending::kNone;
    failure = 0;
}

void Answer::drop_file() {
    if (std::exchange(is_file_slow, false)) {
        base::dispose_by_mount(file.release());
    }
    file.reset();
}

void Answer::begin(const http::Response& response) {
    constexpr std::size_t kStatusLine = 15;  // without its reason
    head = &response;
    head_size = kStatusLine + response.reason.size() + response.headers.byte_count();
}

void Answer::add_file(base::Fd its_file, std::uint64_t offset, std::uint64_t count) {
    file = base::TenantFile(std::move(its_file));
    file_offset = offset;
    file_count = count;
}

void Answer::end() {
    if (head == nullptr) {
        constexpr int kInternalServerError = 500;
        fail(kInternalServerError);
    } else {
        ending = Ending::kComplete;
    }
}

void Answer::fail(int status) {
    if (head != nullptr) {
        ending = Ending::kBroken;
    } else {
        ending = Ending::kFailed;
        failure = status;
    }
}

void Answer::take(Answer& taken) {
    taken.head = head;
    taken.head_size = std::exchange(head_size, 0);
    taken.body.clear();
    taken.body.swap(body);
    taken.loan = std::move(loan);
    if (file.is_open()) {
        taken.file = std::move(file);
        taken.is_file_slow = std::exchange(is_file_slow, false);
        taken.file_offset = file_offset;
        taken.file_count = file_count;
    } else if (taken.file.is_open()) {
        taken.drop_file();
    }
    taken.ending = ending;
    taken.failure = failure;
    if (has_ended()) {
        shrink();
    }
}

void Answer::shrink() {
    if (body.capacity() > kKeptBytes) {
        std::string().swap(body);
    }
}

}  // namespace server
