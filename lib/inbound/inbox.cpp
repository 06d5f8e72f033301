#include "lib/inbound/inbox.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider {

namespace {

constexpr std::size_t batch_max = 500;
/// Providers wait for 15 s (and then the message is lost): by then the disk must have answered, too.
constexpr std::chrono::milliseconds database_patience{4000};
constexpr std::chrono::milliseconds pause_first{250};
constexpr std::chrono::milliseconds pause_max{5000};

}  // namespace

Inbox::Inbox(Executor executor, Clock& clock, InboxStore& store, InboxSpool* spool,
             std::function<void()> on_stored)
    : executor_(executor),
      clock_(clock),
      store_(store),
      spool_(spool),
      on_stored_(std::move(on_stored)),
      arrived_(executor),
      spooled_(executor),
      tasks_(executor) {}

Task<std::optional<std::vector<KeptEntry>>> Inbox::keep(std::vector<InboxEntry> entries) {
    if (entries.empty()) co_return std::vector<KeptEntry>();
    if (closed_) co_return std::nullopt;
    // Shared: if whoever waits is cancelled, his entries are written all the same.
    const auto delivery = std::make_shared<Delivery>(executor_);
    delivery->entries = std::move(entries);
    queue_.push_back(delivery);
    arrived_.ring();
    while (!delivery->is_done) co_await delivery->done.wait();
    if (delivery->refused) throw EntriesRefused("the database refuses it for what is in it");
    co_return std::move(delivery->kept);
}

Task<> Inbox::run() {
    std::exception_ptr ended;
    tasks_.spawn("spooled webhooks", move_all());
    try {
        co_await write_all();
    } catch (...) {
        ended = std::current_exception();
    }
    co_await boost::asio::this_coro::reset_cancellation_state();
    closed_ = true;
    queue_.insert(queue_.begin(), under_way_.begin(), under_way_.end());
    for (const auto& delivery : std::exchange(queue_, {})) {
        if (!delivery->is_done) finish(*delivery, std::nullopt);
    }
    tasks_.cancel();
    co_await tasks_.join();
    if (ended) std::rethrow_exception(ended);
}

void Inbox::finish(Delivery& delivery, std::optional<std::vector<KeptEntry>> kept) {
    delivery.kept = std::move(kept);
    delivery.is_done = true;
    delivery.done.ring();
}

