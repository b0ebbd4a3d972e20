// What goes to a client: one send at a time, of bytes or of a part of a file, which a thread may
// have to read first. A client that takes nothing for as long as it may is given up, and so is a
// file that cannot be read. Knows nothing of what the bytes mean. A part of its Connection. Loop
// thread only.
//
//     idle ─ send(), send_file() ─→ in flight ─ Host::on_sent() ─→ idle
//                │      ↑ it is not in memory ↓
//                └──→ a thread reads ──────────── stop() from anywhere: what is in flight has been
//                                                 cancelled, and nothing is heard
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/loop/loop.h"
#include "core/loop/parts.h"
#include "core/loop/transport.h"
#include "core/server/client/clocks/send_clock.h"
#include "core/server/client/directions/file_reader.h"

namespace server {

class ClientOutput {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;

    // Any of these may stop it.
    class Host {
    public:
        virtual ~Host() = default;
        // So much of it; the rest is to be sent again. 0: of a file, which has ended.
        virtual void on_sent(std::size_t bytes) = 0;
        // Nothing more can be sent: what is not closed yet is to close.
        virtual void close() = 0;
        // due() has changed.
        virtual void set_timer() = 0;
        // Behind stop(): one of its operations has ended.
        virtual void on_stopped() = 0;
    };

    ClientOutput(loop::Loop& loop, loop::Transport& transport, FileReader& files, Host& host)
        : loop_(loop), transport_(transport), files_(files), host_(host) {}

    // What is sent lives until on_sent(). `patience`: how long the client may take nothing of it.
    void send(loop::Parts& parts, Duration patience);
    // As much of it as goes out at once.
    void send_file(const FilePart& part, Duration patience);
    // The transport is not asked for anything any more.
    void stop();

    [[nodiscard]] bool is_busy() const { return send_.is_in_flight() || read_ != nullptr; }
    // It is the client that is waited for, and no file.
    [[nodiscard]] bool is_in_flight() const { return send_.is_in_flight(); }
    // Of all that was ever sent; bytes.
    [[nodiscard]] std::uint64_t acknowledged() const { return transport_.acknowledged(); }
    // When on_due() is to be called; Time::max(): never.
    [[nodiscard]] Time due() const;
    void on_due();

private:
    void send_part(bool may_wait_for_disk);
    void send_piece();
    void read_part();
    void on_piece_read();
    void on_sent(loop::Completion completion);

    loop::Loop& loop_;
    loop::Transport& transport_;  // until stop()
    FileReader& files_;
    Host& host_;
    bool is_stopped_ = false;
    loop::Op<&ClientOutput::on_sent> send_{*this};
    SendClock clock_;
    FilePart part_;                   // of the file that is being sent
    std::shared_ptr<FileRead> read_;  // a thread reads what is to be sent
    std::string piece_;               // what a thread has read
    loop::Parts piece_rest_;          // of it
};

}  // namespace server
