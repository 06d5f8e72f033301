#include "lib/inbound/blocked_senders.h"

#include "lib/inbound/looking.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"

namespace postrider {

BlockedSenders::BlockedSenders(const Executor& executor, Clock& clock, InboxStore& store, Privacy& privacy,
                               std::string phone_region)
    : clock_(clock),
      store_(store),
      privacy_(privacy),
      phone_region_(std::move(phone_region)),
      wakeup_(executor) {}

Task<> BlockedSenders::run() {
    Look look = [this]() -> Task<bool> {
        co_await read();
        co_return false;
    };
    co_await keep_looking(clock_, wakeup_, "blocked senders cannot be read; those known before hold on",
                          std::move(look));
}

Task<> BlockedSenders::read() {
    std::exception_ptr failure;
    try {
        take(co_await store_.read_blocked_senders());
    } catch (...) {
        failure = std::current_exception();
    }
    asked_ = true;
    if (failure) std::rethrow_exception(failure);
}

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
