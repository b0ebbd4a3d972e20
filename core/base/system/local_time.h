// The local time of logs and rules, in the zone that this process had at its start: in embedded
// mode an application may set another one for all of the process (time.tzset()).
#pragma once

#include <ctime>
#include <string>
#include <vector>

namespace base {

// What libc knows of the zone that it has now, asked for once: libc keeps one for the process,
// which anybody may change. A value.
class TimeZone {
public:
    TimeZone();
    // As localtime_r(3); the name of the zone lives as long as this.
    [[nodiscard]] std::tm at(std::time_t seconds) const;

private:
    // Between two changes of the clocks.
    struct Period {
        std::time_t begin;
        long offset;
        int is_dst;
        std::string name;
    };
    static Period ask(std::time_t seconds);
    static Period first_other(std::time_t before, std::time_t behind);

    std::vector<Period> periods_;
};

// The zone that libc has now is that of the process from now on. Stands in main(), before there are
// threads that ask.
void keep_time_zone();
// Any thread.
std::tm local_time(std::time_t seconds);

}  // namespace base
