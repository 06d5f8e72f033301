#pragma once

#include "lib/async/clock.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/privacy.h"
#include "lib/model/suppression.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace postrider {

/// The keyed hash by which suppressions name whom nothing is sent to: the same for every spelling of a
/// number, read by the habits of `region`, and for every way that leads to it (`whatsapp:`).
Hash suppressed_recipient(const Privacy& privacy, const Address& address, const std::string& region);

/// A suppression as it is kept.
struct SuppressionRow {
    Hash recipient{};
    std::string channel;
    std::string address;  ///< sealed where there was a key
};

/// Where suppressions are kept. Calls throw when the database is away.
class SuppressionStore {
public:
    virtual ~SuppressionStore() = default;
    /// All of them, if anything has changed since `known` (0: ever), and how far that is; 0 where they are to be
    /// read again.
    struct Reading {
        std::int64_t version = 0;
        std::vector<SuppressionRow> rows;
    };
    virtual Task<std::optional<Reading>> read(std::int64_t known) = 0;
    /// Gives a row another hash and another form of its address: after a change of the key.
    virtual Task<> renew(std::vector<std::pair<SuppressionRow, SuppressionRow>> before_and_after) = 0;
};

/// Who is written to no more, known here to within two seconds. That spares claims that would not be
/// granted; it is the claim that decides. Loop thread only.
class SuppressionList {
public:
    /// All outlive it. What it knows holds on while the database is away.
    SuppressionList(const Executor& executor, Clock& clock, SuppressionStore& store, Privacy& privacy,
                    std::string region);

    /// Looks every other second, and when told to, until cancelled.
    Task<> run();
    void look() { wakeup_.ring(); }

    const std::string& region() const { return region_; }
    bool contains(const Hash& recipient, const std::string& channel) const;
    std::size_t size() const { return known_.size(); }

private:
    Task<> renew(const std::vector<SuppressionRow>& rows);

    Clock& clock_;
    SuppressionStore& store_;
    Privacy& privacy_;
    std::string region_;
    Wakeup wakeup_;
    std::int64_t version_ = 0;
    bool renewed_ = false;
    std::set<std::pair<Hash, std::string>> known_;
};

}  // namespace postrider
