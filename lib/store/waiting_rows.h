#pragma once

#include "lib/model/message.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <functional>
#include <memory>

namespace postrider {

/// Reads what waits, all of it, whenever it is due: as one moment has it, with a few hundred rows in memory at a
/// time. One connection, blocking.
class WaitingRows {
public:
    /// Throws DatabaseSetupError where a daemon could not work.
    explicit WaitingRows(const DatabaseSettings& settings);
    ~WaitingRows();

    const Installation& installation() const { return installation_; }

    /// What is to be read of a row besides its key, destination, metadata, and of its text the beginning, or
    /// all of one that is encrypted.
    struct Wanted {
        bool whole_text = false;
        bool media = false;  ///< whether it has any: 1 or 0
    };
    /// Calls `see` with each row that is neither sent nor errored, and the database's time.
    void each(const Wanted& wanted, const std::function<void(OutgoingMessage row, TimePoint now)>& see);

private:
    std::unique_ptr<pqxx::connection> connection_;
    Installation installation_;
};

}  // namespace postrider
