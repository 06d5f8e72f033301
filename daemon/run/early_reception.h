#pragma once

#include "daemon/run/reception.h"
#include "lib/async/database_clock.h"
#include "lib/spool/sqlite_spool.h"

#include <memory>
#include <vector>

namespace postrider {

/// What is said to those who come before there is anything to answer them with.
ServerAnswer not_ready_answer();

/// The reception of a daemon that has not found its database yet: webhooks go to this host's spool, for the
/// installation that a daemon found from here last. Loop thread only.
class EarlyReception {
public:
    /// Nothing where none can be kept: no daemon found this database from here before, or its spool cannot be used.
    /// `metrics` outlives it. Blocks for the disk.
    static std::unique_ptr<EarlyReception> open(const Executor& executor, const Config& config,
                                                Metrics& metrics);
    ~EarlyReception();

    Task<ServerAnswer> answer(ServerRequest request);
    /// Comes back once all that were given to `answer` are answered, and the spool can be opened by others. None may
    /// be given from then on.
    Task<> stop();

    /// Channels, and how the outside world reaches us.
    void reconfigure(const Config& config);

    std::vector<Check> checks() const { return reception_.checks(); }

private:
    class AwayStore;

    EarlyReception(const Executor& executor, const Config& config, Metrics& metrics, const Secret& hash_salt,
                   std::unique_ptr<Spool> spool);

    DatabaseClock clock_;  // by this machine's, until there is another
    Privacy privacy_;
    std::unique_ptr<Random> random_;
    std::unique_ptr<AwayStore> store_;
    std::unique_ptr<Spool> spool_;
    ReplyDesk replies_;
    BlockingPool files_;
    Reception reception_;
    bool has_switchboard_ = false;
    int answering_ = 0;
};

}  // namespace postrider