Inbox::Deliveries Inbox::next_batch() {
    Deliveries batch;
    for (std::size_t entries = 0; !queue_.empty();) {
        entries += queue_.front()->entries.size();
        if (!batch.empty() && entries > batch_max) break;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

Task<> Inbox::write_all() {
    for (;;) {
        while (queue_.empty()) co_await arrived_.wait();
        under_way_ = next_batch();
        co_await write(under_way_);
        under_way_.clear();
    }
}

/// To the database; to the disk if that does not take it in time, or has not had yet what is there: what
/// came first goes in first.
Task<> Inbox::write(Deliveries batch) {
    const bool disk_first = writing_ || (spool_ && (!spool_read_ || in_spool_ > 0));
    if (!disk_first) {
        const auto writing = std::make_shared<Writing>(executor_);
        for (const auto& delivery : batch) {
            writing->entries.insert(writing->entries.end(), delivery->entries.begin(),
                                    delivery->entries.end());
        }
        writing_ = true;
        tasks_.spawn("webhooks", write_to_database(writing));
        if (!writing->is_over) co_await writing->ended.wait_until(clock_, clock_.now() + database_patience);
        if (writing->kept) {
            auto next = writing->kept->begin();
            for (const auto& delivery : batch) {
                const auto end = next + static_cast<std::ptrdiff_t>(delivery->entries.size());
                finish(*delivery, std::vector<KeptEntry>(next, end));
                next = end;
            }
            co_return;
        }
        if (writing->refused) {
            // One of them spoils the batch: each by itself shows which.
            const bool alone = batch.size() == 1;
            for (const auto& delivery : batch) {
                if (alone) {
                    co_await write_each(delivery);
                } else {
                    Deliveries single(1, delivery);
                    co_await write(std::move(single));
                }
            }
            co_return;
        }
    }
    const bool safe = co_await write_to_spool(batch);
    for (const auto& delivery : batch) {
        if (!safe) {
            finish(*delivery, std::nullopt);
            continue;
        }
        // Whether it is new nobody can tell: the same has the same answer in any case.
        std::vector<KeptEntry> kept;
        for (const InboxEntry& entry : delivery->entries) {
            kept.push_back({true, entry.message ? entry.message->replies : std::vector<std::string>(),
                            std::nullopt, true});
        }
        finish(*delivery, std::move(kept));
    }
}

/// What is refused must not take along what came with it.
Task<> Inbox::write_each(std::shared_ptr<Delivery> delivery) {
    if (delivery->entries.size() == 1) {
        ++refused_;
        log::error("the database refuses what a webhook brought",
                   {{"channel", delivery->entries.front().channel}});
        delivery->refused = true;
        finish(*delivery, std::nullopt);
        co_return;
    }
    std::vector<KeptEntry> kept;
    bool refused = false;
    bool others_safe = true;
    for (const InboxEntry& entry : delivery->entries) {
        const auto single = std::make_shared<Delivery>(executor_);
        single->entries.push_back(entry);
        Deliveries batch(1, single);
        co_await write(std::move(batch));
        refused = refused || single->refused;
        others_safe = others_safe && (single->kept || single->refused);
        if (single->kept) kept.push_back(single->kept->front());
    }
    delivery->refused = refused && others_safe;
    finish(*delivery, !refused && others_safe ? std::optional(std::move(kept)) : std::nullopt);
}

Task<> Inbox::write_to_database(std::shared_ptr<Writing> writing) {
    std::exception_ptr failure;
    try {
        std::vector<InboxEntry> entries = writing->entries;
        writing->kept = co_await store_.store(std::move(entries));
    } catch (const EntriesRefused& error) {
        writing->refused = true;
    } catch (...) {
        failure = std::current_exception();
    }
    writing_ = false;
    writing->is_over = true;
    const std::string trouble = failure && !was_cancelled(failure) ? describe(failure) : "";
    if (!trouble.empty() && database_trouble_.empty())
        log::warn("webhooks cannot be stored in the database", {{"error", trouble}});
    database_trouble_ = trouble;
    writing->ended.ring();
    if (writing->kept && on_stored_) on_stored_();
    spooled_.ring();
}

Task<bool> Inbox::write_to_spool(const Deliveries& batch) {
    if (!spool_) co_return false;
    std::vector<InboxEntry> entries;
    for (const auto& delivery : batch)
        entries.insert(entries.end(), delivery->entries.begin(), delivery->entries.end());
    const std::size_t count = entries.size();
    std::exception_ptr failure;
    in_spool_ += count;  // from now on, so that nothing passes them
    try {
        co_await spool_->keep_entries(std::move(entries));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        in_spool_ -= count;
        if (was_cancelled(failure)) std::rethrow_exception(failure);
        if (spool_trouble_.empty())
            log::error("the spool does not take webhooks", {{"error", describe(failure)}});
        spool_trouble_ = describe(failure);
        co_return false;
    }
    spool_trouble_.clear();
    spooled_.ring();
    co_return true;
}

/// Moves what is on the disk into the database, whenever there is something.
Task<> Inbox::move_all() {
    if (!spool_) co_return;
    for (auto pause = pause_first;;) {
        std::exception_ptr failure;
        bool moved = false;
        try {
            if (!spool_read_) {
                const std::size_t found = co_await spool_->count_entries();
                in_spool_ += found;
                spool_read_ = true;
            }
            moved = co_await move_some();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (moved) {
            pause = pause_first;
        } else if (in_spool_ == 0 && spool_read_) {
            pause = pause_first;
            co_await spooled_.wait();
        } else {
            co_await clock_.sleep_until(clock_.now() + pause);
            pause = std::min(pause * 2, pause_max);
        }
    }
}

/// Whether some have been moved.
Task<bool> Inbox::move_some() {
    if (in_spool_ == 0 || writing_) co_return false;
    std::vector<SpooledEntry> spooled = co_await spool_->read_entries(batch_max);
    if (spooled.empty()) {
        co_return false;  // they are on their way to the disk
    }
    const auto writing = std::make_shared<Writing>(executor_);
    std::vector<std::int64_t> numbers;
    for (const SpooledEntry& each : spooled) {
        writing->entries.push_back(each.entry);
        numbers.push_back(each.number);
    }
    writing_ = true;
    co_await write_to_database(writing);
    if (writing->refused) {
        co_await drop_refused(std::move(spooled));
        co_return true;
    }
    if (!writing->kept) co_return false;
    co_await spool_->forget_entries(std::move(numbers));
    in_spool_ -= spooled.size();
    if (in_spool_ == 0) log::info("all spooled webhooks are in the database");
    co_return true;
}

/// Each by itself: what the database refuses for what is in it must not hold up the others for ever.
Task<> Inbox::drop_refused(std::vector<SpooledEntry> entries) {
    for (SpooledEntry& each : entries) {
        const auto writing = std::make_shared<Writing>(executor_);
        writing->entries.push_back(std::move(each.entry));
        const std::string channel = writing->entries.front().channel;
        writing_ = true;
        co_await write_to_database(writing);
        if (!writing->kept && !writing->refused) co_return;  // the database has gone
        if (writing->refused) {
            ++refused_;
            log::error("the database refuses what a webhook brought", {{"channel", channel}});
        }
        std::vector<std::int64_t> number(1, each.number);
        co_await spool_->forget_entries(std::move(number));
        --in_spool_;
    }
}

Check Inbox::check() const {
    Check check{.name = "inbox"};
    if (!spool_trouble_.empty() && !database_trouble_.empty()) {
        say<status::inbox_closed>(check, spool_trouble_);
    } else if (!database_trouble_.empty() && !spool_) {
        say<status::inbox_no_spool>(check);
    } else if (in_spool_ > 0) {
        say<status::inbox_spooled>(check, in_spool_);
    } else if (refused_ > 0) {
        say<status::inbox_refused>(check, refused_);
    } else {
        say<status::inbox_works>(check);
    }
    check.measures = {{"spooled_webhooks", static_cast<double>(in_spool_), "", "", ""}};
    return check;
}

}  // namespace postrider
