#include "lib/dispatch/suppression_list.h"

#include "lib/log/log.h"
#include "lib/text/phone_number.h"

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{2};

}  // namespace

Hash suppressed_recipient(const Privacy& privacy, const Address& address, const std::string& region) {
    std::string plain = without_spelling(address.reveal(), region);
    const auto colon = plain.rfind(':');
    if (colon != std::string::npos && plain.compare(colon + 1, 1, "+") == 0) plain.erase(0, colon + 1);
    if (plain.find('@') != std::string::npos) {
        for (char& c : plain) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
    }
    const Hash hash = privacy.hash()("recipient", plain);
    wipe(plain);
    return hash;
}

SuppressionList::SuppressionList(const Executor& executor, Clock& clock, SuppressionStore& store,
                                 Privacy& privacy, std::string region)
    : clock_(clock), store_(store), privacy_(privacy), region_(std::move(region)), wakeup_(executor) {}

Task<> SuppressionList::run() {
    for (bool failed = false;;) {
        std::exception_ptr failure;
        try {
            const auto reading = co_await store_.read(version_);
            if (reading) {
                known_.clear();
                for (const SuppressionRow& row : reading->rows) known_.emplace(row.recipient, row.channel);
                version_ = reading->version;
                if (!renewed_) co_await renew(reading->rows);
            }
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (failure && !failed)
            log::warn("suppressions cannot be read; those known before hold on",
                      {{"error", describe(failure)}});
        failed = static_cast<bool>(failure);
        co_await wakeup_.wait_until(clock_, clock_.now() + look_every);
    }
}

/// Hashes and addresses of the time before a change of the key, or before there was one.
Task<> SuppressionList::renew(const std::vector<SuppressionRow>& rows) {
    std::vector<std::pair<SuppressionRow, SuppressionRow>> changed;
    std::size_t unreadable = 0;
    for (const SuppressionRow& row : rows) {
        auto opened = privacy_.open(row.address);
        if (!opened.value) {
            ++unreadable;
            continue;
        }
        SuppressionRow now = row;
        now.recipient = suppressed_recipient(privacy_, Address(*opened.value), region_);
        const bool sealed = row.address != *opened.value && !opened.old_key;
        if (privacy_.has_key() && !sealed) now.address = privacy_.seal(*opened.value);
        wipe(*opened.value);
        if (now.recipient != row.recipient || now.address != row.address) changed.emplace_back(row, now);
    }
    if (unreadable > 0)
        log::error("suppressions cannot be read with the keys that are configured: they hold nobody back",
                   {{"rows", unreadable}});
    if (!changed.empty()) {
        const std::size_t count = changed.size();
        co_await store_.renew(std::move(changed));
        version_ = 0;
        wakeup_.ring();
        log::info("suppressions are under the newest key now", {{"rows", count}});
    }
    renewed_ = true;
}

bool SuppressionList::contains(const Hash& recipient, const std::string& channel) const {
    return known_.contains({recipient, ""}) || known_.contains({recipient, channel});
}

}  // namespace postrider
