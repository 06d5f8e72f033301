#include "tests/bench/resident_memory.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace postrider::bench {

double resident_memory(const ChildProcess& process) {
    std::ifstream status(fmt::format("/proc/{}/status", process.id()));
    for (std::string word; status >> word;) {
        double kilobytes = 0;
        if (word == "VmRSS:" && status >> kilobytes) return kilobytes / 1024;
    }
    throw std::runtime_error("the daemon's memory cannot be read: it has ended");
}

double idle_memory(const ChildProcess& process, std::chrono::milliseconds quiet) {
    double most = 0;
    double last = 0;
    auto since = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < since + quiet) {
        last = resident_memory(process);
        if (last > most) {
            most = last;
            since = std::chrono::steady_clock::now();
        }
        std::this_thread::sleep_for(quiet / 20);
    }
    return last;
}

}  // namespace postrider::bench
