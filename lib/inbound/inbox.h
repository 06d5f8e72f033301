#pragma once

#include "lib/async/clock.h"
#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/health/check.h"
#include "lib/inbound/inbox_spool.h"
#include "lib/inbound/inbox_store.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Keeps what comes in: in the database, or on this host's disk for as long as the database does not take
/// it, then moved over in its order. Whatever comes while one batch is written makes the next. Loop thread
/// only.
class Inbox {
public:
    /// All outlive it; without `spool` nothing can be kept while the database is away. `on_stored` is called
    /// when entries have come into the database.
    Inbox(Executor executor, Clock& clock, InboxStore& store, InboxSpool* spool,
          std::function<void()> on_stored);

    /// Comes back once all of them are on a disk; with nothing if they are on none. Throws EntriesRefused if the
    /// database refuses some of them for what is in them: these are on none, the others are.
    Task<std::optional<std::vector<KeptEntry>>> keep(std::vector<InboxEntry> entries);

    /// Writes until cancelled; then what is under way ends. What waits after that is kept nowhere.
    Task<> run();

    Check check() const;

private:
    struct Delivery {
        explicit Delivery(const Executor& executor) : done(executor) {}
        std::vector<InboxEntry> entries;
        std::optional<std::vector<KeptEntry>> kept;
        bool refused = false;
        bool is_done = false;
        Wakeup done;
    };
    using Deliveries = std::vector<std::shared_ptr<Delivery>>;
    /// A batch on its way into the database.
    struct Writing {
        explicit Writing(const Executor& executor) : ended(executor) {}
        std::vector<InboxEntry> entries;
        std::optional<std::vector<KeptEntry>> kept;
        bool refused = false;
        bool is_over = false;
        Wakeup ended;
    };

    Task<> write_all();
    Task<> move_all();
    Task<> write(Deliveries batch);
    Task<> write_each(std::shared_ptr<Delivery> delivery);
    Task<> write_to_database(std::shared_ptr<Writing> writing);
    Task<bool> write_to_spool(const Deliveries& batch);
    Task<bool> move_some();
    Task<> drop_refused(std::vector<SpooledEntry> entries);
    Deliveries next_batch();
    static void finish(Delivery& delivery, std::optional<std::vector<KeptEntry>> kept);

    Executor executor_;
    Clock& clock_;
    InboxStore& store_;
    InboxSpool* spool_;
    std::function<void()> on_stored_;
    std::deque<std::shared_ptr<Delivery>> queue_;
    Deliveries under_way_;
    Wakeup arrived_;
    Wakeup spooled_;
    bool writing_ = false;  // a batch is still on its way, perhaps for too long
    bool closed_ = false;
    std::size_t in_spool_ = 0;
    bool spool_read_ = false;  // until then it may hold more than we know
    std::string database_trouble_;
    std::string spool_trouble_;
    std::size_t refused_ = 0;
    TaskGroup tasks_;
};

}  // namespace postrider
