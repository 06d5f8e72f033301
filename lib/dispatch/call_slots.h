#pragma once

#include "lib/async/wakeup.h"

#include <cstddef>

namespace postrider {

/// Provider calls, or other things of which only so many may be under way, that have been reserved in a
/// lane's count. Free again, and the lane woken, when
/// the last task that shares them lets go.
class CallSlots {
public:
    CallSlots(std::size_t& in_flight, Wakeup& freed, std::size_t calls)
        : in_flight_(in_flight), freed_(freed), calls_(calls) {
        in_flight_ += calls_;
    }
    CallSlots(const CallSlots&) = delete;
    CallSlots& operator=(const CallSlots&) = delete;
    ~CallSlots() { keep(0); }

    /// Gives back all but `calls`.
    void keep(std::size_t calls) {
        if (calls >= calls_) return;
        in_flight_ -= calls_ - calls;
        calls_ = calls;
        freed_.ring();
    }
    std::size_t calls() const { return calls_; }

private:
    std::size_t& in_flight_;
    Wakeup& freed_;
    std::size_t calls_;
};

}  // namespace postrider
