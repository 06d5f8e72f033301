#include "lib/inbound/looking.h"

#include "lib/log/log.h"

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{2};

}  // namespace

Task<> keep_looking(Clock& clock, Wakeup& wakeup, std::string trouble, Look look) {
    for (bool failed = false;;) {
        std::exception_ptr failure;
        bool more = false;
        try {
            more = co_await look();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (failure && !failed) log::warn(trouble, {{"error", describe(failure)}});
        failed = static_cast<bool>(failure);
        if (!more) co_await wakeup.wait_until(clock, clock.now() + look_every);
    }
}

}  // namespace postrider
