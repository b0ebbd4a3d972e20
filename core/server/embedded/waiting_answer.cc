#include "core/server/embedded/waiting_answer.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace server {
namespace {

// What an application sends in one go of an answer that has no room as a whole: the client gets the
// one while the next is put together.
constexpr std::size_t kPiece = 128 * 1024;
// Less than this is written with the GIL held.
constexpr std::size_t kShort = 64 * 1024;

}  // namespace

void WaitingAnswer::clear() {
    answer_.clear();
    sending_ = 0;
    share_.hold(0);
    file_share_.give_back();
    is_room_promised_ = was_taken_ = false;
}

void WaitingAnswer::begin(const http::Response& response) {
    answer_.begin(response);
    measure();
}

std::size_t WaitingAnswer::room_for(std::size_t size) const {
    const std::size_t most = AnswerRoom::of_one();
    const std::size_t room = most - std::min(share_.held(), most);
    if (size <= room) {
        return size;
    }
    // A client that takes its answer in small pieces would have the application woken for each of
    // them.
    const std::size_t worthwhile = std::min({size, kPiece / 2, most / 2});
    return room < worthwhile ? 0 : std::min(room, kPiece);
}

bool WaitingAnswer::promise_room() const {
    is_room_promised_ = room_for(kShort) == kShort;
    return is_room_promised_;
}

bool WaitingAnswer::keep_promise(std::size_t size) {
    return std::exchange(is_room_promised_, false) && size <= kShort;
}

bool WaitingAnswer::add(base::Bytes bytes) {
    bool is_added = true;
    try {
        answer_.add_body(bytes);
    } catch (const std::bad_alloc&) {
        is_added = false;
        if (!was_taken_) {
            answer_.clear();
        }
        std::string().swap(answer_.body);
    }
    measure();
    return is_added;
}

void WaitingAnswer::add_file(base::Fd file, std::uint64_t offset, std::uint64_t count) {
    answer_.add_file(std::move(file), offset, count);
}

void WaitingAnswer::end(bool is_wanted) {
    if (is_wanted) {
        answer_.end();
    } else {
        answer_.ending = Answer::Ending::kComplete;
    }
}

bool WaitingAnswer::take(Answer& taken) {
    const std::size_t before = share_.held();
    answer_.take(taken);
    sending_ = taken.size();
    was_taken_ = was_taken_ || sending_ > 0;
    measure();
    return share_.held() < before;
}

void WaitingAnswer::drop() {
    std::string().swap(answer_.body);
    answer_.loan = {};
    answer_.drop_file();
    answer_.head_size = 0;
    sending_ = 0;
    measure();
}

void WaitingAnswer::let_go() {
    file_share_.give_back();
    if (share_.is_counted()) {
        sending_ = 0;
        measure();
    }
}

}  // namespace server
