#include "lib/inbound/blocked_senders.h"

#include "lib/log/log.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{2};

}  // namespace

BlockedSenders::BlockedSenders(const Executor& executor, Clock& clock, InboxStore& store, Privacy& privacy,
                               std::string phone_region)
    : clock_(clock),
      store_(store),
      privacy_(privacy),
      phone_region_(std::move(phone_region)),
      wakeup_(executor) {}

Task<> BlockedSenders::run() {
    for (bool failed = false;;) {
        std::exception_ptr failure;
        try {
            co_await read();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (failure && !failed)
            log::warn("blocked senders cannot be read; those known before hold on",
                      {{"error", describe(failure)}});
        failed = static_cast<bool>(failure);
        co_await wakeup_.wait_until(clock_, clock_.now() + look_every);
    }
}

Task<> BlockedSenders::read() { take(co_await store_.read_blocked_senders()); }

void BlockedSenders::take(const std::vector<std::string>& rows) {
    if (rows == rows_) return;
    rows_ = rows;
    blocked_.clear();
    for (const std::string& row : rows_) {
        auto opened = privacy_.open(row);
        if (!opened.value) continue;
        blocked_.insert(hash_of(without_outer_space(*opened.value)));
        wipe(*opened.value);
    }
}

bool BlockedSenders::contains(const Address& sender) const {
    return !blocked_.empty() && blocked_.contains(hash_of(sender.reveal()));
}

Hash BlockedSenders::hash_of(std::string_view address) const {
    return privacy_.hash()("sender", without_spelling(address, phone_region_));
}

}  // namespace postrider
