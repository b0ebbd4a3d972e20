// EchoWatch: whether what is said on a link arrives at the process at its other end, and what that
// process says arrives here. An application can receive from any descriptor of its process; a
// request that is lost in this way would wait for Timeout. A value; loop thread only.
//
//     quiet ─ look(), requests are open: kAsk ─→ asked ─ on_echo() ─→ quiet
//                                                  └─ so many look()s without an echo: kLost
#pragma once

namespace server {

class EchoWatch {
public:
    enum class Step { kNothing, kAsk, kLost };

    // Once a second. `is_all_taken`: nothing waits in the socket. As long as something does, the
    // process does not read (it has been stopped, or has no time for it), and nothing is lost.
    Step look(bool has_requests, bool is_all_taken) {
        if (!is_asked_) {
            is_asked_ = has_requests;
            missed_ = 0;
            return has_requests ? Step::kAsk : Step::kNothing;
        }
        missed_ = is_all_taken ? missed_ + 1 : 0;
        return missed_ < kPatience ? Step::kNothing : Step::kLost;
    }
    // False: nobody has asked for it.
    [[nodiscard]] bool on_echo() {
        const bool was_asked = is_asked_;
        is_asked_ = false;
        return was_asked;
    }

    // Whoever has received a frame answers it in the same breath, without Python.
    static constexpr int kPatience = 4;

private:
    bool is_asked_ = false;
    int missed_ = 0;  // looks
};

}  // namespace server
