// What has been said of an answer of embedded mode and has not gone out yet, and the room that it
// takes: what clients have not taken of their answers is bounded, for each and for all of them
// together (AnswerRoom), and so are the files that are kept open for them. With the lock of its
// task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/loan.h"
#include "core/base/system/fd.h"
#include "core/server/answer/answer.h"
#include "core/server/embedded/answer_room.h"
#include "core/server/served/file_room.h"

namespace server {

class WaitingAnswer {
public:
    // `files` bounds what the process keeps open of files that it sends.
    explicit WaitingAnswer(FileRoom& files) : files_(files) {}

    void clear();  // for a new one

    // The pool thread.
    void begin(const http::Response& response);
    // How much of `size` bytes may be added now; 0: nothing yet.
    [[nodiscard]] std::size_t room_for(std::size_t size) const;
    // There is room for a short piece, and there will be, whatever others take of it meanwhile;
    // false: there is none.
    [[nodiscard]] bool promise_room() const;
    // Whether that has been promised for so many bytes. It is kept once.
    [[nodiscard]] bool keep_promise(std::size_t size);
    // False: there is no memory for them. As long as the client has seen nothing of the answer,
    // nothing has been said then, and it can still be told.
    [[nodiscard]] bool add(base::Bytes bytes);
    // One more file may be sent to this client of the virtual host.
    [[nodiscard]] bool takes_file(std::uint32_t host, const std::string& address) {
        return file_share_.take(files_, host, address);
    }
    void add_loan(base::Loan whole_body) { answer_.add_loan(std::move(whole_body)); }
    void add_file(base::Fd file, std::uint64_t offset, std::uint64_t count);
    // All is said; `is_wanted`: there is somebody who wants it.
    void end(bool is_wanted);
    // It will not be complete: `status` if nothing has been said.
    void fail(int status) { answer_.fail(status); }

    // The loop. Moves what there is into `taken`; true: there is more room now.
    bool take(Answer& taken);
    // Nobody wants it: the memory goes now, though the application may go on for long.
    void drop();
    // It has gone out, or nobody wants it: what it held is room for others. The pool thread has
    // said its last word.
    void let_go();

    [[nodiscard]] bool has_ended() const { return answer_.has_ended(); }

private:
    void measure() { share_.hold(sending_ + answer_.size()); }

    FileRoom& files_;
    Answer answer_;
    std::size_t sending_ = 0;  // bytes that the connection has taken and not sent yet
    AnswerRoom::Share share_;  // of both
    FileRoom::Share file_share_;
    bool was_taken_ = false;  // some of it
    mutable bool is_room_promised_ = false;
};

}  // namespace server
