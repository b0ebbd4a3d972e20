// AnswerReceiver: an answer as it comes from a daemon process, frame by frame, until the connection
// takes it. Holds the process to the protocol, and to its window: room is given when the client's
// connection has taken what came, so that no more than a window waits here. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/server/answer/answer.h"
#include "core/server/answer/exchange.h"
#include "core/server/links/answer_order.h"
#include "core/server/served/file_room.h"
#include "ipc/frame.h"

namespace server {

class AnswerReceiver {
public:
    // The exchange has the head of the answer, and is charged for what waits. `files` is what the
    // server process may keep open of files that it sends.
    AnswerReceiver(Exchange& exchange, FileRoom& files) : exchange_(exchange), files_(files) {}

    // A new request.
    void begin();

    // What the process says; an error is a breach of the protocol. First heed(), for every frame;
    // with the last word has_ended().
    base::Result<> heed(const ipc::Frame& frame) { return order_.heed(frame); }
    base::Result<> on_head(const ipc::Frame& frame);
    void on_body(const ipc::Frame& frame);
    base::Result<> on_abort(const ipc::Frame& frame);
    // The head of a file is said when that is here. Says why the file is not sent; null: it is.
    // Where there is no descriptor for it, the answer has failed; else it ends as one that is
    // shorter than announced, which hurts nobody but its client.
    base::Result<const char*> on_file(const ipc::Frame& frame, base::ForeignFd file);
    void end();
    // It will not come to its end: `status` if nothing has been said.
    void fail(int status) { answer_.fail(status); }
    void drop();

    [[nodiscard]] bool has_head() const { return answer_.head != nullptr; }
    [[nodiscard]] bool has_ended() const { return answer_.has_ended(); }
    // The client has not taken all of it: without room in its window the process cannot go on.
    [[nodiscard]] bool awaits_client() const { return is_client_busy_ || answer_.has_pieces(); }
    [[nodiscard]] const AnswerOrder& order() const { return order_; }

    void take(Answer& taken);
    // For how many bytes the process is to be told now that there is room again; 0: it has enough.
    std::uint32_t take_room() { return order_.take_room(); }

private:
    void account();

    Exchange& exchange_;
    FileRoom& files_;
    Answer answer_;
    AnswerOrder order_;            // while it awaits a file, the head has not been said
    std::size_t sending_ = 0;      // bytes that were taken last
    bool is_client_busy_ = false;  // with what was last taken
};

}  // namespace server
